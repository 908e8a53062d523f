// The equations of a form with both sides live; broken ones first, each pointing at its numbers.

/** Draw the checks into a list.
 *  @param {HTMLElement} list
 *  @param checks from rules.js
 *  @param {Set<string>} acknowledged rules of which the person says that the paper breaks them
 *  @param desk {label(field), pointAt(fields), goTo(fields), acknowledge(rule), t} */
export function drawEquations(list, checks, acknowledged, desk) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const order = { broken: 0, holds: 1, unknown: 2 };
  const shown = checks.filter((check) => !isQuietLimit(check));
  shown.sort((a, b) => order[a.outcome] - order[b.outcome]);
  list.replaceChildren(...shown.map((check) => drawOne(check, acknowledged, desk)));
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** The words of a limit of the TPS, by its rule. */
const LIMITS = { "surat-suara-tps": "rule.limit", "dpt-tps": "rule.dpt_limit" };

/** A limit that holds says nothing new. */
function isQuietLimit(check) {
  return check.rule in LIMITS && check.outcome === "holds";
}

function drawOne(check, acknowledged, desk) {
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
  sign.textContent = { holds: "✓", broken: "≠", unknown: "…" }[check.outcome];
  sign.title = desk.t(`rule.${check.outcome}`);
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = desk.label(check.fields[0]);
  const sides = document.createElement("span");
  sides.className = "sides";
  sides.textContent = equationText(check, desk.t);
  button.append(sign, name, sides);
  button.addEventListener("click", () => desk.goTo(check.fields));
  for (const kind of ["mouseenter", "focus"]) {
    button.addEventListener(kind, () => desk.pointAt(check.fields));
  }
  for (const kind of ["mouseleave", "blur"]) button.addEventListener(kind, () => desk.pointAt([]));
  item.append(button);
  if (check.outcome === "broken" && check.severity === "hard") {
    item.append(acknowledgeButton(check, acknowledged, desk));
  }
  return item;
}

/** "212 ≠ 101 + 89 + 32 = 222", as it stands on the paper. */
export function equationText(check, t) {
  const side = (value) => (value === null ? "?" : String(value));
  const parts = check.parts.map(side);
  const sum = parts.join(" + ");
  if (check.rule in LIMITS) return t(LIMITS[check.rule], { value: sum, most: check.left });
  const plain = check.right === null
    || (check.parts.length === 1 && check.parts[0] === check.right);
  if (check.relation === "at_most") {
    const sign = check.outcome === "broken" ? "<" : "≥";
    return `${side(check.left)} ${sign} ${sum}`;
  }
  const holds = check.outcome !== "broken";
  const reserve = !plain && check.right !== check.parts.reduce((a, b) => a + b, 0);
  const right = reserve ? `${sum} + ${check.right - check.parts.reduce((a, b) => a + b, 0)}` : sum;
  if (holds || plain) return `${side(check.left)} ${holds ? "=" : "≠"} ${right}`;
  return `${side(check.left)} ≠ ${right} = ${check.right}`;
}

function acknowledgeButton(check, acknowledged, desk) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "acknowledge";
  button.dataset.key = `ack ${check.rule}`;
  const done = acknowledged.has(check.rule);
  button.setAttribute("aria-pressed", String(done));
  button.textContent = desk.t(done ? "desk.acknowledged" : "desk.acknowledge");
  button.addEventListener("click", () => desk.acknowledge(check.rule));
  return button;
}
