// What keys, typed text and pasted text do on the desk.

import { glyphOf } from "./number.js";

const IN_BOX = ".boxes input";

/** @param desk the review desk  @param {KeyboardEvent} event */
export function handleKey(desk, event) {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key === "Enter") return taken(event, () => desk.sending.send());
  if (control && event.key.toLowerCase() === "z") {
    if (event.target !== desk.note && desk.undo()) event.preventDefault();
    return;
  }
  if (event.isComposing || control || event.altKey || elsewhere(desk, event)) return;
  const row = event.target.matches?.(IN_BOX) ? desk.current : null;
  const action = anywhere(desk, event.key, row) ?? (row ? inBox(desk, event.key, row)
    : outside(desk, event.key));
  if (action) taken(event, action);
}

/** Keys that belong to a dialog, to a field that is no box, or to the whole photo of a keyed form. */
function elsewhere(desk, event) {
  return desk.dialogs.open
    || "[]".includes(event.key) || (event.shiftKey && event.key.startsWith("Arrow"))
    || (event.target.matches?.("input, textarea, select") && !event.target.matches(IN_BOX));
}

function taken(event, action) {
  event.preventDefault();
  action();
}

/** What letters do wherever the focus is; none of them is a glyph. */
function anywhere(desk, key, row) {
  switch (key.toLowerCase()) {
    case "?": case "f1": return () => desk.dialogs.showHelp();
    case "c": return () => {
      if (!desk.dialogs.showCorners(row?.reading.at[0])) desk.say(desk.t("corners.placed_well"), "open");
    };
    case "l": return () => desk.dialogs.showMove();
    case "e": return desk.dialogs.mayHandOn ? () => desk.dialogs.showHandOn() : null;
    case "s": return () => desk.acknowledgeHere(row);
    default: return null;
  }
}

function inBox(desk, key, row) {
  switch (key) {
    case "Enter": return () => desk.confirm(row);
    case " ": return () => desk.acceptSure();
    case "f": case "F": return () => desk.note.focus();
    case "z": case "Z": return () => desk.zoom(true);
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
 *  focus leaves the button for the message: the Enter that follows must confirm nothing. */
function outside(desk, key) {
  if (key === "ArrowUp") return () => desk.rows.at(-1)?.focus(0);
  if (key === "ArrowDown") return () => desk.rows[0]?.focus(0);
  if (glyphOf(key) === null) return null;
  return () => {
    desk.status.focus();
    desk.say(desk.t("desk.choose_number"), "bad");
  };
}

function typeInto(desk, row, key) {
  if (!row.type(key)) desk.say(desk.t("desk.no_such_glyph", { key }), "bad");
  else if (row.overflow) desk.say(desk.t("desk.too_many", { n: row.boxes.length }), "bad");
}

/** On-screen keyboards send no usable keydown; their text arrives here. */
export function handleInput(desk, event) {
  const box = event.target;
  if (box === desk.note) {
    if (desk.current) desk.current.note = desk.note.value;
    desk.keep();
    return;
  }
  if (!box.matches(IN_BOX) || desk.current === null) return;
  const typed = event.data ?? box.value;
  box.value = "";
  desk.current.at = desk.current.boxes.indexOf(box);
  for (const character of typed) typeInto(desk, desk.current, character);
  if (typed === "") desk.current.change();
}

export function handlePaste(desk, event) {
  if (!event.target.matches(IN_BOX) || desk.current === null) return;
  event.preventDefault();
  for (const character of event.clipboardData.getData("text").trim()) {
    typeInto(desk, desk.current, character);
  }
}

function move(desk, row, step) {
  const index = row.at + step;
  if (index >= 0 && index < row.boxes.length) row.focus(index);
  else moveRow(desk, row, step, step < 0);
}

function moveRow(desk, row, step, toEnd = false) {
  const next = desk.rows[desk.rows.indexOf(row) + step];
  if (next) next.focus(toEnd ? next.boxes.length - 1 : 0);
  else if (step > 0) desk.submit.focus();
}
