// A whole photo, enlarged and moved by buttons, the wheel, or [ ] and Shift with arrows.

import { find, fits } from "./dom.js";
import { words } from "./words.js";

const MOST = 6;
const STEP = 1.3;
const FAR = 80;

/** @type {Record<string, [number, number] | undefined>} how far Shift with an arrow moves */
const MOVES = {
  ArrowLeft: [-FAR, 0], ArrowRight: [FAR, 0], ArrowUp: [0, -FAR], ArrowDown: [0, FAR],
};

/** @type {[sign: string, factor: number, name: string][]} */
const BUTTONS = [["−", 1 / STEP, "keying.smaller"], ["+", STEP, "keying.larger"]];

class PhotoView extends HTMLElement {
  zoom = 1;
  image = find(this, "img", HTMLImageElement);
  /** @type {AbortController | null} */
  gone = null;

  connectedCallback() {
    const t = words();
    const bar = document.createElement("div");
    bar.className = "zoom";
    for (const [sign, factor, name] of BUTTONS) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.title = t(name);
      button.setAttribute("aria-label", t(name));
      button.tabIndex = -1;
      button.addEventListener("click", () => this.scale(factor));
      bar.append(button);
    }
    this.prepend(bar);
    this.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.scale(event.deltaY < 0 ? STEP : 1 / STEP);
    }, { passive: false });
    this.gone = new AbortController();
    const { signal } = this.gone;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
  }

  disconnectedCallback() {
    this.gone?.abort();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (fits(event.target, "input:not(.boxes input), select, textarea")) return;
    const far = MOVES[event.key];
    if (event.key === "]") this.scale(STEP);
    else if (event.key === "[") this.scale(1 / STEP);
    else if (event.shiftKey && far) this.scrollBy(...far);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Keeps what is in the middle there.
   *  @param {number} factor */
  scale(factor) {
    const before = this.zoom;
    this.zoom = Math.min(MOST, Math.max(1, before * factor));
    const grown = this.zoom / before;
    const x = (this.scrollLeft + this.clientWidth / 2) * grown - this.clientWidth / 2;
    const y = (this.scrollTop + this.clientHeight / 2) * grown - this.clientHeight / 2;
    this.image.style.width = `${100 * this.zoom}%`;
    this.scrollTo(x, y);
  }
}

customElements.define("photo-view", PhotoView);
