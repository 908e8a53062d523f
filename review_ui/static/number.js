// From the glyphs in a row of boxes to the number they spell: the same words as domain/number.py.

/** @import { Spelled } from "./types.js" */

export const ALPHABET = "0123456789X-_?";
export const MARKS = "X-_";

/** Read glyphs, leftmost box first. Marks may lead a number and never end one.
 *  An empty string in place of a glyph (a box not yet filled) makes the number unreadable.
 *  @param {string[]} glyphs one glyph a box
 *  @returns {Spelled} */
export function spell(glyphs) {
  if (glyphs.length === 0) throw new RangeError("a number has at least one box");
  if (glyphs.some((glyph) => glyph === "" || glyph === "?")) {
    return { value: null, problem: "unreadable_box" };
  }
  if (glyphs.some((glyph) => glyph.length !== 1 || !ALPHABET.includes(glyph))) {
    throw new RangeError(`${glyphs.join("")} must be of ${ALPHABET}`);
  }
  const first = glyphs.findIndex((glyph) => !MARKS.includes(glyph));
  if (first >= 0) {
    const digits = glyphs.slice(first);
    if (digits.some((glyph) => MARKS.includes(glyph))) {
      return { value: null, problem: "mark_after_digit" };
    }
    return { value: Number(digits.join("")), problem: null };
  }
  if (!glyphs.includes("_")) return { value: 0, problem: null };
  const empty = glyphs.every((glyph) => glyph === "_");
  return { value: null, problem: empty ? "blank" : "mark_and_blank" };
}

/** The glyph that a typed character stands for, or null when it stands for none. A slash in a box
 *  means what a dash does.
 *  @param {string} character
 *  @returns {string | null} */
export function glyphOf(character) {
  if (character.length !== 1) return null;
  if ("0123456789-_".includes(character)) return character;
  if (character === "/") return "-";
  if (character === "x" || character === "X") return "X";
  if (character === "u" || character === "U") return "?";
  return null;
}
