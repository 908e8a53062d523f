// What is safe and what is not, always in sight: three numbers, one sentence, and what is wrong.

/** @import { Words } from "./types.js" */
/** @import { Ledger } from "./phone_ledger.js" */
/** @import { End } from "./phone_sending.js" */

import { find, findOptional, make } from "./dom.js";

export class Standing {
  /** @param {HTMLElement} page  @param {Words} t
   *  @param {() => void} tryNow */
  constructor(page, t, tryNow) {
    this.t = t;
    this.root = find(page, ".standing", HTMLElement);
    this.say = find(page, ".say", HTMLElement);
    this.alerts = find(page, ".alerts", HTMLElement);
    this.again = make("button", "quiet", t("phone.now"));
    this.again.addEventListener("click", tryNow);
    this.text = make("span");
    this.say.append(this.text, this.again);
  }

  /** @param {"here" | "sent" | "read"} name  @param {number} number */
  count(name, number) {
    const row = find(this.root, `[data-count=${name}]`, HTMLElement);
    find(row, "dd", HTMLElement).textContent = String(number);
    row.classList.toggle("none", number === 0);
  }

  /** One sentence: is everything safe, and if not, what is being waited for.
   *  @param {Ledger} where
   *  @param {End | null} end  of the last run, null while one is on */
  tell({ mine, others, lost, sent }, end) {
    const deciding = mine.filter((photo) => ["held", "refused"].includes(photo.state)).length;
    const waiting = mine.length - deciding; // those that are being looked at too
    const goesOn = end === null || ["done", "elsewhere"].includes(end.why);
    const stuck = waiting > 0 && !(goesOn && navigator.onLine);
    const said = [];
    if (waiting > 0) said.push(stuck ? this.t(why(end)) : this.t("phone.sending", { n: waiting }));
    if (deciding > 0) said.push(this.t("phone.deciding", { n: deciding }));
    if (lost.length > 0) said.push(this.t("phone.lost_some", { n: lost.length }));
    const safe = others === 0 ? "phone.all_safe" : "phone.mine_safe";
    if (said.length === 0) said.push(this.t(sent > 0 ? safe : "phone.nothing_yet"));
    this.again.hidden = !stuck;
    this.say.dataset.kind = mine.length + lost.length === 0 && sent > 0 ? "safe" : "open";
    const text = said.join(" ");
    if (this.text.textContent !== text) this.text.textContent = text; // and is read out once
  }

  /** Say something that stays until it no longer holds.
   *  @param {string} about  @param {string | null} text
   *  @param {string} [href]  @param {string} [name] of the link */
  alert(about, text, href, name) {
    const old = findOptional(this.alerts, `[data-about=${about}]`, HTMLElement);
    if (text !== null && old?.dataset.text === text) return;
    old?.remove();
    if (text === null) return;
    const link = href === undefined ? null : make("a", "button", name ?? href);
    if (link !== null) link.href = href ?? "";
    const note = make("p", "notice bad", text, " ", link);
    note.setAttribute("role", "alert");
    note.dataset.about = about;
    note.dataset.text = text;
    this.alerts.append(note);
  }
}

/** @param {End | null} end */
function why(end) {
  return !navigator.onLine || end === null ? "phone.offline" : `phone.why_${end.why}`;
}
