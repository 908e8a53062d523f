// What was typed and not yet sent, kept in this browser for the very reader and readings: a second
// reader at the same machine must not find it.

const PREFIX = "draft ";

function keyOf(sheet) {
  return `${PREFIX}${sheet.reader} ${sheet.key} v${sheet.version} ${sheet.readings.join(",")}`;
}

export function loadDraft(sheet) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(sheet)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return null;
    throw error;
  }
}

export function saveDraft(sheet, draft) {
  try {
    localStorage.setItem(keyOf(sheet), JSON.stringify(draft));
  } catch (error) {
    // Storage full or forbidden: the page itself still holds everything.
    if (!(error instanceof DOMException)) throw error;
  }
}

export function removeDraft(sheet) {
  localStorage.removeItem(keyOf(sheet));
}
