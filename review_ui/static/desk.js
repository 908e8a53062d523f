// The review desk: every number beside its ink, the equations live, and keys for everything.

import { fetchAhead, readyUrls, showPage, takePage } from "./ahead.js";
import { drawEquations } from "./equations.js";
import { loadDraft, removeDraft, saveDraft } from "./draft.js";
import { Lease } from "./lease.js";
import { glyphOf } from "./number.js";
import { NumberRow } from "./number_row.js";
import { checkAll } from "./rules.js";
import { remember } from "./undo.js";
import { words } from "./words.js";

const t = words();

class ReviewDesk extends HTMLElement {
  connectedCallback() {
    this.t = t;
    this.sheet = JSON.parse(document.getElementById("sheet").textContent);
    this.rows = [...this.querySelectorAll("[data-field]")].map(
      (node) => new NumberRow(node, this.sheet.fields[node.dataset.field], t));
    this.byId = new Map(this.rows.map((row) => [row.id, row]));
    this.acknowledged = new Set();
    this.current = null;
    this.sending = false;
    this.opened = Date.now();
    this.token = location.search.startsWith("?s=") ? location.search : "";
    this.past = [];
    this.gone = new AbortController();
    this.find();
    this.listen();
    this.restore();
    this.refresh();
    this.start();
    fetchAhead(this.dataset.url);
  }

  disconnectedCallback() {
    this.gone.abort();
    this.lease.end();
  }

  find() {
    this.list = this.querySelector(".equations");
    this.submit = this.querySelector(".submit");
    this.status = this.querySelector(".status");
    this.lens = this.querySelector(".lens img");
    this.lensName = this.querySelector(".lens figcaption");
    this.note = this.querySelector(".note input");
    this.help = this.querySelector("dialog.help");
    this.handing = this.querySelector("dialog.handing");
    this.moving = this.querySelector("dialog.moving");
    this.tpsNumber = this.querySelector(".tps-number input");
    this.querySelectorAll("[hidden][data-script]").forEach((node) => { node.hidden = false; });
  }

  listen() {
    this.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keydown", (event) => {
      if (!this.contains(event.target)) this.key(event);
    }, { signal: this.gone.signal });
    document.addEventListener("keyup", (event) => {
      if (event.key === "z" || event.key === "Z") this.zoom(false);
    }, { signal: this.gone.signal });
    this.addEventListener("number-changed", (event) => this.changed(event.target.dataset.field));
    this.addEventListener("focusin", (event) => this.enter(event.target));
    this.addEventListener("input", (event) => this.input(event));
    this.addEventListener("paste", (event) => this.paste(event));
    this.addEventListener("pointerup", (event) => {
      if (event.target.matches(".boxes input")) this.enter(event.target, true);
    });
    for (const row of this.rows) {
      row.node.querySelector(".tick").addEventListener("click", () => this.confirm(row));
      row.node.querySelector(".ink")?.addEventListener("click", () => row.focus());
    }
    this.submit.addEventListener("click", () => this.send());
    this.querySelector(".accept-sure").addEventListener("click", () => this.acceptSure());
    this.querySelector(".show-keys").addEventListener("click", () => this.help.showModal());
    this.handOnButton = this.querySelector(".hand-on");
    this.handOnButton?.addEventListener("click", () => this.handing.showModal());
    this.handing.addEventListener("submit", (event) => this.handOn(event));
    this.querySelector(".move-form")?.addEventListener("click", () => this.moving.showModal());
    this.moving.addEventListener("submit", (event) => this.moveForm(event));
    this.tpsNumber?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey) return;
      event.preventDefault();
      this.start();
    });
    this.tpsNumber?.addEventListener("input", () => this.refresh());
    window.addEventListener("beforeunload", () => this.keep(), { signal: this.gone.signal });
    this.lease = new Lease(this.dataset.url, () => this.say(t("desk.lease_lost"), "bad"));
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
    this.submit.setAttribute("aria-disabled", String(blocked || this.sending));
    if (this.sending) return;
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
    this.refresh();
    this.keep();
  }

  // ---- keys

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z"
        && event.target !== this.note && this.undo()) {
      event.preventDefault();
      return;
    }
    // Those move the whole photo of a keyed form.
    if (event.key === "[" || event.key === "]"
        || (event.shiftKey && event.key.startsWith("Arrow"))) return;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.help.open || this.handing.open || this.moving.open || (event.target.matches?.("input, textarea, select")
        && !event.target.matches(".boxes input"))) return;
    if (event.key === "?" || event.key === "F1") {
      event.preventDefault();
      this.help.showModal();
      return;
    }
    if (event.key === "l" || event.key === "L") {
      event.preventDefault();
      this.moving.showModal();
      return;
    }
    if (this.handOnButton && (event.key === "e" || event.key === "E")) {
      event.preventDefault();
      this.handing.showModal();
      return;
    }
    const row = event.target.matches?.(".boxes input") ? this.current : null;
    const action = this.action(event.key, row);
    if (action === null) return;
    event.preventDefault();
    action();
  }

  /** What a key does: with a row when a box is in focus, else what needs none. */
  action(key, row) {
    if (key === "s" || key === "S") return () => this.acknowledgeHere(row);
    if (row === null) return this.actionOutside(key);
    switch (key) {
      case "Enter": return () => this.confirm(row);
      case " ": return () => this.acceptSure();
      case "f": case "F": return () => this.note.focus();
      case "z": case "Z": return () => this.zoom(true);
      case "Backspace": case "Delete": return () => row.erase();
      case ",": return () => row.cycle(-1);
      case ".": return () => row.cycle(1);
      case "ArrowLeft": return () => this.move(row, -1);
      case "ArrowRight": return () => this.move(row, 1);
      case "ArrowUp": return () => this.moveRow(row, -1);
      case "ArrowDown": return () => this.moveRow(row, 1);
      default: return key.length === 1 ? () => this.type(row, key) : null;
    }
  }

  /** Outside the boxes arrows lead back to them. A glyph typed there is meant for some number, so
   *  the focus leaves the button for the message: the Enter that follows must confirm nothing. */
  actionOutside(key) {
    if (key === "ArrowUp") return () => this.rows.at(-1)?.focus(0);
    if (key === "ArrowDown") return () => this.rows[0]?.focus(0);
    if (glyphOf(key) === null) return null;
    return () => {
      this.status.focus();
      this.say(t("desk.choose_number"), "bad");
    };
  }

  type(row, key) {
    if (!row.type(key)) this.say(t("desk.no_such_glyph", { key }), "bad");
    else if (row.overflow) this.say(t("desk.too_many", { n: row.boxes.length }), "bad");
  }

  /** On-screen keyboards send no usable keydown; their text arrives here. */
  input(event) {
    const box = event.target;
    if (box === this.note) {
      if (this.current) this.current.note = this.note.value;
      this.keep();
      return;
    }
    if (!box.matches(".boxes input") || this.current === null) return;
    const typed = event.data ?? box.value;
    box.value = "";
    this.current.at = this.current.boxes.indexOf(box);
    for (const character of typed) this.type(this.current, character);
    if (typed === "") this.current.change();
  }

  paste(event) {
    if (!event.target.matches(".boxes input") || this.current === null) return;
    event.preventDefault();
    for (const character of event.clipboardData.getData("text").trim()) {
      this.type(this.current, character);
    }
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

  move(row, step) {
    const index = row.at + step;
    if (index >= 0 && index < row.boxes.length) row.focus(index);
    else this.moveRow(row, step, step < 0);
  }

  moveRow(row, step, toEnd = false) {
    const next = this.rows[this.rows.indexOf(row) + step];
    if (next) next.focus(toEnd ? next.boxes.length - 1 : 0);
    else if (step > 0) this.submit.focus();
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
    if (ink) this.lens.src = ink.src;
    this.lensName.textContent = row.reading.label;
    this.note.value = row.note;
    this.note.disabled = false;
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
    else this.acknowledged.add(rule);
    this.refresh();
    this.keep();
  }

  /** The open broken rules of the number in focus, or all of them when it is in none. */
  acknowledgeHere(row) {
    const open = this.openRules();
    const here = row ? open.filter((check) => check.fields.includes(row.id)) : [];
    const meant = here.length ? here : open;
    if (!meant.length) return;
    for (const check of meant) this.acknowledged.add(check.rule);
    this.refresh();
    this.keep();
    if (!this.unresolved().length) this.submit.focus();
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

  // ---- sending

  async send() {
    const { rows, rules } = this.blockers();
    if (this.tpsOpen) {
      this.tpsNumber.focus();
      this.say(t("desk.tps_open"), "bad");
      return;
    }
    if (rows.length) {
      rows[0].focus();
      this.say(t("desk.numbers_open", { n: rows.length }), "bad");
      return;
    }
    if (rules.length) {
      this.list.querySelector(".acknowledge").focus();
      this.say(t("desk.rules_open", { n: rules.length }), "bad");
      return;
    }
    if (this.sending) return;
    this.sending = true;
    this.drawStatus();
    this.say(t("desk.sending"), "ready");
    const failure = await this.post();
    this.sending = false;
    this.drawStatus();
    if (failure !== null) this.say(failure, "bad");
  }

  /** Returns null when the form was taken, else why it was not. */
  async post(to = "verifications", content = this.body()) {
    let answer;
    try {
      answer = await fetch(`${this.dataset.url}/${to}${this.token}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(content),
      });
    } catch (error) {
      if (error instanceof TypeError) return t("desk.no_network");
      throw error;
    }
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) return body.text ?? body.message ?? t("desk.failed");
    removeDraft(this.sheet);
    this.taken = true;
    if (body.verification) {
      remember({ verification: body.verification, name: this.dataset.name, url: this.dataset.url + this.token,
                 sheet: this.keyFacts, draft: this.draft });
    }
    this.goOn(body.next);
    return null;
  }

  /** To a form that was fetched ahead where there is one, at once; else to the next address. */
  goOn(next) {
    const ready = readyUrls();
    const url = ready.includes(next) ? next : ready[0] ?? next;
    const page = takePage(url);
    if (page === null) location.assign(url);
    else showPage(url, page);
  }

  /** Leave the form to a supervisor: skipping is never silent. */
  async handOn(event) {
    if (event.submitter?.value !== "send") return;
    event.preventDefault();
    const status = this.handing.querySelector(".refused");
    const reason = this.handing.querySelector("textarea").value.trim();
    if (reason.length < 3) {
      status.textContent = t("desk.hand_on_short");
      return;
    }
    const failure = await this.post("escalations",
      { reason, expected_version: this.sheet.version });
    if (failure !== null) status.textContent = failure;
  }

  /** Give the form to the TPS that its head names. */
  async moveForm(event) {
    if (event.submitter?.value !== "send") return;
    event.preventDefault();
    const failure = await this.post("move", { tps: this.moving.querySelector("input").value });
    if (failure !== null) this.moving.querySelector(".refused").textContent = failure;
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
    if (this.taken) return;
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
    this.client = draft?.client ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
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
