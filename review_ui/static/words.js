// The words of this page in the reader's language, from the one catalogue of the server.

/** @import { Words } from "./types.js" */

/** A function from a key and its numbers to a text; an unknown key shows itself.
 *  @returns {Words} */
export function words() {
  const source = document.getElementById("words");
  /** @type {Record<string, string>} */
  const catalogue = source === null ? {} : JSON.parse(source.textContent);
  return (key, numbers = {}) =>
    (catalogue[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(numbers[name] ?? "–"));
}
