// The review desk: every number beside its ink, the equations live, and keys for everything.

/** @import { Check, RowDraft, Sheet } from "./types.js" */

import { fetchAhead } from "./ahead.js";
import { Acknowledging } from "./desk_acknowledging.js";
import { Dialogs } from "./desk_dialogs.js";
import { Drafts } from "./desk_drafts.js";
import { listen } from "./desk_listening.js";
import { Rail } from "./desk_rail.js";
import { Sending } from "./desk_sending.js";
import { data, find, findAll, findOptional } from "./dom.js";
import { drawEquations } from "./equations.js";
import { Lease } from "./lease.js";
import { boxAt, NumberRow } from "./number_row.js";
import { checkAll } from "./rules.js";
import { words } from "./words.js";

const t = words();

function randomName() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** What one thing that was done is taken back to.
 *  @typedef {object} Step
 *  @property {{row: NumberRow, before: RowDraft}[]} numbers
 *  @property {Set<string>} rules of which the paper was said to break them */

/** One form in front of a person who may decide on it. */
export class Desk {
  t = t;
  client = randomName();
  opened = performance.now(); // which no clock that is set can turn back
  token = location.search.startsWith("?s=") ? location.search : "";
  gone = new AbortController();

  /** @type {NumberRow | null} the number in focus, or the last that was */
  current = null;
  /** @type {Check[]} */
  checks = [];
  /** @type {Step[]} what was done, the last at the end */
  past = [];

  /** @param {HTMLElement} node the element that is the desk on the screen */
  constructor(node) {
    this.node = node;
    this.url = data(node, "url");
    /** @type {Sheet} */
    this.sheet = JSON.parse(find(document, "#sheet", HTMLScriptElement).text);
    this.rows = findAll(node, "[data-field]", HTMLElement).map(
      (row) => new NumberRow(row, this.sheet.fields[data(row, "field")], t));
    this.byId = new Map(this.rows.map((row) => [row.id, row]));
    this.list = find(node, ".equations", HTMLElement);
    this.submit = find(node, ".submit", HTMLElement);
    this.status = find(node, ".status", HTMLElement);
    this.tpsNumber = findOptional(node, ".tps-number input", HTMLInputElement);
    this.rail = new Rail(node, t);
    this.acknowledging = new Acknowledging(this);
    this.drafts = new Drafts(this);
    this.sending = new Sending(this);
    this.dialogs = new Dialogs(this);
    this.lease = new Lease(this.url, () => this.say(t("desk.lease_lost"), "bad"));
    // It may have waited for half of the time for which it is kept.
    if (node.dataset.ahead !== undefined) this.lease.keep();
  }

  open() {
    listen(this);
    this.drafts.restore();
    this.refresh();
    this.start();
    fetchAhead(this.url);
  }

  /** The form is no longer on the screen. */
  end() {
    this.gone.abort();
    this.lease.end();
  }

  /** A clear form starts on its one button, any other on its first doubt. */
  start() {
    const first = this.unresolved()[0];
    if (this.tpsNumber && this.tpsOpen) this.tpsNumber.focus();
    else if (first) first.focus();
    else this.submit.focus();
  }

  // ---- what holds and what is still open

  refresh() {
    const values = Object.fromEntries(this.rows.map((row) => [row.id, row.number.value]));
    this.checks = checkAll(this.sheet.rules, this.sheet.limits, values);
    const broken = new Set(this.acknowledging.open.flatMap((check) => check.fields));
    for (const row of this.rows) {
      row.inBrokenRule = broken.has(row.id);
      row.draw();
    }
    drawEquations(this);
    this.drawStatus();
  }

  /** Whether the number of the TPS is still to be typed from the head of the form. */
  get tpsOpen() {
    return this.tpsNumber !== null && this.tpsNumber.value.trim() === "";
  }

  /** Rows that a person must still look at, in the order of the form. */
  unresolved() {
    return this.rows.filter((row) => row.pending || (row.inBrokenRule && !row.confirmed));
  }

  blockers() {
    return { rows: this.rows.filter((row) => row.pending), rules: this.acknowledging.open };
  }

  drawStatus() {
    const { rows, rules } = this.blockers();
    const blocked = rows.length > 0 || rules.length > 0 || this.tpsOpen;
    this.submit.setAttribute("aria-disabled", String(blocked || this.sending.busy));
    if (this.sending.busy) return;
    const parts = [];
    if (this.tpsOpen) parts.push(t("desk.tps_open"));
    if (rows.length) parts.push(t("desk.numbers_open", { n: rows.length }));
    if (rules.length) parts.push(t("desk.rules_open", { n: rules.length }));
    this.say(blocked ? parts.join(" · ") : t("desk.ready"), blocked ? "open" : "ready");
  }

  /** @param {string} text  @param {"open" | "ready" | "bad"} kind */
  say(text, kind) {
    this.status.textContent = text;
    this.status.dataset.kind = kind;
  }

  // ---- what is done to a number

  /** @param {EventTarget | null} target the row of the number */
  changed(target) {
    const row = this.rows.find(({ node }) => node === target);
    if (row === undefined) return;
    this.remember([row]);
    this.acknowledging.forget(row.id);
    this.edited();
  }

  /** Something stands otherwise than before. */
  edited() {
    this.anew();
    this.refresh();
    this.drafts.keep();
  }

  /** What will be sent is another confirmation than any that was tried, and must not pass for it. */
  anew() {
    if (this.sending.tried) this.client = randomName();
    this.sending.unwish();
    this.lease.used();
  }

  /** Take back the last thing that was done. Returns whether there was one. */
  undo() {
    const last = this.past.pop();
    if (last === undefined) return false;
    for (const { row, before } of last.numbers) {
      // A note is no step: its own field takes back what is typed there.
      row.restore({ ...before, note: row.note });
      row.known = row.draft;
    }
    this.acknowledging.rules = last.rules;
    this.edited();
    if (last.numbers.length === 1) last.numbers[0].row.focus();
    else this.start();
    return true;
  }

  /** Note what was before what is done now.
   *  @param {NumberRow[]} rows whose numbers it is done to
   *  @param {Set<string>} rules of which the paper was said to break them */
  remember(rows, rules = new Set(this.acknowledging.rules)) {
    this.past.push({ numbers: rows.map((row) => ({ row, before: row.known })), rules });
    for (const row of rows) row.known = row.draft;
  }

  /** The focus comes to a box, or one is clicked.
   *  @param {EventTarget | null} target
   *  @param {boolean} again whether typing starts anew although the focus was there */
  enter(target, again = false) {
    const box = boxAt(target);
    const row = box && this.rows.find(({ boxes }) => boxes.includes(box));
    if (!box || !row) return;
    const index = row.boxes.indexOf(box);
    if (again || row !== this.current || row.at !== index) row.startRun(index);
    box.select();
    if (row === this.current) return;
    this.lease.used();
    this.current?.node.classList.remove("current");
    this.current = row;
    row.node.classList.add("current");
    this.rail.show(row);
  }

  /** @param {NumberRow} row */
  confirm(row) {
    if (row.overflow) {
      this.say(t("desk.too_many", { n: row.boxes.length }), "bad");
      return;
    }
    if (!row.complete) {
      row.focus();
      this.say(t("desk.empty_box"), "bad");
      return;
    }
    row.confirmed = true;
    this.remember([row]);
    this.edited();
    this.next(row);
  }

  /** @param {NumberRow} row after which the next open one is wanted */
  next(row) {
    const open = this.unresolved();
    const from = this.rows.indexOf(row);
    const following = open.find((other) => this.rows.indexOf(other) > from) ?? open[0];
    if (following) following.focus();
    else if (this.acknowledging.open.length) this.acknowledging.focus();
    else this.submit.focus();
  }

  acceptSure() {
    const sure = this.rows.filter((row) => row.state === "sure");
    for (const row of sure) row.confirmed = true;
    if (sure.length) this.remember(sure);
    this.edited();
    this.start();
  }
}

class ReviewDesk extends HTMLElement {
  /** @type {Desk | null} */
  desk = null;

  connectedCallback() {
    for (const node of findAll(this, "[hidden][data-script]", HTMLElement)) node.hidden = false;
    // Whoever may not decide on the form only looks at it.
    if (findOptional(this, ".submit", HTMLElement) === null) return;
    this.desk = new Desk(this);
    this.desk.open();
  }

  disconnectedCallback() {
    this.desk?.end();
  }
}

customElements.define("review-desk", ReviewDesk);
