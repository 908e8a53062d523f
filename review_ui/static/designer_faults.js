// What is wrong with a draft, one line each; a line leads to where it is wrong.

/** @import { Fault, Page } from "./designer_types.js" */
/** @import { FormDesigner } from "./designer.js" */

import { find, make } from "./dom.js";

export class Faults {
  /** @param {FormDesigner} designer */
  constructor(designer) {
    this.designer = designer;
    this.list = find(designer, ".faults", HTMLElement);
    this.list.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("button") : null;
      if (row) this.look(designer.faults[Number(row.dataset.fault)]);
    });
  }

  draw() {
    this.list.replaceChildren(...this.designer.faults.map((fault, number) => {
      const row = make("button", "", fault.text);
      row.type = "button";
      row.title = fault.detail;
      row.dataset.fault = String(number);
      return make("li", "", row);
    }));
  }

  /** @param {Fault} fault */
  look(fault) {
    const { designer } = this;
    const { page } = designer.body;
    const steps = fault.key;
    const called = (/** @type {Page} */ one) => (
      one.field.findIndex((field) => fault.names.includes(field.id)));
    const at = steps[0] === "page" && typeof steps[1] === "number" ? steps[1]
      : page.findIndex((one) => (
        fault.page === null ? called(one) >= 0 : one.number === fault.page));
    if (at >= 0 && at !== designer.at) designer.turn(at);
    const named = called(page[designer.at]);
    const number = steps[2] === "field" && typeof steps[3] === "number" ? steps[3] : named;
    if (number >= 0) designer.choose(number, true);
    if (fault.places.length) designer.canvas.reveal(fault.places[0]);
  }
}
