// For half a minute after a form was confirmed it can be taken back, from whatever page comes next.

import { saveDraft } from "./draft.js";
import { words } from "./words.js";

const KEPT = "undo";
const SECONDS = 30;

/** Keep what is needed to take a confirmation back.
 *  @param {{verification: string, name: string, url: string, sheet: object, draft: object}} item */
export function remember(item) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...item, until: Date.now() + SECONDS * 1000 }));
}

function undoable() {
  const item = JSON.parse(sessionStorage.getItem(KEPT));
  return item !== null && item.until > Date.now() ? item : null;
}

/** Tells what was saved last and takes it back: by its button, or by Ctrl+Z when nothing on the
 *  screen can be undone. */
class UndoBar extends HTMLElement {
  connectedCallback() {
    this.t = words();
    this.message = this.querySelector("span");
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => this.undo());
    this.stop = new AbortController();
    document.addEventListener("keydown", (event) => this.key(event), { signal: this.stop.signal });
    this.draw();
    this.timer = setInterval(() => this.draw(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.stop.abort();
  }

  draw() {
    const item = undoable();
    this.hidden = item === null;
    if (item === null) return;
    const left = Math.ceil((item.until - Date.now()) / 1000);
    this.message.textContent = this.t("undo.saved", { name: item.name, seconds: left });
  }

  key(event) {
    const asked = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (!asked || event.defaultPrevented || undoable() === null) return;
    if (event.target.matches?.("textarea, input:not(.boxes input)")) return;
    event.preventDefault();
    this.undo();
  }

  async undo() {
    const item = undoable();
    if (item === null) return;
    let answer;
    try {
      answer = await fetch(`/verifications/${item.verification}/withdrawal`, {
        method: "POST", headers: { Accept: "application/json" } });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.message.textContent = this.t("desk.no_network");
      return;
    }
    if (!answer.ok) {
      const body = await answer.json().catch(() => ({}));
      this.message.textContent = body.text ?? this.t("desk.failed");
      clearInterval(this.timer);
      return;
    }
    sessionStorage.removeItem(KEPT);
    // Sent again it is another attempt, not the one that was taken back.
    saveDraft(item.sheet, { ...item.draft, client: undefined });
    location.assign(item.url);
  }
}

customElements.define("undo-bar", UndoBar);
