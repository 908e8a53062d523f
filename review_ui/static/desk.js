// The review desk: every number beside its ink, the equations live, and keys for everything.

import { fetchAhead } from "./ahead.js";
import { Dialogs } from "./desk_dialogs.js";
import { handleInput, handleKey, handlePaste } from "./desk_keys.js";
import { Sending } from "./desk_sending.js";
import { loadDraft, saveDraft } from "./draft.js";
import { drawEquations } from "./equations.js";
import { Lease } from "./lease.js";
import { NumberRow } from "./number_row.js";
import { checkAll, isLimit } from "./rules.js";
import { words } from "./words.js";

const t = words();

function randomName() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

class ReviewDesk extends HTMLElement {
  connectedCallback() {
    this.t = t;
    this.sheet = JSON.parse(document.getElementById("sheet").textContent);
    this.rows = [...this.querySelectorAll("[data-field]")].map(
      (node) => new NumberRow(node, this.sheet.fields[node.dataset.field], t));
    this.byId = new Map(this.rows.map((row) => [row.id, row]));
    this.acknowledged = new Set();
    this.current = null;
    this.opened = Date.now();
    this.token = location.search.startsWith("?s=") ? location.search : "";
    this.past = [];
    this.gone = new AbortController();
    this.find();
    this.querySelectorAll("[hidden][data-script]").forEach((node) => { node.hidden = false; });
    // Whoever may not decide on the form only looks at it.
    if (this.submit === null) return;
    this.sending = new Sending(this);
    this.dialogs = new Dialogs(this);
    this.lease = new Lease(this.dataset.url, () => this.say(t("desk.lease_lost"), "bad"));
    this.listen();
    this.restore();
    this.refresh();
    this.start();
    fetchAhead(this.dataset.url);
  }

  disconnectedCallback() {
    this.gone.abort();
    this.lease?.end();
  }

  find() {
    this.list = this.querySelector(".equations");
    this.submit = this.querySelector(".submit");
    this.status = this.querySelector(".status");
    this.lens = this.querySelector(".lens img");
    this.lensName = this.querySelector(".lens figcaption");
    this.note = this.querySelector(".note input");
    this.maps = [...this.querySelectorAll(".minimap [data-page]")];
    this.tpsNumber = this.querySelector(".tps-number input");
  }

  listen() {
    const whileHere = { signal: this.gone.signal };
    this.addEventListener("keydown", (event) => handleKey(this, event));
    document.addEventListener("keydown", (event) => {
      if (!this.contains(event.target)) handleKey(this, event);
    }, whileHere);
    document.addEventListener("keyup", (event) => {
      if (event.key.toLowerCase() === "z") this.zoom(false);
    }, whileHere);
    this.addEventListener("number-changed", (event) => this.changed(event.target.dataset.field));
    this.addEventListener("focusin", (event) => this.enter(event.target));
    this.addEventListener("input", (event) => handleInput(this, event));
    this.addEventListener("paste", (event) => handlePaste(this, event));
    this.addEventListener("pointerup", (event) => {
      if (event.target.matches(".boxes input")) this.enter(event.target, true);
    });
    for (const row of this.rows) {
      row.node.querySelector(".tick").addEventListener("click", () => this.confirm(row));
      row.node.querySelector(".ink")?.addEventListener("click", () => row.focus());
    }
    this.submit.addEventListener("click", () => this.sending.send());
    this.querySelector(".accept-sure").addEventListener("click", () => this.acceptSure());
    this.tpsNumber?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey) return;
      event.preventDefault();
      this.start();
    });
    this.tpsNumber?.addEventListener("input", () => this.refresh());
    this.tpsNumber?.addEventListener("focus", () => this.showHead());
    window.addEventListener("beforeunload", () => this.keep(), whileHere);
  }

  /** A clear form starts on its one button, any other on its first doubt. */
  start() {
    const first = this.unresolved()[0];
    if (this.tpsOpen) this.tpsNumber.focus();
    else if (first) first.focus();
    else this.submit.focus();
  }

  // ---- what holds and what is still open

  refresh() {
    const values = Object.fromEntries(this.rows.map((row) => [row.id, row.number.value]));
    this.checks = checkAll(this.sheet.rules, this.sheet.limits, values);
    const open = this.openRules();
    const broken = new Set(open.flatMap((check) => check.fields));
    for (const row of this.rows) {
      row.inBrokenRule = broken.has(row.id);
      row.draw();
    }
    drawEquations(this.list, this.checks, this.acknowledged, this);
    this.drawStatus();
  }

  /** Whether the number of the TPS is still to be typed from the head of the form. */
  get tpsOpen() {
    return Boolean(this.tpsNumber) && this.tpsNumber.value.trim() === "";
  }

  openRules() {
    return this.checks.filter((check) => check.outcome === "broken" && check.severity === "hard"
      && !this.acknowledged.has(check.rule));
  }

  /** Rows that a person must still look at, in the order of the form. */
  unresolved() {
    return this.rows.filter((row) => row.pending || (row.inBrokenRule && !row.confirmed));
  }

  blockers() {
    return { rows: this.rows.filter((row) => row.pending), rules: this.openRules() };
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
    this.status.dataset.kind = blocked ? "open" : "ready";
    this.status.textContent = blocked ? parts.join(" · ") : t("desk.ready");
  }

  changed(id) {
    this.remember(this.byId.get(id));
    // Saying "the paper is wrong" was about other numbers.
    for (const rule of this.sheet.rules) {
      if (rule.fields.includes(id)) this.acknowledged.delete(rule.id);
    }
    for (const limit of this.sheet.limits) {
      if (limit.field === id) this.acknowledged.delete(limit.rule);
    }
    this.lease.used();
    // Changed after an attempt to send it, it is another confirmation and may not pass for that one.
    if (this.sending.tried) this.client = randomName();
    this.refresh();
    this.keep();
  }

  /** The ink of the number in focus over the whole screen, while the key is held. */
  zoom(on) {
    this.lens.closest(".lens").classList.toggle("zoomed", on);
  }

  /** Take back the last thing that was done to a number. Returns whether there was one. */
  undo() {
    const last = this.past.pop();
    if (last === undefined) return false;
    const row = this.byId.get(last.id);
    row.restore(last.before);
    row.known = row.draft;
    this.refresh();
    this.keep();
    row.focus();
    return true;
  }

  /** Note what a number was before what is done to it now. */
  remember(row) {
    this.past.push({ id: row.id, before: row.known });
    row.known = row.draft;
  }

  enter(target, again = false) {
    if (!target.matches?.(".boxes input")) return;
    const row = this.byId.get(target.closest("[data-field]").dataset.field);
    const index = row.boxes.indexOf(target);
    if (again || row !== this.current || row.at !== index) row.startRun(index);
    target.select();
    if (row === this.current) return;
    this.current?.node.classList.remove("current");
    this.current = row;
    row.node.classList.add("current");
    const ink = row.node.querySelector(".ink");
    this.lens.hidden = !ink;
    if (ink) this.lens.src = ink.dataset.whole ?? ink.src;
    this.showPlace(row.reading.at);
    this.lensName.textContent = row.reading.label;
    this.note.value = row.note;
    this.note.disabled = false;
  }

  /** The head of the form enlarged, while its TPS is typed. */
  showHead() {
    const head = this.querySelector(".header-crop img");
    this.lens.hidden = !head;
    if (head) this.lens.src = head.src;
    this.lensName.textContent = t("desk.tps_number");
  }

  /** Where on the page the number stands. */
  showPlace([page, ...shares]) {
    for (const map of this.maps) {
      map.hidden = Number(map.dataset.page) !== page;
      const [left, top, width, height] = shares.map((share) => `${100 * share}%`);
      Object.assign(map.querySelector("mark").style, { left, top, width, height });
    }
  }

  // ---- confirming

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
    this.remember(row);
    this.refresh();
    this.keep();
    this.next(row);
  }

  next(row) {
    const open = this.unresolved();
    const from = this.rows.indexOf(row);
    const following = open.find((other) => this.rows.indexOf(other) > from) ?? open[0];
    if (following) following.focus();
    else if (this.openRules().length) this.list.querySelector(".acknowledge").focus();
    else this.submit.focus();
  }

  acceptSure() {
    for (const row of this.rows) if (row.state === "sure") row.confirmed = true;
    this.refresh();
    this.keep();
    this.start();
  }

  acknowledge(rule) {
    if (this.acknowledged.has(rule)) this.acknowledged.delete(rule);
    else this.acknowledgeAll(this.checks.filter((check) => check.rule === rule));
    this.refresh();
    this.keep();
  }

  /** The open broken rules of the number in focus, or all of them when it is in none. */
  acknowledgeHere(row) {
    const open = this.openRules();
    const here = row ? open.filter((check) => check.fields.includes(row.id)) : [];
    if (!open.length || !this.acknowledgeAll(here.length ? here : open)) return;
    this.refresh();
    this.keep();
    if (!this.unresolved().length) this.submit.focus();
  }

  /** Say that the paper breaks these rules. More than a TPS can hold needs a reason beside it;
   *  where that is missing the focus goes there. Returns whether all were said. */
  acknowledgeAll(checks) {
    for (const check of checks) {
      const row = this.byId.get(check.fields[0]);
      if (check.outcome === "broken" && isLimit(check) && row && !row.note.trim()) {
        row.focus();
        this.note.focus();
        this.say(t("desk.reason_needed", { label: row.reading.label }), "bad");
        return false;
      }
      this.acknowledged.add(check.rule);
    }
    return true;
  }

  label(field) {
    return this.sheet.labels[field] ?? field;
  }

  pointAt(fields) {
    for (const row of this.rows) row.node.classList.toggle("pointed", fields.includes(row.id));
  }

  goTo(fields) {
    const rows = fields.map((name) => this.byId.get(name)).filter(Boolean);
    (rows.find((row) => row.reading.doubtful) ?? rows[0])?.focus();
  }

  body() {
    return {
      client: this.client,
      readings: this.sheet.readings,
      expected_version: this.sheet.version,
      earlier: this.sheet.earlier,
      tps_number: this.tpsNumber?.value.trim() ?? "",
      acknowledged: this.checks
        .filter((check) => check.outcome === "broken" && this.acknowledged.has(check.rule))
        .map((check) => check.rule)
        .filter((rule, index, all) => all.indexOf(rule) === index),
      seconds: (Date.now() - this.opened) / 1000,
      fields: Object.fromEntries(this.rows.map((row) => [row.id, {
        as_written: row.glyphs.join(""), touched: row.touched, note: row.note }])),
    };
  }

  // ---- nothing typed is lost

  keep() {
    if (this.sending.done) return;
    if (!this.rows.some((row) => row.touched || row.confirmed || row.note)) return;
    saveDraft(this.sheet, this.draft);
  }

  get draft() {
    return {
      client: this.client,
      tps_number: this.tpsNumber?.value ?? "",
      acknowledged: [...this.acknowledged],
      rows: Object.fromEntries(this.rows.map((row) => [row.id, row.draft])),
    };
  }

  /** What a draft is kept under. */
  get keyFacts() {
    const { reader, key, version, readings } = this.sheet;
    return { reader, key, version, readings };
  }

  restore() {
    const draft = loadDraft(this.sheet);
    this.client = draft?.client ?? randomName();
    if (draft === null) return;
    for (const row of this.rows) {
      if (draft.rows[row.id]) row.restore(draft.rows[row.id]);
      row.known = row.draft;
    }
    this.acknowledged = new Set(draft.acknowledged);
    if (this.tpsNumber) this.tpsNumber.value = draft.tps_number ?? "";
    this.querySelector(".restored").hidden = false;
  }

  say(text, kind) {
    this.status.textContent = text;
    this.status.dataset.kind = kind;
  }
}

customElements.define("review-desk", ReviewDesk);
