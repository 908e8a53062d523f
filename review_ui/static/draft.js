// What was typed and not yet sent, kept in this browser for the very reader and readings, and for
// the very numbers as they arrived: a second reader at the same machine must not find it, nor must
// whoever reads without seeing any number find what was filled in when they were shown.

/** @import { Draft, SheetKey } from "./types.js" */

const PREFIX = "draft ";

/** @param {SheetKey} sheet */
function keyOf(sheet) {
  const { reader, key, version, readings, arrived } = sheet;
  return `${PREFIX}${reader} ${key} v${version} ${readings.join(",")} ${arrived}`;
}

/** @param {SheetKey} sheet
 *  @returns {Draft | null} */
export function loadDraft(sheet) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(sheet)) ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return null;
    throw error;
  }
}

/** @param {SheetKey} sheet  @param {Draft} draft */
export function saveDraft(sheet, draft) {
  try {
    localStorage.setItem(keyOf(sheet), JSON.stringify(draft));
  } catch (error) {
    // Storage full or forbidden: the page itself still holds everything.
    if (!(error instanceof DOMException)) throw error;
  }
}

/** @param {SheetKey} sheet */
export function removeDraft(sheet) {
  try {
    localStorage.removeItem(keyOf(sheet));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
