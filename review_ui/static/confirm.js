// A question that stands in the way until it is answered. The answer that changes nothing has the
// focus, and stands where no second tap of a hurried finger falls on the other one.

import { make } from "./dom.js";

/** @param {string} question  @param {string} yes  @param {string} no
 *  @returns {Promise<boolean>} */
export function confirmed(question, yes, no) {
  const text = make("p", "", question);
  const keep = make("button", "primary", no);
  const go = make("button", "", yes);
  keep.value = "no";
  go.value = "yes";
  const form = make("form", "answers", keep, go);
  form.method = "dialog";
  const dialog = make("dialog", "question", text, form);
  dialog.setAttribute("aria-label", question);
  document.body.append(dialog);
  dialog.showModal();
  keep.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
