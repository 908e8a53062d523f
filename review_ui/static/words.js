// The words of this page in the reader's language, from the one catalogue of the server.

/** A function from a key and its numbers to a text; an unknown key shows itself. */
export function words() {
  const source = document.getElementById("words");
  const catalogue = source === null ? {} : JSON.parse(source.textContent);
  return (key, numbers = {}) =>
    (catalogue[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => numbers[name] ?? "–");
}
