// The arithmetic of a form on the values as typed: the same words as domain/rules.py.

/** @import { Check, Limit, Outcome, Rule, Values } from "./types.js" */

/** s + ceil(rate x s); rounded first, since 0.025 * 200 is not 5 in binary floating point.
 *  @param {number} voters  @param {number} rate */
export function withReserve(voters, rate) {
  return voters + Math.ceil(Number((rate * voters).toFixed(9)));
}

/** The sum of the parts; null when one of them is.
 *  @param {(number | null)[]} parts
 *  @returns {number | null} */
export function total(parts) {
  let sum = 0;
  for (const part of parts) {
    if (part === null) return null;
    sum += part;
  }
  return sum;
}

/** Check one rule; a field that is missing or null makes it unknown.
 *  @param {Rule} rule  @param {Values} values
 *  @returns {Check} */
export function checkRule(rule, values) {
  const known = (/** @type {string} */ name) => values[name] ?? null;
  const parts = rule.terms.map(known);
  let right = total(parts);
  if (right !== null && rule.reserve_rate !== null) right = withReserve(right, rule.reserve_rate);
  const left = rule.target === null ? rule.constant : known(rule.target);
  /** @type {Outcome} */
  let outcome = "unknown";
  if (left !== null && right !== null) {
    const holds = rule.relation === "equals" ? left === right : right <= left;
    outcome = holds ? "holds" : "broken";
  }
  return { rule: rule.id, severity: rule.severity, relation: rule.relation,
           fields: rule.fields, outcome, left, right, parts };
}

/** Whether a check is the most that numbers may be, and no sum.
 *  @param {Check} check */
export function isLimit(check) {
  return check.relation === "at_most" && check.fields.length === check.parts.length;
}

/** Check every rule, then the limits of the TPS: its ballots and its registered voters.
 *  @param {Rule[]} rules  @param {Limit[]} limits  @param {Values} values */
export function checkAll(rules, limits, values) {
  const checks = rules.map((rule) => checkRule(rule, values));
  for (const { rule, most, field } of limits) {
    const value = values[field] ?? null;
    if (value === null) continue;
    checks.push({ rule, severity: "hard", relation: "at_most", fields: [field],
                  outcome: value <= most ? "holds" : "broken",
                  left: most, right: value, parts: [value] });
  }
  return checks;
}
