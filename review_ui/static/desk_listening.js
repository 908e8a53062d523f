// What the desk listens to: its own elements for as long as they are, the page while it is on it.

/** @import { Desk } from "./desk.js" */

import { handleInput, handleKey, handlePaste } from "./desk_keys.js";
import { find, findOptional } from "./dom.js";

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
  listenToHead(desk);
  listenToPage(desk);
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
  tpsNumber.addEventListener("input", () => desk.refresh());
  tpsNumber.addEventListener("focus", () => desk.rail.showHead());
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
  window.addEventListener("beforeunload", () => desk.drafts.keep(), whileHere);
}
