// Corner mode: point at the four corners of the sheet and have it read again at once.

import { words } from "./words.js";

const t = words();
const STEP = 0.002;
const FAR = 0.02;
const START = [[0.08, 0.08], [0.92, 0.08], [0.92, 0.92], [0.08, 0.92]];

class CornerMode extends HTMLElement {
  connectedCallback() {
    this.corners = START.map((corner) => [...corner]);
    this.at = 0;
    this.busy = false;
    this.frame = this.querySelector("polygon");
    this.handles = [...this.querySelectorAll("circle")];
    this.status = this.querySelector(".status");
    this.svg = this.querySelector("svg");
    this.tabIndex = 0;
    this.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.querySelector(".again").addEventListener("click", () => this.send());
    document.querySelector("[data-opens-corners]")?.addEventListener("click", () => {
      this.closest("dialog").showModal();
      (this.querySelector("select") ?? this).focus();
    });
    this.draw();
  }

  draw() {
    this.frame.setAttribute("points", this.corners.map(([x, y]) => `${100 * x},${100 * y}`).join(" "));
    this.handles.forEach((handle, index) => {
      const [x, y] = this.corners[index];
      handle.setAttribute("cx", String(100 * x));
      handle.setAttribute("cy", String(100 * y));
      handle.toggleAttribute("data-picked", index === this.at);
    });
    if (!this.busy) this.status.textContent = t("corners.picked", { n: this.at + 1 });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.("select, button") && event.key === "Enter") return;
    const step = event.shiftKey ? FAR : STEP;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step],
                 ArrowDown: [0, step] }[event.key];
    if ("1234".includes(event.key)) this.at = Number(event.key) - 1;
    else if (by && !event.target.matches?.("select")) this.move(by);
    else if (event.key === "r" || event.key === "R") this.send();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.draw();
  }

  move([across, down]) {
    const [x, y] = this.corners[this.at];
    this.corners[this.at] = [within(x + across), within(y + down)];
  }

  /** The nearest corner goes where the pointer goes. */
  grab(event) {
    event.preventDefault();
    this.focus();
    const here = this.place(event);
    const far = this.corners.map(([x, y]) => Math.hypot(x - here[0], y - here[1]));
    this.at = far.indexOf(Math.min(...far));
    const follow = (moved) => {
      this.corners[this.at] = this.place(moved);
      this.draw();
    };
    follow(event);
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", follow);
    this.svg.addEventListener("pointerup",
      () => this.svg.removeEventListener("pointermove", follow), { once: true });
  }

  place(event) {
    const box = this.svg.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width),
            within((event.clientY - box.top) / box.height)];
  }

  async send() {
    if (this.busy) return;
    const chosen = this.querySelector("select")?.value ?? `${this.dataset.form} ${this.dataset.page}`;
    const [form, page] = chosen.split(" ");
    if (!form) {
      this.querySelector("select").focus();
      return;
    }
    this.busy = true;
    this.status.textContent = t("corners.reading");
    let answer = null;
    try {
      answer = await fetch(this.dataset.url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ form, page: Number(page), corners: this.corners }),
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    this.busy = false;
    const body = answer === null ? {} : await answer.json().catch(() => ({}));
    if (answer?.ok) location.assign(body.next);
    else this.status.textContent = body.text ?? t(answer ? "desk.failed" : "glyphs.no_network");
  }
}

/** Corners may lie a little outside the picture. */
function within(share) {
  return Math.min(1.2, Math.max(-0.2, Math.round(share * 10000) / 10000));
}

customElements.define("corner-mode", CornerMode);
