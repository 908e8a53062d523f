// A blank takes a minute to be looked at: say so, and send it once.

import { find } from "./dom.js";

const form = find(document, ".begin-form", HTMLFormElement);
form.addEventListener("submit", () => {
  find(form, "button", HTMLButtonElement).disabled = true;
  find(form, ".status", HTMLElement).hidden = false;
});
addEventListener("pageshow", () => {
  find(form, "button", HTMLButtonElement).disabled = false;
  find(form, ".status", HTMLElement).hidden = true;
});
