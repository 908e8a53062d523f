// A part of the page that asks the server every few seconds whether it changed (ETag, 304).

import { data } from "./dom.js";

class LivePart extends HTMLElement {
  timer = 0;
  /** @type {string | null} */
  etag = null;

  connectedCallback() {
    this.timer = setInterval(() => this.ask(), 1000 * Number(this.dataset.seconds ?? 4));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async ask() {
    // Never replace what somebody is typing in or has opened.
    if (document.hidden || this.querySelector("details[open], [data-dirty]")) return;
    if (this.focused?.matches("input, select")) return;
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
    if (answer.redirected) location.reload();
    if (answer.status !== 200) return;
    this.etag = answer.headers.get("ETag");
    const href = this.focused instanceof HTMLAnchorElement ? this.focused.href : null;
    this.innerHTML = await answer.text();
    if (href) [...this.querySelectorAll("a")].find((a) => a.href === href)?.focus();
  }

  /** What has the focus in here. */
  get focused() {
    return this.contains(document.activeElement) ? document.activeElement : null;
  }
}

customElements.define("live-part", LivePart);
