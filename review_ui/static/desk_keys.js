// What keys, typed text and pasted text do on the desk.

/** @import { Desk } from "./desk.js" */
/** @import { NumberRow } from "./number_row.js" */
/** @typedef {() => void} Action */

import { fits } from "./dom.js";
import { glyphOf } from "./number.js";
import { boxAt, IN_BOX } from "./number_row.js";

/** @param {Desk} desk  @param {KeyboardEvent} event */
export function handleKey(desk, event) {
  // A key that is held down decides once: the form or number after it was not looked at yet.
  if (event.repeat && (event.key === "Enter" || event.key === " ")) return event.preventDefault();
  // The keys of any dialog are its own, and what was sent stays as it is until the answer is there.
  if (desk.dialogs.open || desk.sending.busy) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key === "Enter") return taken(event, () => desk.sending.send());
  if (control && event.key.toLowerCase() === "z") {
    if (event.target !== desk.rail.note && desk.undo()) event.preventDefault();
    return;
  }
  if (event.isComposing || control || event.altKey) return;
  // Back to the number that the note is about, where the keys are keys again.
  if (event.key === "Enter" && event.target === desk.rail.note) {
    return taken(event, () => desk.current?.focus(desk.current.at));
  }
  if (elsewhere(desk, event)) return;
  const row = boxAt(event.target) ? desk.current : null;
  const action = anywhere(desk, event.key, row) ?? (row ? inBox(desk, event.key, row)
    : inHead(desk, event) ? null : outside(desk, event.key));
  if (action) taken(event, action);
}

/** Keys that belong to a field that is no box, or to the whole photo of a keyed form.
 *  @param {Desk} desk  @param {KeyboardEvent} event */
function elsewhere(desk, event) {
  return "[]".includes(event.key) || (event.shiftKey && event.key.startsWith("Arrow"))
    || (fits(event.target, "input, textarea, select") && !fits(event.target, IN_BOX)
      && !inHead(desk, event));
}

/** The field for the number of the TPS holds digits only, so letters open dialogs there as anywhere;
 *  they say nothing of a form at whose head somebody only begins to look.
 *  @param {Desk} desk  @param {KeyboardEvent} event */
function inHead({ tpsNumber }, event) {
  return tpsNumber !== null && event.target === tpsNumber;
}

/** @param {Event} event  @param {Action} action */
function taken(event, action) {
  event.preventDefault();
  action();
}

/** What letters open wherever the focus is; none of them is a glyph.
 *  @param {Desk} desk  @param {string} key  @param {NumberRow | null} row
 *  @returns {Action | null} */
function anywhere(desk, key, row) {
  switch (key.toLowerCase()) {
    case "?": case "f1": return () => desk.dialogs.showHelp();
    case "c": return () => {
      const shown = desk.dialogs.showCorners(row?.reading.at[0]);
      if (!shown) desk.say(desk.t("corners.placed_well"), "open");
    };
    case "l": return () => desk.dialogs.showMove();
    case "e": return desk.dialogs.mayHandOn ? () => desk.dialogs.showHandOn() : null;
    default: return null;
  }
}

/** @param {Desk} desk  @param {string} key  @param {NumberRow} row
 *  @returns {Action | null} */
function inBox(desk, key, row) {
  switch (key) {
    case "Enter": return () => desk.confirm(row);
    case " ": return () => desk.acceptSure();
    case "s": case "S": return () => desk.acknowledging.here(row);
    case "f": case "F": return () => desk.rail.note.focus();
    case "z": case "Z": return () => desk.rail.zoom(true);
    case "Backspace": case "Delete": return () => row.erase();
    case ",": return () => row.cycle(-1);
    case ".": return () => row.cycle(1);
    case "ArrowLeft": return () => move(desk, row, -1);
    case "ArrowRight": return () => move(desk, row, 1);
    case "ArrowUp": return () => moveRow(desk, row, -1);
    case "ArrowDown": return () => moveRow(desk, row, 1);
    default: return key.length === 1 ? () => typeInto(desk, row, key) : null;
  }
}

/** Outside the boxes arrows lead back to them. A glyph typed there is meant for some number, so the
 *  focus leaves the button for the message: the Enter that follows must confirm nothing.
 *  @param {Desk} desk  @param {string} key
 *  @returns {Action | null} */
function outside(desk, key) {
  if (key === "ArrowUp") return () => desk.rows.at(-1)?.focus(0);
  if (key === "ArrowDown") return () => desk.rows[0]?.focus(0);
  if (key.toLowerCase() === "s") return () => desk.acknowledging.here(null);
  // Space accepts what is sure, wherever the focus is; it never confirms the form.
  if (key === " " && document.activeElement === desk.submit) return () => desk.acceptSure();
  if (glyphOf(key) === null) return null;
  return () => {
    desk.status.focus();
    desk.say(desk.t("desk.choose_number"), "bad");
  };
}

/** @param {Desk} desk  @param {NumberRow} row  @param {string} key */
export function typeInto(desk, row, key) {
  desk.sending.unwish();
  if (!row.type(key)) desk.say(desk.t("desk.no_such_glyph", { key }), "bad");
  else if (row.overflow) desk.say(desk.t("desk.too_many", { n: row.boxes.length }), "bad");
}

/** On-screen keyboards send no usable keydown; their text arrives here.
 *  @param {Desk} desk  @param {Event} event */
export function handleInput(desk, event) {
  const { current: row } = desk;
  const { note } = desk.rail;
  if (event.target === note) {
    if (row) row.note = note.value;
    desk.anew();
    desk.drafts.keep();
    return;
  }
  const box = boxAt(event.target);
  if (box === null || row === null) return;
  const typed = (event instanceof InputEvent ? event.data : null) ?? box.value;
  row.at = row.boxes.indexOf(box);
  // Until a glyph is typed the box keeps the one it had.
  box.value = typed === "" ? "" : row.known.glyphs[row.at];
  for (const character of typed) typeInto(desk, row, character);
  if (typed === "") row.change();
}

/** @param {Desk} desk  @param {ClipboardEvent} event */
export function handlePaste(desk, event) {
  const { current: row } = desk;
  if (boxAt(event.target) === null || row === null) return;
  event.preventDefault();
  const text = event.clipboardData?.getData("text") ?? "";
  for (const character of text.trim()) typeInto(desk, row, character);
}

/** @param {Desk} desk  @param {NumberRow} row  @param {number} step */
function move(desk, row, step) {
  const index = row.at + step;
  if (index >= 0 && index < row.boxes.length) row.focus(index);
  else moveRow(desk, row, step, step < 0);
}

/** @param {Desk} desk  @param {NumberRow} row  @param {number} step
 *  @param {boolean} toEnd of the boxes of that row */
function moveRow(desk, row, step, toEnd = false) {
  const next = desk.rows[desk.rows.indexOf(row) + step];
  if (next) next.focus(toEnd ? next.boxes.length - 1 : 0);
  else if (step > 0) desk.submit.focus();
}
