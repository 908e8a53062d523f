// One number on the desk: its boxes, what the machine read, what the person made of it.

/** @import { Reading, RowDraft, Words } from "./types.js" */

import { data, find, findAll } from "./dom.js";
import { glyphOf, spell } from "./number.js";

const SIGNS = { sure: "·", alternatives: "≈", rule: "≠", nothing: "○", blind: "◌", confirmed: "✓" };

export const IN_BOX = ".boxes input";

/** The box of a number that an event came from, null for anything else.
 *  @param {EventTarget | null} target */
export function boxAt(target) {
  return target instanceof HTMLInputElement && target.matches(IN_BOX) ? target : null;
}

export class NumberRow {
  confirmed = false;
  touched = false;
  inBrokenRule = false;
  note = "";

  // The run of typing: the box in focus, what was typed, whether the last box has it or it was more.
  at = 0;
  run = "";
  full = false;
  overflow = false;

  /** @param {HTMLElement} node  @param {Reading} reading  @param {Words} t */
  constructor(node, reading, t) {
    this.node = node;
    this.id = data(node, "field");
    this.reading = reading;
    this.t = t;
    this.boxes = findAll(node, IN_BOX, HTMLInputElement);
    this.value = find(node, "output", HTMLOutputElement);
    this.sign = find(node, ".sign", HTMLElement);
    this.known = this.draft;
  }

  get glyphs() {
    return this.boxes.map((box) => box.value);
  }

  get number() {
    return spell(this.glyphs);
  }

  get complete() {
    return this.glyphs.every((glyph) => glyph !== "");
  }

  /** Whether this very number still needs a person's Enter. */
  get pending() {
    return !this.confirmed && (this.reading.doubtful || this.touched || !this.complete);
  }

  /** @returns {keyof typeof SIGNS} */
  get state() {
    if (this.confirmed) return "confirmed";
    if (!this.complete) return this.reading.blind ? "blind" : "nothing";
    if (this.inBrokenRule) return "rule";
    return this.pending ? "alternatives" : "sure";
  }

  /** Typing is a run: it counts from the box where the focus landed.
   *  @param {number} index */
  startRun(index) {
    this.at = index;
    this.run = "";
    this.full = false;
    this.overflow = false;
    this.node.classList.remove("overflow");
  }

  /** Put one typed character into the box in focus and move on. Returns whether it was a glyph.
   *  More characters than boxes are never dropped in silence: as many as the row has boxes are the
   *  whole number; any other overflow blocks Enter until the row is typed again.
   *  @param {string} character */
  type(character) {
    const glyph = glyphOf(character);
    if (glyph === null) return false;
    this.run += glyph;
    if (this.full || this.overflow) {
      if (this.run.length === this.boxes.length) this.write(this.run);
      else {
        this.overflow = true;
        this.node.classList.add("overflow");
      }
      return true;
    }
    this.boxes[this.at].value = glyph;
    this.change();
    if (this.at + 1 < this.boxes.length) {
      this.at += 1;
      this.boxes[this.at].focus();
    } else {
      this.full = true;
    }
    return true;
  }

  /** The whole row at once, leftmost box first.
   *  @param {string} glyphs */
  write(glyphs) {
    this.boxes.forEach((box, index) => { box.value = glyphs[index]; });
    this.at = this.boxes.length - 1;
    this.full = true;
    this.overflow = false;
    this.node.classList.remove("overflow");
    this.change();
    this.boxes[this.at].focus();
  }

  /** Empty the box in focus, or the one before when it is empty already. */
  erase() {
    let index = this.at;
    if (this.boxes[index].value === "" && index > 0) index -= 1;
    this.boxes[index].value = "";
    this.startRun(index);
    this.boxes[index].focus();
    this.change();
  }

  /** Show the machine's next alternative (or the one before) in the box in focus.
   *  @param {number} step */
  cycle(step) {
    const glyphs = this.reading.boxes[this.at].map(([glyph]) => glyph).filter((g) => g !== "?");
    if (!glyphs.length) return;
    const now = glyphs.indexOf(this.boxes[this.at].value);
    const next = now < 0 ? 0 : (now + step + glyphs.length) % glyphs.length;
    this.boxes[this.at].value = glyphs[next];
    this.startRun(this.at);
    this.boxes[this.at].select();
    this.change();
  }

  change() {
    this.touched = true;
    this.confirmed = false;
    this.node.dispatchEvent(new CustomEvent("number-changed", { bubbles: true }));
  }

  /** The box a person should look at first: an empty one, else the least certain. */
  get worst() {
    const empty = this.boxes.findIndex((box) => box.value === "");
    if (empty >= 0) return empty;
    if (!this.reading.doubtful) return 0;
    const tops = this.reading.boxes.map((ranked) => (ranked.length ? ranked[0][1] : 1));
    const least = Math.min(...tops);
    return least < this.reading.needed ? tops.indexOf(least) : 0;
  }

  focus(index = this.worst) {
    this.startRun(index);
    this.boxes[index].focus();
  }

  /** Draw what this row is, in words and signs as well as in colour. */
  draw() {
    const state = this.state;
    this.node.dataset.state = state;
    this.sign.textContent = SIGNS[state];
    this.sign.title = this.t(`state.${state}`);
    const { value, problem } = this.number;
    this.value.textContent = value === null ? "—" : String(value);
    this.value.title = problem === null ? "" : this.t(`number.${problem}`);
    this.boxes.forEach((box, index) => {
      const ranked = this.reading.boxes[index];
      box.dataset.sure = String(ranked.length > 0 && ranked[0][1] >= this.reading.needed);
      const shown = this.reading.as_written[index];
      box.dataset.changed = String(box.value !== (shown === "?" ? "" : shown));
    });
  }

  /** @returns {RowDraft} */
  get draft() {
    const { glyphs, touched, confirmed, note } = this;
    return { glyphs, touched, confirmed, doubtful: this.reading.doubtful, note };
  }

  /** @param {RowDraft} draft */
  restore(draft) {
    if (draft.glyphs.length !== this.boxes.length) return;
    this.boxes.forEach((box, index) => { box.value = draft.glyphs[index]; });
    this.touched = draft.touched;
    // A doubt that came since was not before whoever confirmed it.
    this.confirmed = draft.confirmed && (draft.doubtful || !this.reading.doubtful);
    this.note = draft.note;
  }
}
