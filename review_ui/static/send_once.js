// A form whose button is tapped twice is sent once: the second tap would break off the first before
// its answer has come. After a while the first is taken for lost, and may be sent again.

import { findAll } from "./dom.js";

const LOST_MS = 8000;

/** @param {HTMLFormElement} form */
function sendOnce(form) {
  let sent = -LOST_MS;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sent < LOST_MS) event.preventDefault();
    else sent = event.timeStamp;
  });
  // Whoever comes back to the page has seen that it failed.
  addEventListener("pageshow", () => { sent = -LOST_MS; });
}

findAll(document.body, "form.once", HTMLFormElement).forEach(sendOnce);
