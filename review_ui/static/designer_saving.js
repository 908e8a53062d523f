// Keeping a draft as it is drawn: a moment after each change, again and again without a network.

/** @import { Body, DraftFacts, Fault } from "./designer_types.js" */
/** @import { Words } from "./types.js" */

import { ask, json } from "./ask.js";

const PAUSE_MS = 500;
const AGAIN_MS = 3000;

/** What the saving tells.
 *  @typedef {object} SavingEvents
 *  @property {(faults: Fault[]) => void} faults
 *  @property {(text: string, kind: "" | "bad" | "good") => void} say */

export class Saving {
  timer = 0;
  busy = false;
  /** @type {Body | null} */
  waiting = null;
  stopped = false;

  /** @param {DraftFacts} facts
   *  @param {Words} t
   *  @param {SavingEvents} events */
  constructor(facts, t, events) {
    this.url = `/forms/drafts/${facts.id}`;
    this.revision = facts.revision;
    this.t = t;
    this.events = events;
    addEventListener("beforeunload", (event) => {
      if (this.waiting !== null || this.busy) event.preventDefault();
    });
  }

  /** @param {Body} body */
  later(body) {
    this.waiting = body;
    this.events.say(this.t("designer.keeping"), "");
    this.after(PAUSE_MS);
  }

  /** @param {number} pause */
  after(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), pause);
  }

  /** Send what waits, and be done when it is kept. */
  async send() {
    clearTimeout(this.timer);
    if (this.busy || this.stopped || this.waiting === null) return;
    const body = this.waiting;
    this.waiting = null;
    this.busy = true;
    const put = { ...json({ revision: this.revision, body }), method: "PUT" };
    const answer = await ask(this.url, put);
    this.busy = false;
    if (answer === null || answer.status >= 500) {
      this.waiting ??= body;
      this.events.say(this.t("designer.not_kept"), "bad");
      this.after(AGAIN_MS);
    } else if (!answer.ok) {
      this.stopped = true;
      const told = answer.body;
      this.events.say(`${told.text ?? this.t("desk.failed")} ${told.help ?? ""}`, "bad");
    } else {
      const { revision, faults } = answer.body;
      this.revision = revision;
      this.events.faults(faults);
      this.events.say(this.t("designer.kept"), "good");
      if (this.waiting !== null) this.after(PAUSE_MS);
    }
  }

  /** Keep everything now; whether it is kept. */
  async settled() {
    for (let tries = 0; tries < 40 && (this.busy || this.waiting !== null); tries += 1) {
      if (this.stopped) return false;
      if (!this.busy) await this.send();
      else await new Promise((done) => { setTimeout(done, 100); });
    }
    return !this.busy && this.waiting === null && !this.stopped;
  }
}
