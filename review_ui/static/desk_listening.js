// What the desk listens to: its own elements for as long as they are, the page while it is on it.

/** @import { Desk } from "./desk.js" */

import { handleInput, handleKey, handlePaste, typeInto } from "./desk_keys.js";
import { data, find, findAll, findOptional } from "./dom.js";

/** @param {Desk} desk */
export function listen(desk) {
  const { node } = desk;
  node.addEventListener("keydown", (event) => handleKey(desk, event));
  node.addEventListener("number-changed", (event) => desk.changed(event.target));
  node.addEventListener("focusin", (event) => desk.enter(event.target));
  node.addEventListener("pointerup", (event) => desk.enter(event.target, true));
  node.addEventListener("input", (event) => handleInput(desk, event));
  node.addEventListener("paste", (event) => handlePaste(desk, event));
  for (const row of desk.rows) {
    find(row.node, ".tick", HTMLElement).addEventListener("click", () => desk.confirm(row));
    findOptional(row.node, ".ink", HTMLElement)?.addEventListener("click", () => row.focus());
  }
  desk.submit.addEventListener("click", () => desk.sending.send());
  find(node, ".accept-sure", HTMLElement).addEventListener("click", () => desk.acceptSure());
  find(node, ".undo-step", HTMLElement).addEventListener("click", () => desk.undo());
  listenToHead(desk);
  listenToPad(desk);
  listenToLens(desk);
  listenToPage(desk);
}

/** For whoever has only a mouse: one click fills the box in focus, which stays in focus.
 *  @param {Desk} desk */
function listenToPad(desk) {
  const pad = find(desk.node, ".pad", HTMLElement);
  pad.addEventListener("pointerdown", (event) => event.preventDefault());
  for (const button of findAll(pad, "button", HTMLElement)) {
    button.addEventListener("click", () => fill(desk, data(button, "key")));
  }
}

/** @param {Desk} desk  @param {string} key of the pad */
function fill(desk, key) {
  const { current, tpsNumber } = desk;
  if (tpsNumber !== null && tpsNumber === document.activeElement) {
    tpsNumber.setRangeText(key, tpsNumber.value.length, tpsNumber.value.length, "end");
    tpsNumber.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (current) {
    typeInto(desk, current, key);
  } else {
    desk.say(desk.t("desk.choose_number"), "bad");
  }
}

/** @param {Desk} desk */
function listenToLens({ rail, gone }) {
  rail.picture.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    rail.zoom(true);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => rail.zoom(false), { signal: gone.signal });
  }
}

/** @param {Desk} desk */
function listenToHead(desk) {
  const { tpsNumber } = desk;
  if (tpsNumber === null) return;
  tpsNumber.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey) return;
    event.preventDefault();
    desk.start();
  });
  tpsNumber.addEventListener("input", () => {
    const digits = tpsNumber.value.replace(/\D/g, "");
    const other = digits !== tpsNumber.value;
    tpsNumber.value = digits;
    desk.edited();
    if (other) desk.say(desk.t("desk.tps_digits"), "bad");
  });
  tpsNumber.addEventListener("focus", () => desk.rail.showHead());
  tpsNumber.addEventListener("blur", () => {
    desk.rail.hideHead();
    if (desk.current) desk.rail.show(desk.current);
  });
}

/** @param {Desk} desk */
function listenToPage(desk) {
  const whileHere = { signal: desk.gone.signal };
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    if (!(target instanceof Node && desk.node.contains(target))) handleKey(desk, event);
  }, whileHere);
  document.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "z") desk.rail.zoom(false);
  }, whileHere);
  window.addEventListener("beforeunload", () => {
    // Another tab may have more of the same form.
    if (!desk.drafts.empty) desk.drafts.keep();
  }, whileHere);
}
