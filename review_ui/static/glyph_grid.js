// The glyph grid: arrows walk over the boxes, Space or a click marks an odd one.

import { words } from "./words.js";

const t = words();

class GlyphGrid extends HTMLElement {
  connectedCallback() {
    this.cells = [...this.querySelectorAll(".grid button")];
    this.status = this.querySelector(".status");
    this.sending = false;
    this.addEventListener("click", (event) => {
      const cell = event.target.closest(".grid button");
      if (cell) this.toggle(cell);
    });
    this.addEventListener("keydown", (event) => this.key(event));
    this.querySelector(".send").addEventListener("click", () => this.send());
    this.cells[0].focus();
    this.draw();
  }

  get marked() {
    return this.cells.filter((cell) => cell.getAttribute("aria-pressed") === "true");
  }

  toggle(cell) {
    cell.setAttribute("aria-pressed", String(cell.getAttribute("aria-pressed") !== "true"));
    this.draw();
  }

  draw() {
    this.status.textContent = t("glyphs.marked", { n: this.marked.length });
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
      return;
    }
    const at = this.cells.indexOf(document.activeElement);
    if (at < 0) return;
    const across = this.columns();
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    const next = step === undefined ? undefined : this.cells[at + step];
    if (next === undefined) return;
    event.preventDefault();
    this.cells[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  columns() {
    const top = this.cells[0].offsetTop;
    const second = this.cells.findIndex((cell) => cell.offsetTop !== top);
    return second < 0 ? this.cells.length : second;
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    const marks = this.marked.map(({ dataset }) => (
      { reading: dataset.reading, field: dataset.field, box: Number(dataset.box) }));
    let answer;
    try {
      answer = await fetch("/glyphs", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ digit: this.dataset.digit, marks }),
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    this.sending = false;
    if (answer?.ok) location.assign(`/glyphs?digit=${(Number(this.dataset.digit) + 1) % 10}`);
    else this.status.textContent = t(answer ? "desk.failed" : "glyphs.no_network");
  }
}

customElements.define("glyph-grid", GlyphGrid);
