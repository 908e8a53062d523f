// A part of the page that asks the server every few seconds whether it changed (ETag, 304).

class LivePart extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.ask(), 1000 * Number(this.dataset.seconds ?? 4));
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async ask() {
    // Never replace what somebody is typing in or has opened.
    if (document.hidden || this.querySelector("details[open]")) return;
    if (this.contains(document.activeElement) && document.activeElement.matches("input, select")) {
      return;
    }
    const headers = { "X-Part": "1" };
    if (this.etag) headers["If-None-Match"] = this.etag;
    let answer;
    try {
      answer = await fetch(this.dataset.src, { headers, cache: "no-store" });
    } catch (error) {
      if (error instanceof TypeError) return; // no network: the page stays as it is
      throw error;
    }
    if (answer.redirected) location.reload();
    if (answer.status !== 200) return;
    this.etag = answer.headers.get("ETag");
    const focused = this.contains(document.activeElement) ? document.activeElement.href : null;
    this.innerHTML = await answer.text();
    if (focused) [...this.querySelectorAll("a")].find((a) => a.href === focused)?.focus();
  }
}

customElements.define("live-part", LivePart);
