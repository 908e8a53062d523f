// For half a minute after a form was confirmed it can be taken back, from whatever page comes next.

/** @import { Draft, SheetKey } from "./types.js" */

import { ask } from "./ask.js";
import { find, fits } from "./dom.js";
import { saveDraft } from "./draft.js";
import { words } from "./words.js";

const KEPT = "undo";
const SECONDS = 30;

/** What is needed to take a confirmation back.
 *  @typedef {object} Confirmed
 *  @property {string} verification id
 *  @property {string} name of the TPS
 *  @property {string} url of the form
 *  @property {SheetKey} sheet
 *  @property {Draft} draft */

/** Keep what was confirmed, while it can be taken back.
 *  @param {Confirmed} item */
export function remember(item) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...item, until: Date.now() + SECONDS * 1000 }));
}

function undoable() {
  /** @type {(Confirmed & {until: number}) | null} */
  const item = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return item !== null && item.until > Date.now() ? item : null;
}

/** Tells what was saved last and takes it back: by its button, or by Ctrl+Z when nothing on the
 *  screen can be undone. */
class UndoBar extends HTMLElement {
  t = words();
  message = find(this, "[role=status]", HTMLElement);
  left = find(this, "[aria-hidden]", HTMLElement);
  button = find(this, "button", HTMLButtonElement);
  /** @type {AbortController | null} */
  gone = null;
  timer = 0;
  /** @type {string | null} why it was not taken back */
  refused = null;

  connectedCallback() {
    this.button.addEventListener("click", () => this.undo());
    this.gone = new AbortController();
    const { signal } = this.gone;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    this.draw();
    this.timer = setInterval(() => this.draw(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.gone?.abort();
  }

  draw() {
    const item = undoable();
    this.hidden = item === null;
    if (item === null) return;
    // Said once; the seconds that are left are for the eye alone.
    const said = this.refused ?? this.t("undo.saved", { name: item.name });
    if (this.message.textContent !== said) this.message.textContent = said;
    const seconds = Math.ceil((item.until - Date.now()) / 1000);
    this.left.textContent = this.t("undo.left", { seconds });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const asked = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!asked || event.defaultPrevented || undoable() === null) return;
    if (fits(event.target, "textarea, input:not(.boxes input)")) return;
    if (document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    this.undo();
  }

  async undo() {
    const item = undoable();
    if (item === null) return;
    const url = `/verifications/${item.verification}/withdrawal`;
    const answer = await ask(url, {}, { empty: true });
    if (!answer?.ok) {
      this.refused = answer === null ? this.t("undo.no_network")
        : answer.body.text ?? this.t("desk.failed");
      this.draw();
      return;
    }
    sessionStorage.removeItem(KEPT);
    // Sent again it is another attempt, not the one that was taken back.
    saveDraft(item.sheet, { ...item.draft, client: undefined });
    location.assign(item.url);
  }
}

customElements.define("undo-bar", UndoBar);
