// Sends each chosen file on its own, with a progress bar and a key, so that nothing is sent twice.

/** @import { Place } from "./place.js" */

import { find, make } from "./dom.js";
import { placeText, placeTyped } from "./place.js";
import { words } from "./words.js";

/** @typedef {{text: string, url: string, photo: string}} Receipt */

/** What the server says to one file.
 *  @typedef {object} Answer
 *  @property {boolean} ok
 *  @property {boolean} later whether what stands against it passes
 *  @property {{receipts: Receipt[], text?: string, message?: string}} body */

/** Statuses that say nothing of the photo: sign in again, too slow, locked, over a quota. */
const PASSING = [401, 408, 423, 429];

const t = words();

class UploadForm extends HTMLElement {
  form = find(this, "form", HTMLFormElement);
  input = find(this, "input[type=file]", HTMLInputElement);
  list = find(this, "ol", HTMLElement);

  connectedCallback() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendAll();
    });
    for (const kind of ["dragover", "drop"]) {
      this.addEventListener(kind, (event) => event.preventDefault());
    }
    this.addEventListener("drop", (event) => {
      const files = event.dataTransfer?.files;
      if (files?.length) this.input.files = files;
    });
  }

  async sendAll() {
    const button = find(this.form, "button", HTMLButtonElement);
    const files = [...(this.input.files ?? [])];
    if (!files.length) {
      this.input.focus();
      return;
    }
    button.disabled = true;
    const place = placeTyped(this.form);
    const text = placeText(place, this.form, t);
    const rows = files.map((file) => new UploadRow(file, place, text, this.list));
    this.input.value = ""; // the rows have the files
    for (const row of rows) await this.send(row);
    button.disabled = false;
    const untouched = text === placeText(placeTyped(this.form), this.form, t);
    // Files that were chosen meanwhile are still to go.
    const more = (this.input.files?.length ?? 0) > 0;
    if (untouched && !more && rows.every((row) => row.sent)) this.form.reset();
  }

  /** @param {UploadRow} row */
  async send(row) {
    row.retry = () => this.send(row);
    try {
      const answer = await post(this.form.action, row);
      if (answer.ok) row.done(answer.body.receipts);
      else {
        const text = answer.body.text ?? answer.body.message ?? t("upload.failed");
        row.failed(text, answer.later);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      row.failed(t("upload.no_network"), true);
    }
  }
}

/** XMLHttpRequest, since fetch cannot tell how much of the body has gone up.
 *  @param {string} url  @param {UploadRow} row
 *  @returns {Promise<Answer>} */
function post(url, row) {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    body.append("files", row.file, row.file.name);
    body.set("tps", row.place.tps ?? "");
    body.set("contest", row.place.contest ?? "");
    body.set("idempotency_key", row.key);
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) row.progress(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(new TypeError("network")));
    request.addEventListener("load", () => {
      const { status, response } = request;
      // A page where data was asked for comes from a gate in between: the photo is not there.
      const ok = status < 300 && Array.isArray(response?.receipts);
      const later = status < 400 || status >= 500 || PASSING.includes(status);
      resolve({ ok, later, body: response ?? {} });
    });
    request.send(body);
  });
}

class UploadRow {
  /** @param {File} file  @param {Place} place  @param {string} where the place in words
   *  @param {HTMLElement} list */
  constructor(file, place, where, list) {
    this.file = file;
    this.place = place;
    this.key = newKey();
    this.sent = false;
    this.retry = () => {};
    this.item = document.createElement("li");
    this.item.className = "card upload-row";
    this.item.append(make("strong", "", file.name));
    if (where !== "") this.item.append(make("p", "", make("small", "", where)));
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.text = make("p", "", t("upload.waiting"));
    this.text.setAttribute("role", "status");
    this.item.append(this.bar, this.text);
    list.append(this.item);
  }

  /** @param {number} part */
  progress(part) {
    this.bar.value = part;
    this.text.textContent = t("upload.sent_part", { percent: Math.round(100 * part) });
  }

  /** @param {Receipt[]} receipts */
  done(receipts) {
    this.sent = true;
    this.bar.remove();
    this.text.remove();
    this.item.classList.add("good");
    for (const receipt of receipts) {
      const line = document.createElement("p");
      line.append(receipt.text, " ");
      const link = make("a", "", t("upload.receipt"));
      link.href = receipt.url;
      const hash = make("code", "", receipt.photo);
      line.append(link, document.createElement("br"), "SHA-256 ", hash);
      this.item.append(line);
    }
  }

  /** @param {string} text  @param {boolean} again whether it may be sent once more */
  failed(text, again = false) {
    this.item.classList.add("bad");
    this.text.textContent = text;
    this.bar.remove();
    if (!again) return;
    const button = make("button", "", t("upload.retry"));
    button.type = "button";
    button.addEventListener("click", () => {
      button.remove();
      this.item.classList.remove("bad");
      this.text.before(this.bar);
      this.retry();
    });
    this.item.append(button);
  }
}

/** 128 random bits; crypto.randomUUID is absent on plain http. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

customElements.define("upload-form", UploadForm);
