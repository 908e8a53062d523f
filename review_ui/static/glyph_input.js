// Inputs that take one glyph a box, as the desk does, and pass the focus on when they are full.

import { ALPHABET, glyphOf } from "./number.js";

for (const input of document.querySelectorAll("input")) {
  if (input.dataset.boxes) input.addEventListener("input", () => take(input));
}

/** Write what was typed as glyphs; what stands for none is not taken.
 *  @param {HTMLInputElement} input */
function take(input) {
  const boxes = Number(input.dataset.boxes);
  const glyphs = [...input.value]
    .map((typed) => (ALPHABET.includes(typed) ? typed : glyphOf(typed)))
    .filter((glyph) => glyph !== null);
  const at = input.selectionStart ?? input.value.length;
  const taken = glyphs.slice(0, boxes).join("");
  if (taken !== input.value) {
    input.value = taken;
    input.setSelectionRange(at, at);
  }
  if (glyphs.length >= boxes && at >= boxes) next(input)?.focus();
}

/** The input or button that follows in its form.
 *  @param {HTMLInputElement} input
 *  @returns {HTMLElement | undefined} */
function next(input) {
  const all = /** @type {HTMLElement[]} */ ([...(input.form?.elements ?? [])]);
  return all[all.indexOf(input) + 1];
}
