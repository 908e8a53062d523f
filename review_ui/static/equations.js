// The equations of a form with both sides live; broken ones first, each pointing at its numbers.

/** @import { Desk } from "./desk.js" */
/** @import { Check, Words } from "./types.js" */

import { findOptional } from "./dom.js";
import { total } from "./rules.js";

const ORDER = { broken: 0, holds: 1, unknown: 2 };
const SIGNS = { holds: "✓", broken: "≠", unknown: "…" };

/** Draw the checks of the desk into its list; what is in focus there stays so.
 *  @param {Desk} desk */
export function drawEquations(desk) {
  const { list, checks } = desk;
  const active = document.activeElement;
  const key = active instanceof HTMLElement && list.contains(active) ? active.dataset.key : null;
  const shown = checks.filter((check) => !isQuietLimit(check));
  shown.sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome]);
  list.replaceChildren(...shown.map((check) => drawOne(check, desk)));
  if (key) findOptional(list, `[data-key="${CSS.escape(key)}"]`, HTMLElement)?.focus();
}

/** @type {Record<string, string>} the words of a limit of the TPS, by its rule */
const LIMITS = { "surat-suara-tps": "rule.limit", "dpt-tps": "rule.dpt_limit" };

/** A limit that holds says nothing new.
 *  @param {Check} check */
function isQuietLimit(check) {
  return check.rule in LIMITS && check.outcome === "holds";
}

/** @param {Check} check  @param {Desk} desk */
function drawOne(check, desk) {
  const item = document.createElement("li");
  item.dataset.rule = check.rule;
  item.dataset.outcome = check.outcome;
  item.dataset.severity = check.severity;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "equation";
  button.dataset.key = `eq ${check.rule} ${check.fields[0]}`;
  const sign = document.createElement("span");
  sign.className = "sign";
  sign.textContent = SIGNS[check.outcome];
  sign.title = desk.t(`rule.${check.outcome}`);
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = desk.sheet.labels[check.fields[0]] ?? check.fields[0];
  const sides = document.createElement("span");
  sides.className = "sides";
  sides.textContent = equationText(check, desk.t);
  button.append(sign, name, sides);
  button.addEventListener("click", () => goTo(desk, check.fields));
  for (const kind of ["mouseenter", "focus"]) {
    button.addEventListener(kind, () => pointAt(desk, check.fields));
  }
  for (const kind of ["mouseleave", "blur"]) button.addEventListener(kind, () => pointAt(desk, []));
  item.append(button);
  if (check.outcome === "broken" && check.severity === "hard") {
    item.append(acknowledgeButton(check, desk));
  }
  return item;
}

/** Mark these numbers and no others.
 *  @param {Desk} desk  @param {string[]} fields */
function pointAt(desk, fields) {
  for (const row of desk.rows) row.node.classList.toggle("pointed", fields.includes(row.id));
}

/** To the first doubtful one of these numbers.
 *  @param {Desk} desk  @param {string[]} fields */
function goTo(desk, fields) {
  const rows = fields.map((name) => desk.byId.get(name)).filter((row) => row !== undefined);
  (rows.find((row) => row.reading.doubtful) ?? rows[0])?.focus();
}

/** "212 ≠ 101 + 89 + 32 = 222", as it stands on the paper.
 *  @param {Check} check  @param {Words} t
 *  @returns {string} */
export function equationText(check, t) {
  const side = (/** @type {number | null} */ value) => (value === null ? "?" : String(value));
  const sum = check.parts.map(side).join(" + ");
  if (check.rule in LIMITS) return t(LIMITS[check.rule], { value: sum, most: check.left });
  const plain = check.right === null
    || (check.parts.length === 1 && check.parts[0] === check.right);
  if (check.relation === "at_most") {
    const sign = check.outcome === "broken" ? "<" : "≥";
    return `${side(check.left)} ${sign} ${sum}`;
  }
  const holds = check.outcome !== "broken";
  const reserve = plain ? 0 : (check.right ?? 0) - (total(check.parts) ?? 0);
  const right = reserve ? `${sum} + ${reserve}` : sum;
  if (holds || plain) return `${side(check.left)} ${holds ? "=" : "≠"} ${right}`;
  return `${side(check.left)} ≠ ${right} = ${check.right}`;
}

/** @param {Check} check  @param {Desk} desk */
function acknowledgeButton(check, desk) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "acknowledge";
  button.dataset.key = `ack ${check.rule}`;
  const done = desk.acknowledging.rules.has(check.rule);
  button.setAttribute("aria-pressed", String(done));
  button.textContent = desk.t(done ? "desk.acknowledged" : "desk.acknowledge");
  button.addEventListener("click", () => desk.acknowledging.toggle(check.rule));
  return button;
}
