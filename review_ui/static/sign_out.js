// Signing out asks first when photos of this account are still only on this phone, and leaves
// nothing of it to whoever signs in next but the photos that were not sent.

import { confirmed } from "./confirm.js";
import { data, find } from "./dom.js";
import { forgetSent, listPhotos } from "./phone_store.js";
import { words } from "./words.js";

class SignOut extends HTMLElement {
  form = find(this, "form", HTMLFormElement);

  connectedCallback() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
  }

  async ask() {
    const t = words();
    const account = data(this, "account");
    const open = (await listPhotos().catch(() => []))
      .filter((photo) => photo.account === account && photo.state !== "sent").length;
    const go = open === 0 || await confirmed(
      t("phone.sign_out", { n: open }), t("phone.sign_out_yes"), t("phone.sign_out_no"));
    if (!go) return;
    await forgetSent().catch(() => {}); // a browser without a store of its own has nothing to forget
    await forgetPages();
    this.form.submit();
  }
}

/** The page of this account, as it was kept for times without a network. */
async function forgetPages() {
  if (!("caches" in self)) return;
  for (const name of await caches.keys()) await (await caches.open(name)).delete("/phone");
}

customElements.define("sign-out", SignOut);
