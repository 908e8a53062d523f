// Keeps a form with whoever works on it, and gives it back on leaving.

import { forget, note } from "./open_forms.js";

const EVERY = 60_000;
const LEFT = "left";

export class Lease {
  /** @param {string} url of the form
   *  @param {() => void} lost when somebody else has it meanwhile */
  constructor(url, lost) {
    this.url = url;
    this.lost = lost;
    this.active = false;
    note(url);
    this.timer = setInterval(() => this.renew(), EVERY);
    this.gone = new AbortController();
    window.addEventListener("pagehide", () => this.leave(), { signal: this.gone.signal });
    // Loaded anew, or in the other language: what the page before said on leaving came behind the
    // request for this one, and gave the form away.
    if (sessionStorage.getItem(LEFT) === url) this.keep();
    sessionStorage.removeItem(LEFT);
  }

  leave() {
    if (forget(this.url)) return;
    sessionStorage.setItem(LEFT, this.url);
    navigator.sendBeacon(`${this.url}/leave`);
  }

  /** The form is no longer on the screen. */
  end() {
    clearInterval(this.timer);
    this.gone.abort();
    forget(this.url);
  }

  /** Somebody works on it: worth keeping. */
  used() {
    this.active = true;
  }

  async renew() {
    note(this.url);
    if (!this.active) return;
    this.active = false;
    await this.keep();
  }

  async keep() {
    const answer = await fetch(`${this.url}/lease`, { method: "POST" }).catch((error) => {
      // Without a network nothing is lost: what is typed stays, and sending says so.
      if (error instanceof TypeError) return null;
      throw error;
    });
    if (answer?.status === 409) this.lost();
  }
}
