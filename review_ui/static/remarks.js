// Whoever sent a photo says of each number whether it is what the paper says.

import { ask, json } from "./ask.js";
import { data, find, findAll } from "./dom.js";
import { words } from "./words.js";

/** So long after other numbers came up nothing is said of them: nobody has looked yet. */
const LOOK_MS = 1000;

/** The reading whose numbers this page showed last, and what was begun on them.
 *  @type {{reading: string | null, begun: Map<string, {shown: string, note: string}>}} */
const last = { reading: null, begun: new Map() };

class ReceiptRemark extends HTMLElement {
  t = words();
  from = 0;
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
    this.compare();
    this.draw();
  }

  /** Whether these are other numbers than the page showed before: then it says so. What was begun on
   *  a number that stays the same is begun on this one too. */
  compare() {
    const reading = data(this, "reading");
    if (last.reading !== null && last.reading !== reading) {
      this.said.textContent = this.t("remark.read_anew");
      this.from = performance.now() + LOOK_MS;
      for (const row of this.rows) this.goOn(row, last.begun.get(data(row, "field")));
    }
    last.reading = reading;
    last.begun.clear();
  }

  /** @param {HTMLElement} row  @param {{shown: string, note: string} | undefined} begun */
  goOn(row, begun) {
    if (begun === undefined || begun.shown !== shownIn(row)) return;
    find(row, "input", HTMLInputElement).value = begun.note;
    const toggle = find(row, ".differs", HTMLButtonElement);
    if (toggle.getAttribute("aria-pressed") !== "true") this.toggle(row, toggle);
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
    if (performance.now() < this.from) return;
    const { fields } = this;
    const n = Object.keys(fields).length;
    const reading = data(this, "reading");
    this.said.textContent = this.t("remark.sending");
    const answer = await ask(data(this, "url"), json(n > 0
      ? { reading, agrees: false, fields, note: "" } : { reading, agrees: true }));
    if (answer === null) {
      this.said.textContent = this.t("remark.no_network");
      return;
    }
    if (!answer.ok) {
      this.said.textContent = answer.body.text ?? this.t("remark.failed");
      if (answer.body.code === "read_anew") this.giveWay(fields);
      return;
    }
    delete this.dataset.dirty;
    this.said.textContent = n > 0 ? this.t("remark.differed", { n }) : this.t("remark.agreed");
  }

  /** Let the page show the numbers that were read since.
   *  @param {Record<string, string>} fields what was begun on these */
  giveWay(fields) {
    for (const row of this.rows) {
      const note = fields[data(row, "field")];
      if (note !== undefined) last.begun.set(data(row, "field"), { shown: shownIn(row), note });
    }
    this.dispatchEvent(new CustomEvent("overtaken", { bubbles: true }));
  }
}

/** The number as the row shows it.
 *  @param {HTMLElement} row
 *  @returns {string} */
function shownIn(row) {
  return find(row, "code", HTMLElement).textContent ?? "";
}

customElements.define("receipt-remark", ReceiptRemark);
