// A part of the page that asks the server every few seconds whether it changed (ETag, 304).

import { data, findAll } from "./dom.js";

const FOCUSABLE = "a, button, summary";

/** What an element is told from others by, once it was drawn anew.
 *  @param {Element} node */
function nameOf(node) {
  const form = node instanceof HTMLButtonElement ? node.form?.action : "";
  const href = node instanceof HTMLAnchorElement ? node.href : "";
  return `${node.tagName} ${href}${form} ${node.textContent}`;
}

class LivePart extends HTMLElement {
  timer = 0;
  asking = false;
  /** @type {string | null} */
  etag = null;

  connectedCallback() {
    this.timer = setInterval(() => this.ask(), 1000 * Number(this.dataset.seconds ?? 4));
    // Something in here learnt that it stands no longer, whatever was begun in it.
    this.addEventListener("overtaken", () => this.replace(true));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async ask() {
    if (document.hidden || this.asking || this.inUse) return;
    this.asking = true;
    try {
      await this.replace();
    } finally {
      this.asking = false;
    }
  }

  /** Whether somebody types in here, has typed, or has opened something: then nothing is replaced. */
  get inUse() {
    return this.querySelector("details[open], [data-dirty]") !== null
      || (this.focused?.matches("input, select, textarea") ?? false)
      || [...this.querySelectorAll("input")].some((input) => input.value !== input.defaultValue);
  }

  /** @param {boolean} [overtaken] whether what is here goes, in use or not */
  async replace(overtaken = false) {
    /** @type {Record<string, string>} */
    const headers = { "X-Part": "1" };
    if (this.etag) headers["If-None-Match"] = this.etag;
    let answer;
    try {
      answer = await fetch(data(this, "src"), { headers, cache: "no-store" });
    } catch (error) {
      if (error instanceof TypeError) return; // no network: the page stays as it is
      throw error;
    }
    if (answer.redirected || answer.status === 401) location.reload();
    const etag = answer.headers.get("ETag");
    // What has none is not the server's, but the sign-in page of a Wi-Fi.
    if (answer.status !== 200 || etag === null) return;
    const fresh = await answer.text();
    // Somebody may have begun while it was on its way; the next time brings it again.
    if (this.inUse && !overtaken) return;
    this.etag = etag;
    const kept = this.focused && nameOf(this.focused);
    this.innerHTML = fresh;
    if (kept) findAll(this, FOCUSABLE, HTMLElement).find((node) => nameOf(node) === kept)?.focus();
  }

  /** What has the focus in here. */
  get focused() {
    return this.contains(document.activeElement) ? document.activeElement : null;
  }
}

customElements.define("live-part", LivePart);
