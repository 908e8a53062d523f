// The glyph grid: arrows walk over the boxes, Space or a click marks an odd one.

import { ask, json } from "./ask.js";
import { data, find, findAll } from "./dom.js";
import { words } from "./words.js";

const t = words();

class GlyphGrid extends HTMLElement {
  cells = findAll(this, ".grid button", HTMLButtonElement);
  status = find(this, ".status", HTMLElement);
  sending = false;

  connectedCallback() {
    for (const cell of this.cells) cell.addEventListener("click", () => this.toggle(cell));
    this.addEventListener("keydown", (event) => this.key(event));
    find(this, ".send", HTMLElement).addEventListener("click", () => this.send());
    this.cells[0].focus();
    this.draw();
  }

  get marked() {
    return this.cells.filter((cell) => cell.getAttribute("aria-pressed") === "true");
  }

  /** @param {HTMLButtonElement} cell */
  toggle(cell) {
    cell.setAttribute("aria-pressed", String(cell.getAttribute("aria-pressed") !== "true"));
    this.draw();
  }

  draw() {
    this.status.textContent = t("glyphs.marked", { n: this.marked.length });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
      return;
    }
    const at = this.cells.findIndex((cell) => cell === document.activeElement);
    if (at < 0) return;
    const step = this.steps()[event.key];
    const next = step === undefined ? undefined : this.cells[at + step];
    if (next === undefined) return;
    event.preventDefault();
    this.cells[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** How many boxes an arrow leads on.
   *  @returns {Record<string, number | undefined>} */
  steps() {
    const across = this.columns();
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
  }

  columns() {
    const top = this.cells[0].offsetTop;
    const second = this.cells.findIndex((cell) => cell.offsetTop !== top);
    return second < 0 ? this.cells.length : second;
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    const digit = data(this, "digit");
    const marks = this.marked.map((cell) => (
      { reading: data(cell, "reading"), field: data(cell, "field"), box: Number(data(cell, "box")) }
    ));
    const answer = await ask("/glyphs", json({ digit, marks }), { empty: true });
    this.sending = false;
    if (answer?.ok) location.assign(`/glyphs?digit=${(Number(digit) + 1) % 10}`);
    else this.status.textContent = t(answer ? "desk.failed" : "glyphs.no_network");
  }
}

customElements.define("glyph-grid", GlyphGrid);
