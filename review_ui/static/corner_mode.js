// Corner mode: point at the four corners of the sheet and have it read again at once.

import { ask, json } from "./ask.js";
import { data, find, findAll, findOptional, fits } from "./dom.js";
import { words } from "./words.js";

const t = words();
const STEP = 0.002;
const FAR = 0.02;
/** The photo is read while one waits, perhaps behind others. */
const PATIENCE_MS = 120_000;

/** @typedef {[across: number, down: number]} Corner shares of the picture */

/** @type {Corner[]} clockwise from the top left */
const START = [[0.08, 0.08], [0.92, 0.08], [0.92, 0.92], [0.08, 0.92]];

/** @type {Record<string, Corner | undefined>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class CornerMode extends HTMLElement {
  corners = START.map((corner) => /** @type {Corner} */ ([...corner]));
  at = 0;
  busy = false;
  svg = find(this, "svg", SVGSVGElement);
  frame = find(this, "polygon", SVGPolygonElement);
  handles = findAll(this, "circle", SVGCircleElement);
  status = find(this, ".status", HTMLElement);
  choice = findOptional(this, "select", HTMLSelectElement);

  connectedCallback() {
    this.tabIndex = 0;
    this.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    find(this, ".again", HTMLElement).addEventListener("click", () => this.send());
    const opener = findOptional(document, "[data-opens-corners]", HTMLElement);
    opener?.addEventListener("click", () => {
      this.closest("dialog")?.showModal();
      (this.choice ?? this).focus();
    });
    this.draw();
  }

  draw() {
    const points = this.corners.map(([x, y]) => `${100 * x},${100 * y}`);
    this.frame.setAttribute("points", points.join(" "));
    this.handles.forEach((handle, index) => {
      const [x, y] = this.corners[index];
      handle.setAttribute("cx", String(100 * x));
      handle.setAttribute("cy", String(100 * y));
      handle.toggleAttribute("data-picked", index === this.at);
    });
    if (!this.busy) this.status.textContent = t("corners.picked", { n: this.at + 1 });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = fits(event.target, "select") ? undefined : MOVES[event.key];
    if ("1234".includes(event.key)) this.at = Number(event.key) - 1;
    else if (by) this.move(by, event.shiftKey ? FAR : STEP);
    else if (event.key.toLowerCase() === "r") this.send();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }

  /** @param {Corner} by  @param {number} step */
  move([across, down], step) {
    const [x, y] = this.corners[this.at];
    this.corners[this.at] = [within(x + step * across), within(y + step * down)];
  }

  /** The nearest corner goes where the pointer goes.
   *  @param {PointerEvent} event */
  grab(event) {
    event.preventDefault();
    this.focus();
    const here = this.place(event);
    const far = this.corners.map(([x, y]) => Math.hypot(x - here[0], y - here[1]));
    this.at = far.indexOf(Math.min(...far));
    const follow = (/** @type {PointerEvent} */ moved) => {
      this.corners[this.at] = this.place(moved);
      this.draw();
    };
    follow(event);
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", follow);
    this.svg.addEventListener("pointerup",
      () => this.svg.removeEventListener("pointermove", follow), { once: true });
  }

  /** @param {PointerEvent} event
   *  @returns {Corner} */
  place(event) {
    const box = this.svg.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width),
            within((event.clientY - box.top) / box.height)];
  }

  async send() {
    if (this.busy) return;
    const known = `${data(this, "form")} ${data(this, "page")}`;
    const [form, page] = (this.choice?.value ?? known).split(" ");
    if (!form) {
      this.choice?.focus();
      return;
    }
    this.busy = true;
    this.status.textContent = t("corners.reading");
    const placed = json({ form, page: Number(page), corners: this.corners });
    const answer = await ask(data(this, "url"), placed, { patience: PATIENCE_MS });
    this.busy = false;
    if (answer?.ok) location.assign(answer.body.next);
    else {
      this.status.textContent = answer === null ? t("glyphs.no_network")
        : answer.body.text ?? t("desk.failed");
    }
  }
}

/** Corners may lie a little outside the picture.
 *  @param {number} share */
function within(share) {
  return Math.min(1.2, Math.max(-0.2, Math.round(share * 10000) / 10000));
}

customElements.define("corner-mode", CornerMode);
