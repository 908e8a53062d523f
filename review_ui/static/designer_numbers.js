// Names, kinds and order of numbers, and the rules between them: each change gives a new body.

/** @import { Body, Field } from "./designer_types.js" */

import { withPage } from "./designer_places.js";

export const ROLES = ["voters", "ballots", "votes", "total", "metadata"];

/** A number with one of its keys changed; a new id is taken over by the rules.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {number} number of the page
 *  @param {Partial<Field>} change
 *  @returns {Body} */
export function described(body, at, number, change) {
  const before = body.page[at].field[number].id;
  const made = withPage(body, at, (page) => Object.assign(page.field[number], change));
  const name = change.id;
  const only = body.page.flatMap((page) => page.field).filter((field) => field.id === before);
  if (name === undefined || only.length > 1) return made;
  const renamed = (/** @type {string} */ one) => (one === before ? name : one);
  for (const rule of made.rule ?? []) {
    rule.sum = rule.sum.map(renamed);
    if (typeof rule.equals === "string") rule.equals = renamed(rule.equals);
    if (typeof rule.at_most === "string") rule.at_most = renamed(rule.at_most);
  }
  return made;
}

/** A number earlier or later among those of its page.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {number} number of the page
 *  @param {-1 | 1} step
 *  @returns {Body} */
export function reordered(body, at, number, step) {
  const to = number + step;
  if (to < 0 || to >= body.page[at].field.length) return body;
  return withPage(body, at, ({ field }) => {
    [field[number], field[to]] = [field[to], field[number]];
  });
}

/** A body whose page carries a tag of this number, where it carries one.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {number} id
 *  @returns {Body} */
export function tagged(body, at, id) {
  return withPage(body, at, ({ tag }) => {
    if (tag) tag.id = id;
  });
}

/** A new rule.
 *  @param {Body} body
 *  @param {string[]} sum
 *  @param {"equals" | "at_most"} relation
 *  @param {string | number} right
 *  @returns {Body} */
export function ruled(body, sum, relation, right) {
  const made = structuredClone(body);
  const id = freeRule(body, typeof right === "string" ? right.replaceAll("_", "-") : "batas");
  made.rule = [...(made.rule ?? []), { id, sum, [relation]: right }];
  return made;
}

/** Without a rule.
 *  @param {Body} body
 *  @param {number} at
 *  @returns {Body} */
export function unruled(body, at) {
  const made = structuredClone(body);
  made.rule = (made.rule ?? []).filter((_, index) => index !== at);
  return made;
}

/** @param {Body} body
 *  @param {string} stem
 *  @returns {string} */
function freeRule(body, stem) {
  const taken = new Set((body.rule ?? []).map((rule) => rule.id));
  if (!taken.has(stem)) return stem;
  let number = 2;
  while (taken.has(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}
