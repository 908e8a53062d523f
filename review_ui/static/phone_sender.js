// When to send: at once when something is new, the network is back, the page is looked at again or
// somebody taps; and otherwise later and later, so that a server in trouble is left alone.

/** @import { End } from "./phone_sending.js" */

import { sendAll } from "./phone_sending.js";
import { sendLater } from "./phone_install.js";

const FIRST_S = 2;
const LONGEST_S = 60;
/** Another tab sends; look again after so long whether it still does. */
const ELSEWHERE_S = 5;

export class PhoneSender {
  /** @type {End | null} how the last run ended, null while one is on */
  end = { why: "done", text: "", seconds: 0 };
  /** @type {number | null} when it tries again, in milliseconds */
  due = null;
  failures = 0;
  timer = 0;
  wanted = false;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    window.addEventListener("online", () => this.go());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.go();
    });
  }

  /** Send now; what is asked for during a run makes another one. */
  async go() {
    clearTimeout(this.timer);
    this.due = null;
    this.wanted = true;
    if (this.end === null) return;
    while (this.wanted) {
      this.wanted = false;
      this.end = null;
      this.changed();
      this.end = await sendAll(async () => true).catch(/** @returns {End} */ (error) => {
        reportError(error); // a fault of this page: told, and tried again like one of the server
        return { why: "server", text: "", seconds: 0 };
      });
    }
    this.plan(this.end);
    this.changed();
  }

  /** @param {End | null} end */
  plan(end) {
    if (end === null || end.why === "done" || end.why === "signed_out") {
      this.failures = 0;
      return;
    }
    sendLater();
    let seconds = ELSEWHERE_S;
    if (end.why !== "elsewhere") {
      const most = Math.min(LONGEST_S, FIRST_S * 2 ** this.failures);
      this.failures += 1;
      // Phones that lost their network together do not all come back in the same second.
      seconds = Math.max(end.seconds, most * (0.5 + Math.random() / 2));
    }
    this.due = Date.now() + 1000 * seconds;
    this.timer = setTimeout(() => this.go(), 1000 * seconds);
  }
}
