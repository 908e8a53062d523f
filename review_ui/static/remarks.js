// Whoever sent a photo says of each number whether it is what the paper says.

/** @import { Refusal } from "./types.js" */

import { data, find, findAll } from "./dom.js";
import { words } from "./words.js";

class ReceiptRemark extends HTMLElement {
  t = words();
  rows = findAll(this, "[data-field]", HTMLElement);
  agree = find(this, ".agree", HTMLButtonElement);
  send = find(this, ".send", HTMLButtonElement);
  said = find(this, ".said-last", HTMLElement);

  connectedCallback() {
    for (const row of this.rows) {
      const toggle = find(row, ".differs", HTMLButtonElement);
      toggle.addEventListener("click", () => this.toggle(row, toggle));
      find(row, "input", HTMLInputElement).addEventListener("keydown", (event) => {
        if (event.key === "Enter") this.tell();
      });
    }
    this.agree.addEventListener("click", () => this.tell());
    this.send.addEventListener("click", () => this.tell());
    this.draw();
  }

  /** @param {HTMLElement} row  @param {HTMLButtonElement} toggle */
  toggle(row, toggle) {
    const pressed = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(pressed));
    find(row, ".said", HTMLElement).hidden = !pressed;
    this.dataset.dirty = ""; // and is not drawn anew from the server
    this.draw();
  }

  /** What differs, with a note that may be empty, by field.
   *  @returns {Record<string, string>} */
  get fields() {
    const pressed = this.rows.filter((row) => row.querySelector("[aria-pressed=true]") !== null);
    return Object.fromEntries(pressed.map((row) =>
      [data(row, "field"), find(row, "input", HTMLInputElement).value.trim()]));
  }

  /** One thing to do: agree with all, or send what differs. */
  draw() {
    const n = Object.keys(this.fields).length;
    this.agree.hidden = n > 0;
    this.send.hidden = n === 0;
    this.send.textContent = this.t("remark.send", { n });
  }

  async tell() {
    const { fields } = this;
    const n = Object.keys(fields).length;
    this.said.textContent = this.t("remark.sending");
    let answer;
    try {
      answer = await fetch(data(this, "url"), {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/json" },
        body: JSON.stringify(n > 0 ? { agrees: false, fields, note: "" } : { agrees: true }),
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.said.textContent = this.t("remark.no_network");
      return;
    }
    if (!answer.ok) {
      /** @type {Refusal} */
      const told = await answer.json().catch(() => ({}));
      this.said.textContent = told.text ?? this.t("remark.failed");
      return;
    }
    delete this.dataset.dirty;
    this.said.textContent = n > 0 ? this.t("remark.differed", { n }) : this.t("remark.agreed");
  }
}

customElements.define("receipt-remark", ReceiptRemark);
