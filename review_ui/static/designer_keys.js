// The designer by keyboard alone.

/** @import { FormDesigner } from "./designer.js" */

import { fits } from "./dom.js";

const STEP = 0.5;
const STRIDE = 5;

/** What each key draws next.
 *  @type {Record<string, string>} */
const TOOLS = { v: "", b: "box", w: "words", t: "tally", r: "row_sums", u: "bubbles", p: "private",
  h: "header", l: "title" };

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {FormDesigner} designer
 *  @param {KeyboardEvent} event */
export function pressed(designer, event) {
  const command = event.ctrlKey || event.metaKey;
  if (fits(event.target, "input, select, textarea")) return;
  if (command && event.key.toLowerCase() === "z") {
    event.preventDefault();
    if (event.shiftKey) designer.redo();
    else designer.undo();
  } else if (command && event.key.toLowerCase() === "y") {
    event.preventDefault();
    designer.redo();
  } else if (!command && document.activeElement === designer.board && onBoard(designer, event)) {
    event.preventDefault();
  }
}

/** @param {FormDesigner} designer
 *  @param {KeyboardEvent} event
 *  @returns {boolean} whether the key means anything here */
function onBoard(designer, event) {
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) return shifted(designer, event, arrow);
  const tool = event.altKey ? undefined : TOOLS[event.key];
  if (tool !== undefined) {
    designer.useTool(tool);
    return true;
  }
  switch (event.key) {
    case "Delete": case "Backspace": designer.remove(); break;
    case "j": designer.join(); break;
    case "a": designer.selectAll(); break;
    case ".": case ",": designer.cycle(event.key === "." ? 1 : -1); break;
    case "+": case "=": designer.canvas.zoomTo(designer.canvas.zoom * 1.25); break;
    case "-": designer.canvas.zoomTo(designer.canvas.zoom / 1.25); break;
    case "0": designer.canvas.zoomTo(1); break;
    case "PageUp": case "PageDown": designer.turn(designer.at + (event.key === "PageUp" ? -1 : 1)); break;
    case "Escape": designer.useTool(""); designer.select([], false); break;
    case "Enter": case "F2": designer.enter(); break;
    default: return false;
  }
  return true;
}

/** Arrows move what is selected; with Alt they make it larger or smaller.
 *  @param {FormDesigner} designer
 *  @param {KeyboardEvent} event
 *  @param {[number, number]} arrow */
function shifted(designer, event, [x, y]) {
  if (designer.selected.size === 0) return false;
  const by = event.shiftKey ? STRIDE : STEP;
  designer.move(event.altKey ? { width: x * by, height: y * by } : { x: x * by, y: y * by });
  return true;
}
