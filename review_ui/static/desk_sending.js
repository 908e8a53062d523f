// Sending what was confirmed: once, visibly, and again by itself when the network was gone.

import { readyUrls, showPage, takePage } from "./ahead.js";
import { removeDraft } from "./draft.js";
import { remember } from "./undo.js";

const AGAIN_MS = 5000;

export class Sending {
  /** @param desk the review desk */
  constructor(desk) {
    this.desk = desk;
    this.busy = false;
    this.tried = false;
    this.done = false;
    this.retry = null;
    window.addEventListener("online", () => this.again(), { signal: desk.gone.signal });
  }

  async send() {
    clearTimeout(this.retry);
    if (this.busy || this.refusedHere()) return;
    const { desk } = this;
    this.busy = true;
    desk.drawStatus();
    desk.say(desk.t("desk.sending"), "ready");
    const failure = await this.post("verifications", desk.body());
    this.busy = false;
    desk.drawStatus();
    if (failure !== null) desk.say(failure, "bad");
  }

  /** Leads to what is still open, and says so. */
  refusedHere() {
    const { desk } = this;
    const { rows, rules } = desk.blockers();
    let why = null;
    if (desk.tpsOpen) {
      desk.tpsNumber.focus();
      why = desk.t("desk.tps_open");
    } else if (rows.length) {
      rows[0].focus();
      why = desk.t("desk.numbers_open", { n: rows.length });
    } else if (rules.length) {
      desk.list.querySelector(".acknowledge").focus();
      why = desk.t("desk.rules_open", { n: rules.length });
    }
    if (why !== null) desk.say(why, "bad");
    return why !== null;
  }

  /** Returns null when it was taken, else why it was not. */
  async post(to, content) {
    const { desk } = this;
    this.tried = true;
    let answer;
    try {
      answer = await fetch(`${desk.dataset.url}/${to}${desk.token}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(content),
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (to === "verifications") this.retry = setTimeout(() => this.again(), AGAIN_MS);
      return desk.t("desk.no_network");
    }
    const body = await answer.json().catch(() => ({}));
    if (body.code === "not_signed_in") return desk.t("desk.signed_out");
    if (!answer.ok) return body.text ?? body.message ?? desk.t("desk.failed");
    this.taken(body);
    return null;
  }

  /** What could not be sent is sent once more, unless something is open again. */
  again() {
    if (this.retry === null || this.done || !this.desk.isConnected) return;
    this.retry = null;
    this.send();
  }

  taken(body) {
    const { desk } = this;
    this.done = true;
    removeDraft(desk.sheet);
    if (body.verification) {
      remember({ verification: body.verification, name: desk.dataset.name,
                 url: desk.dataset.url + desk.token, sheet: desk.keyFacts, draft: desk.draft });
    }
    const ready = readyUrls();
    const url = ready.includes(body.next) ? body.next : ready[0] ?? body.next;
    const page = takePage(url);
    if (page === null) location.assign(url);
    else showPage(url, page);
  }
}
