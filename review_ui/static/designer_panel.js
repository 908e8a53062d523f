// Beside the page: its numbers with their names, the rules between them, and what the form is called.

/** @import { Field, RuleEntry } from "./designer_types.js" */
/** @import { FormDesigner } from "./designer.js" */

import { find, make } from "./dom.js";
import { described, reordered, ruled, tagged, unruled } from "./designer_numbers.js";

export class Panel {
  /** Numbers of a rule that is being put together.
   *  @type {string[]} */
  terms = [];
  picking = false;

  /** @param {FormDesigner} designer */
  constructor(designer) {
    this.designer = designer;
    this.t = designer.t;
    this.list = find(designer, ".fields", HTMLElement);
    this.form = find(designer, ".field-form", HTMLFormElement);
    this.rules = find(designer, ".rules", HTMLElement);
    this.pick = find(designer, ".pick", HTMLButtonElement);
    this.chips = find(designer, ".terms-chosen", HTMLElement);
    this.relation = find(designer, "[name=relation]", HTMLSelectElement);
    this.right = find(designer, "[name=right]", HTMLSelectElement);
    this.add = find(designer, ".add-rule", HTMLButtonElement);
    this.facts = find(designer, ".form-facts", HTMLFormElement);
    this.listen();
  }

  listen() {
    this.form.addEventListener("change", () => this.describe());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.designer.board.focus();
    });
    this.facts.addEventListener("change", () => this.name());
    this.facts.addEventListener("submit", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.chosen(event));
    this.rules.addEventListener("click", (event) => this.dropped(event));
    this.pick.addEventListener("click", () => this.pickOn(!this.picking));
    this.chips.addEventListener("click", (event) => this.unpicked(event));
    this.add.addEventListener("click", () => this.addRule());
    for (const [name, step] of /** @type {const} */ ([["earlier", -1], ["later", 1]])) {
      find(this.form, `.${name}`, HTMLButtonElement).addEventListener(
        "click", () => this.reorder(step));
    }
  }

  draw() {
    const { designer } = this;
    const { body, at } = designer;
    const wrong = new Set(designer.faults.flatMap((fault) => fault.names));
    this.list.replaceChildren(...body.page[at].field.map((field, number) => {
      const button = make("button", wrong.has(field.id) ? "wrong" : "",
        make("code", "", field.id), make("small", "", field.label));
      button.type = "button";
      button.dataset.number = String(number);
      button.setAttribute("aria-pressed", String(number === designer.number));
      return make("li", "", button);
    }));
    this.drawField(body.page[at].field[designer.number]);
    this.drawRules();
    this.drawFacts();
  }

  /** @param {Field | undefined} field */
  drawField(field) {
    this.form.hidden = field === undefined;
    if (field === undefined) return;
    /** @type {Record<string, string>} */
    const values = { id: field.id, label: field.label, role: field.role,
      rows: String(field.tally?.rows ?? ""), columns: String(field.tally?.columns ?? "") };
    for (const [name, value] of Object.entries(values)) {
      const input = this.input(this.form, name);
      if (input !== document.activeElement) input.value = value;
    }
    find(this.form, "[name=guides]", HTMLInputElement).checked = field.guides === true;
    find(this.form, ".grid-size", HTMLElement).hidden = field.tally === undefined;
  }

  /** @param {HTMLFormElement} form
   *  @param {string} name */
  input(form, name) {
    const found = form.elements.namedItem(name);
    if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
    throw new Error(`the form has no input ${name}`);
  }

  describe() {
    const { designer } = this;
    const field = designer.field;
    if (field === undefined) return;
    /** @type {Partial<Field>} */
    const change = {
      id: this.input(this.form, "id").value.trim(),
      label: this.input(this.form, "label").value.trim(),
      role: this.input(this.form, "role").value,
      guides: find(this.form, "[name=guides]", HTMLInputElement).checked,
    };
    const rows = Number(this.input(this.form, "rows").value);
    const columns = Number(this.input(this.form, "columns").value);
    if (field.tally && rows > 0 && columns > 0) {
      change.tally = { ...field.tally, rows, columns };
      if (field.row_sums) change.row_sums = { ...field.row_sums, rows };
    }
    const known = designer.facts.known[change.id ?? ""];
    if (change.id !== field.id && known && field.label === field.id) change.label = known;
    designer.change(described(designer.body, designer.at, designer.number, change));
  }

  /** @param {-1 | 1} step */
  reorder(step) {
    const { designer } = this;
    const number = designer.number + step;
    if (number < 0 || number >= designer.body.page[designer.at].field.length) return;
    designer.change(reordered(designer.body, designer.at, designer.number, step));
    designer.choose(number);
  }

  /** @param {Event} event */
  chosen(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button === null) return;
    const number = Number(button.dataset.number);
    if (this.picking) this.take(this.designer.body.page[this.designer.at].field[number].id);
    else this.designer.choose(number, true);
  }

  /** @param {boolean} on */
  pickOn(on) {
    this.picking = on;
    this.pick.setAttribute("aria-pressed", String(on));
    this.drawRules();
  }

  /** One more number of the rule that is put together.
   *  @param {string} name */
  take(name) {
    this.terms = this.terms.includes(name)
      ? this.terms.filter((one) => one !== name) : [...this.terms, name];
    this.drawRules();
  }

  /** @param {Event} event */
  unpicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.name) this.take(button.dataset.name);
  }

  drawRules() {
    const { body } = this.designer;
    this.rules.replaceChildren(...(body.rule ?? []).map((rule, index) => {
      const drop = make("button", "quiet", "×");
      drop.type = "button";
      drop.dataset.rule = String(index);
      drop.setAttribute("aria-label", this.t("designer.drop_rule", { id: rule.id }));
      return make("li", "", make("span", "", spelled(rule)), drop);
    }));
    this.chips.replaceChildren(...this.terms.map((name) => {
      const chip = make("button", "chip", `${name} ×`);
      chip.type = "button";
      chip.dataset.name = name;
      return chip;
    }));
    const names = body.page.flatMap((page) => page.field.map((field) => field.id));
    const before = this.right.value;
    this.right.replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(before)) this.right.value = before;
    this.add.disabled = this.terms.length === 0;
  }

  addRule() {
    const { designer } = this;
    const relation = this.relation.value === "at_most" ? "at_most" : "equals";
    designer.change(ruled(designer.body, this.terms, relation, this.right.value));
    this.terms = [];
    this.pickOn(false);
  }

  /** @param {Event} event */
  dropped(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.rule === undefined) return;
    this.designer.change(unruled(this.designer.body, Number(button.dataset.rule)));
  }

  drawFacts() {
    const { body } = this.designer;
    for (const name of /** @type {const} */ (["id", "title", "year", "version"])) {
      const input = this.input(this.facts, name);
      if (input !== document.activeElement) input.value = String(body[name] ?? "");
    }
    const { tag } = body.page[this.designer.at];
    find(this.facts, ".tag-number", HTMLElement).hidden = tag === undefined;
    const input = this.input(this.facts, "tag");
    if (input !== document.activeElement) input.value = String(tag?.id ?? "");
  }

  name() {
    const { designer } = this;
    const value = (/** @type {string} */ name) => this.input(this.facts, name).value.trim();
    designer.change(tagged({
      ...designer.body, id: value("id"), title: value("title"),
      year: numberOf(value("year")), version: numberOf(value("version")),
    }, designer.at, numberOf(value("tag"))));
  }
}

/** A number as typed; nothing is no nought, and told as a fault.
 *  @param {string} typed */
function numberOf(typed) {
  return typed === "" ? Number.NaN : Number(typed);
}

/** A rule as an equation.
 *  @param {RuleEntry} rule */
function spelled(rule) {
  const reserve = rule.reserve_rate === undefined ? "" : ` + ${100 * rule.reserve_rate} %`;
  const [sign, right] = rule.equals === undefined ? ["≤", rule.at_most] : ["=", rule.equals];
  return `${rule.sum.join(" + ")}${reserve} ${sign} ${right}`;
}

