// Sending what was confirmed: once, visibly, and again by itself when the network was gone.

/** @import { Desk } from "./desk.js" */

import { readyUrls, showPage, takePage } from "./ahead.js";
import { ask, json } from "./ask.js";
import { data, findAll } from "./dom.js";
import { removeDraft } from "./draft.js";
import { remember } from "./undo.js";

/** What the server says when it takes something: where to go on, and what can be taken back.
 *  @typedef {{next: string, verification?: string}} Taken */

const AGAIN_MS = 5000;
const LOOKED_AT_MS = 500;

/** All of the desk by which a confirmation is changed. */
const HELD = ".tps-number, .rows, .pad, .equations, .note, .act .small";

export class Sending {
  busy = false;
  tried = false;
  done = false;
  /** @type {number | null} */
  retry = null;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    window.addEventListener("online", () => this.again(), { signal: desk.gone.signal });
  }

  async send() {
    clearTimeout(this.retry ?? undefined);
    if (this.busy || this.refusedHere()) return;
    // The second click of two, meant for the form before, would confirm one that nobody has seen.
    if (performance.now() - this.desk.opened < LOOKED_AT_MS) {
      this.desk.say(this.desk.t("desk.too_soon"), "open");
      return;
    }
    const { desk } = this;
    const focused = document.activeElement;
    this.hold(true);
    desk.say(desk.t("desk.sending"), "ready");
    const failure = await this.post("verifications", this.confirmation());
    this.hold(false);
    if (failure === null) return;
    desk.say(failure, "bad");
    if (focused instanceof HTMLElement) focused.focus();
  }

  /** What was sent stays as it is until the answer is there: nothing typed meanwhile is dropped.
   *  @param {boolean} busy */
  hold(busy) {
    const { desk } = this;
    this.busy = busy;
    const parts = findAll(desk.node, HELD, HTMLElement);
    for (const part of parts) part.inert = busy;
    desk.drawStatus();
  }

  /** Leads to what is still open, and says so. */
  refusedHere() {
    const { desk } = this;
    const { rows, rules } = desk.blockers();
    let why = null;
    if (desk.tpsOpen) {
      desk.tpsNumber?.focus();
      why = desk.t("desk.tps_open");
    } else if (rows.length) {
      rows[0].focus();
      why = desk.t("desk.numbers_open", { n: rows.length });
    } else if (rules.length) {
      desk.acknowledging.focus();
      why = desk.t("desk.rules_open", { n: rules.length });
    }
    if (why !== null) desk.say(why, "bad");
    return why !== null;
  }

  /** The form as it stands: `Confirmation` in api/confirm.py. */
  confirmation() {
    const { desk } = this;
    return {
      client: desk.client,
      readings: desk.sheet.readings,
      expected_version: desk.sheet.version,
      earlier: desk.sheet.earlier,
      shown: desk.sheet.shown,
      tps_number: desk.tpsNumber?.value.trim() ?? "",
      acknowledged: desk.acknowledging.said,
      seconds: (performance.now() - desk.opened) / 1000,
      fields: Object.fromEntries(desk.rows.map((row) => [row.id, {
        as_written: row.glyphs.join(""), touched: row.touched, note: row.note }])),
    };
  }

  /** Returns null when it was taken, else why it was not.
   *  @param {string} to  @param {object} content
   *  @returns {Promise<string | null>} */
  async post(to, content) {
    const { desk } = this;
    this.tried = true;
    const answer = await ask(`${desk.url}/${to}${desk.token}`, json(content));
    if (answer === null) {
      if (to === "verifications") this.retry = setTimeout(() => this.again(), AGAIN_MS);
      return desk.t("desk.no_network");
    }
    const { body } = answer;
    if (body.code === "not_signed_in") return desk.t("desk.signed_out");
    if (!answer.ok) return body.text ?? body.message ?? desk.t("desk.failed");
    this.taken(body);
    return null;
  }

  /** What could not be sent is sent once more, as it was; not under a dialog that is open. */
  again() {
    if (this.retry === null || this.done || !this.desk.node.isConnected) return;
    clearTimeout(this.retry);
    this.retry = null;
    if (this.desk.dialogs.open) this.retry = setTimeout(() => this.again(), AGAIN_MS);
    else this.send();
  }

  /** Whoever goes on changing the form has not confirmed what it becomes. */
  unwish() {
    clearTimeout(this.retry ?? undefined);
    this.retry = null;
  }

  /** @param {Taken} body */
  taken(body) {
    const { desk } = this;
    this.done = true;
    removeDraft(desk.drafts.key);
    if (body.verification) {
      remember({ verification: body.verification, name: data(desk.node, "name"),
                 url: desk.url + desk.token, sheet: desk.drafts.key, draft: desk.drafts.draft });
    }
    const ready = readyUrls();
    const url = ready.includes(body.next) ? body.next : ready[0] ?? body.next;
    const page = takePage(url);
    if (page === null) location.assign(url);
    else showPage(url, page);
  }
}
