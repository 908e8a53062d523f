// Which forms the tabs of this browser have open: one that is closed in one tab is not given away
// from under another. A tab that died without a word is believed for as long as a lease lasts.

const PREFIX = "open ";
const BELIEVED_MS = 180_000;
const TAB = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** @param {string} url of the form */
function keyOf(url) {
  return `${PREFIX}${TAB} ${url}`;
}

/** This tab has the form, now.
 *  @param {string} url */
export function note(url) {
  try {
    localStorage.setItem(keyOf(url), String(Date.now()));
  } catch (error) {
    // Storage full or forbidden: then every tab is as if it were the only one.
    if (!(error instanceof DOMException)) throw error;
  }
}

/** This tab has it no longer.
 *  @param {string} url
 *  @returns {boolean} whether another one has it */
export function forget(url) {
  try {
    localStorage.removeItem(keyOf(url));
    return Object.entries(localStorage).some(([key, at]) => key.startsWith(PREFIX)
      && key.endsWith(` ${url}`) && Math.abs(Date.now() - Number(at)) < BELIEVED_MS);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return false;
  }
}
