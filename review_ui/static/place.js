// For which TPS and contest photos are: as the form says when they are chosen. It is read then and
// kept with them. Read when a photo goes out, it would be what was typed for the next ones.

/** @import { Words } from "./types.js" */

/** @typedef {{tps: string | null, contest: string | null}} Place */

/** What the form says now.
 *  @param {HTMLFormElement} form
 *  @returns {Place} */
export function placeTyped(form) {
  const typed = new FormData(form);
  return {
    tps: String(typed.get("tps") ?? "").replace(/[\s.]/g, "") || null,
    contest: String(typed.get("contest") ?? "") || null,
  };
}

/** The place in words, where this form asks for it: a bound account's TPS stands on its page.
 *  @param {Place} place  @param {HTMLFormElement} form  @param {Words} t */
export function placeText({ tps, contest }, form, t) {
  const said = [];
  if (form.elements.namedItem("tps") !== null) {
    said.push(tps === null ? t("upload.no_tps") : t("upload.for_tps", { tps: dotted(tps) }));
  }
  if (contest !== null) said.push(contestName(contest, form));
  return said.join(" · ");
}

/** @param {string} contest  @param {HTMLFormElement} form */
function contestName(contest, form) {
  const asked = form.elements.namedItem("contest");
  const options = asked instanceof HTMLSelectElement ? [...asked.options] : [];
  return options.find((option) => option.value === contest)?.text ?? contest;
}

/** A code as it is printed; what is none stays as it was typed.
 *  @param {string} tps */
function dotted(tps) {
  return tps.replace(/^(\d{2})(\d{2})(\d{2})(\d{4})(\d{3})$/, "$1.$2.$3.$4.$5");
}
