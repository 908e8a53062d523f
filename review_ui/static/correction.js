// What a D.HASIL says of a TPS, typed beside what was verified. Enter goes on to the next number,
// Ctrl+Enter saves; where the server refuses, all that was typed and chosen stays.

import { ask } from "./ask.js";
import { data, find, findAll } from "./dom.js";
import { words } from "./words.js";

class CorrectionForm extends HTMLElement {
  t = words();
  form = find(this, "form", HTMLFormElement);
  numbers = findAll(this, "input[name=value]", HTMLInputElement);
  told = find(this, "[role=alert]", HTMLElement);
  expected = find(this, "input[name=expected_version]", HTMLInputElement);

  connectedCallback() {
    /** @type {Record<string, number>} */
    const versions = JSON.parse(data(this, "versions"));
    for (const level of findAll(this, "input[name=level]", HTMLInputElement)) {
      level.addEventListener("change", () => {
        this.expected.value = String(versions[level.value]);
      });
    }
    for (const [place, input] of this.numbers.entries()) {
      input.addEventListener("input", () => this.compare(input));
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.ctrlKey) return;
        event.preventDefault();
        (this.numbers[place + 1] ?? find(this, "input[name=level]:checked", HTMLInputElement)).focus();
      });
    }
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.ctrlKey) this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.numbers[0]?.focus();
  }

  /** Show by how much a number differs from the verified one.
   *  @param {HTMLInputElement} input */
  compare(input) {
    const row = /** @type {HTMLElement} */ (input.closest("tr"));
    const typed = input.value.replaceAll(".", "").trim();
    const difference = Number(typed) - Number(data(row, "value"));
    const sign = difference > 0 ? "+" : difference < 0 ? "−" : "";
    const shown = /^\d+$/.test(typed) ? `${sign}${Math.abs(difference)}` : "";
    find(row, "output", HTMLOutputElement).textContent = shown;
  }

  async send() {
    this.told.textContent = this.t("correcting.sending");
    const answer = await ask(this.form.action, { body: new FormData(this.form) });
    if (answer?.ok) {
      location.assign(answer.body.url);
      return;
    }
    this.told.textContent = answer === null ? this.t("correcting.no_network")
      : answer.body.text ?? this.t("correcting.failed");
  }
}

customElements.define("correction-form", CorrectionForm);
