// The form designer: a draft over its blank, every change kept and undone, and read with at once.

/** @import { Body, DraftFacts, Kind, Place, Rect } from "./designer_types.js" */

import { ask, json } from "./ask.js";
import { find, findAll, make } from "./dom.js";
import { Canvas } from "./designer_canvas.js";
import { Faults } from "./designer_faults.js";
import { pressed } from "./designer_keys.js";
import { Panel } from "./designer_panel.js";
import { Past } from "./designer_past.js";
import { added, joined, keyOf, moved, placesOf, removed } from "./designer_places.js";
import { Saving } from "./designer_saving.js";
import { Trying } from "./designer_trying.js";
import { words } from "./words.js";

export class FormDesigner extends HTMLElement {
  t = words();
  /** @type {DraftFacts} */
  facts = JSON.parse(find(document, "#draft", HTMLScriptElement).text);
  body = this.facts.body;
  faults = this.facts.faults;
  past = new Past();
  /** @type {Set<string>} */
  selected = new Set();
  at = 0;
  /** index of the number in hand, within its page */
  number = -1;
  /** @type {Kind | ""} */
  tool = "";
  status = find(this, ".kept", HTMLElement);
  board = find(this, ".board", HTMLElement);
  tabs = find(this, ".pages", HTMLElement);
  saver = find(this, ".save", HTMLButtonElement);
  tools = findAll(this, "[data-tool]", HTMLButtonElement);
  canvas = new Canvas(this.board, {
    select: (places, more) => this.select(places, more),
    move: (by) => this.move(by),
    draw: (rect) => this.add(rect),
    pick: (place) => this.pick(place),
  });
  saving = new Saving(this.facts, this.t, {
    faults: (faults) => { this.faults = faults; this.draw(); },
    say: (text, kind) => this.say(text, kind),
  });
  panel = new Panel(this);
  trying = new Trying(this);
  wrong = new Faults(this);

  connectedCallback() {
    this.listen();
    this.turn(0);
  }

  listen() {
    document.addEventListener("keydown", (event) => pressed(this, event));
    this.saver.addEventListener("click", () => this.save());
    for (const button of this.tools) {
      button.addEventListener("click", () => this.useTool(button.dataset.tool ?? ""));
    }
    /** @type {[string, () => void][]} */
    const does = [
      [".undo", () => this.undo()], [".redo", () => this.redo()],
      [".join", () => this.join()], [".remove", () => this.remove()],
      [".larger", () => this.canvas.zoomTo(this.canvas.zoom * 1.25)],
      [".smaller", () => this.canvas.zoomTo(this.canvas.zoom / 1.25)],
    ];
    for (const [name, what] of does) {
      find(this, name, HTMLButtonElement).addEventListener("click", what);
    }
    this.tabs.addEventListener("click", (event) => {
      const tab = event.target instanceof Element ? event.target.closest("button") : null;
      if (tab) this.turn(Number(tab.dataset.page));
    });
  }

  get places() {
    return placesOf(this.body.page[this.at]);
  }

  get chosen() {
    return this.places.filter((place) => this.selected.has(keyOf(place)));
  }

  get field() {
    return this.body.page[this.at].field[this.number];
  }

  draw() {
    this.tabs.replaceChildren(...this.body.page.map((page, at) => {
      const tab = make("button", "", this.t("designer.page", { n: page.number }));
      tab.type = "button";
      tab.dataset.page = String(at);
      tab.setAttribute("aria-pressed", String(at === this.at));
      return tab;
    }));
    this.canvas.show(this.body.page[this.at], this.places, this.selected, this.faults);
    this.panel.draw();
    this.wrong.draw();
    this.saver.disabled = this.faults.length > 0;
  }

  /** @param {number} page */
  turn(page) {
    if (page < 0 || page >= this.body.page.length) return;
    this.at = page;
    this.number = -1;
    this.selected = new Set();
    this.canvas.picture.src = `${this.saving.url}/pages/${page}`;
    this.trying.lay(false);
    this.draw();
  }

  /** Keep a change; the one before can be had again.
   *  @param {Body} body */
  change(body) {
    if (body === this.body) return;
    this.past.remember(this.body);
    this.put(body);
  }

  /** @param {Body} body */
  put(body) {
    if (body === this.body) return;
    this.body = body;
    if (this.at >= body.page.length) this.at = 0;
    if (this.field === undefined) this.number = -1;
    this.saving.later(body);
    this.draw();
  }

  undo() {
    this.put(this.past.back(this.body));
  }

  redo() {
    this.put(this.past.forth(this.body));
  }

  /** @param {Place[]} places
   *  @param {boolean} more */
  select(places, more) {
    const keys = places.map(keyOf);
    this.selected = new Set(more ? [...this.selected, ...keys] : keys);
    const owner = places.find((place) => place.field >= 0);
    if (owner) this.number = owner.field;
    this.draw();
  }

  selectAll() {
    if (this.field) this.select(this.places.filter((place) => place.field === this.number), false);
  }

  /** Take a number in hand, with all its boxes.
   *  @param {number} number
   *  @param {boolean} reveal */
  choose(number, reveal = false) {
    this.number = number;
    const boxes = this.places.filter((place) => place.kind === "box" && place.field === number);
    this.selected = new Set(boxes.map(keyOf));
    this.draw();
    if (reveal && boxes.length) this.canvas.reveal(boxes[0].rect);
  }

  /** @param {number} step */
  cycle(step) {
    const { places } = this;
    const now = places.findIndex((place) => this.selected.has(keyOf(place)));
    const next = places[(now + step + places.length) % places.length];
    if (next === undefined) return;
    this.select([next], false);
    this.canvas.reveal(next.rect);
  }

  /** @param {{x?: number, y?: number, width?: number, height?: number}} by */
  move(by) {
    if (this.selected.size) this.change(moved(this.body, this.at, this.chosen, by));
  }

  join() {
    const { chosen } = this;
    const number = Math.min(...chosen.filter((one) => one.kind === "box").map((one) => one.field));
    if (!Number.isFinite(number)) return;
    this.change(joined(this.body, this.at, chosen));
    this.choose(number);
  }

  remove() {
    if (this.selected.size === 0) return;
    const { chosen } = this;
    this.selected = new Set();
    this.change(removed(this.body, this.at, chosen));
  }

  /** @param {string} tool */
  useTool(tool) {
    this.tool = /** @type {Kind | ""} */ (tool);
    this.canvas.drawing = tool !== "";
    this.board.classList.toggle("drawing", tool !== "");
    for (const button of this.tools) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
  }

  /** A new place of the kind in hand.
   *  @param {Rect} rect */
  add(rect) {
    if (this.tool === "") return;
    const { tool } = this;
    this.change(added(this.body, this.at, tool, rect, this.number));
    const made = this.places.filter((place) => place.kind === tool).at(-1);
    if (tool !== "box") this.useTool("");
    if (made) this.select([made], false);
  }

  /** By keyboard: a new place beside what is selected, or the name of what is selected. */
  enter() {
    if (this.tool !== "") {
      const [left, top, width, height] = this.chosen.at(-1)?.rect ?? [20, 20, 8, 8];
      this.add([left + width + 1, top, width, height]);
    } else if (this.field) {
      this.panel.input(this.panel.form, "id").focus();
    }
  }

  /** @param {Place} place */
  pick(place) {
    if (!this.panel.picking || place.field < 0) return false;
    this.panel.take(this.body.page[this.at].field[place.field].id);
    return true;
  }

  async save() {
    this.saver.disabled = true;
    const kept = await this.saving.settled();
    const revision = json({ revision: this.saving.revision });
    const answer = kept ? await ask(`${this.saving.url}/saved`, revision) : null;
    if (answer?.ok) {
      location.assign(answer.body.next);
      return;
    }
    this.say(answer?.body.text ?? this.t("designer.not_kept"), "bad");
    this.saver.disabled = false;
  }

  /** @param {string} text
   *  @param {"" | "bad" | "good"} kind */
  say(text, kind) {
    this.status.className = `kept ${kind}`;
    this.status.textContent = text;
  }
}

customElements.define("form-designer", FormDesigner);
