// Saying that the paper itself breaks a rule: all that lets a broken rule pass.

/** @import { Desk } from "./desk.js" */
/** @import { NumberRow } from "./number_row.js" */
/** @import { Check } from "./types.js" */

import { find } from "./dom.js";
import { isLimit } from "./rules.js";

export class Acknowledging {
  /** @type {Set<string>} rules of which the person says that the paper breaks them */
  rules = new Set();

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** Broken rules of which nothing was said yet. */
  get open() {
    return this.desk.checks.filter((check) => check.outcome === "broken"
      && check.severity === "hard" && !this.rules.has(check.rule));
  }

  /** Rules that are broken and were said to be, each once. */
  get said() {
    const said = this.desk.checks
      .filter((check) => check.outcome === "broken" && this.rules.has(check.rule))
      .map((check) => check.rule);
    return [...new Set(said)];
  }

  /** To the first button that says it. */
  focus() {
    find(this.desk.list, ".acknowledge", HTMLElement).focus();
  }

  /** Saying "the paper is wrong" was about other numbers.
   *  @param {string} field that changed */
  forget(field) {
    const { rules, limits } = this.desk.sheet;
    for (const rule of rules) if (rule.fields.includes(field)) this.rules.delete(rule.id);
    for (const limit of limits) if (limit.field === field) this.rules.delete(limit.rule);
  }

  /** @param {string} rule */
  toggle(rule) {
    const before = new Set(this.rules);
    if (this.rules.has(rule)) this.rules.delete(rule);
    else if (!this.say(this.desk.checks.filter((check) => check.rule === rule))) return;
    this.desk.remember([], before);
    this.desk.edited();
  }

  /** The open broken rules of the number in focus, or all of them when it is in none.
   *  @param {NumberRow | null} row */
  here(row) {
    const { desk, open } = this;
    const here = row ? open.filter((check) => check.fields.includes(row.id)) : [];
    const before = new Set(this.rules);
    if (!open.length || !this.say(here.length ? here : open)) return;
    desk.remember([], before);
    desk.edited();
    if (!desk.unresolved().length) desk.submit.focus();
  }

  /** Say that the paper breaks these rules. More than a TPS can hold needs a reason beside it;
   *  where that is missing the focus goes there, and none is said. Returns whether all were.
   *  @param {Check[]} checks */
  say(checks) {
    const { desk } = this;
    for (const check of checks) {
      const row = desk.byId.get(check.fields[0]);
      if (check.outcome === "broken" && isLimit(check) && row && !row.note.trim()) {
        row.focus();
        desk.rail.note.focus();
        desk.say(desk.t("desk.reason_needed", { label: row.reading.label }), "bad");
        return false;
      }
    }
    for (const check of checks) this.rules.add(check.rule);
    return true;
  }
}
