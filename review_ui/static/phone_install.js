// The page on the home screen: its service worker, room for photos that lasts, a button to install.

import { find } from "./dom.js";

/** What a browser says when the page can be put on the home screen.
 *  @typedef {Event & {prompt: () => Promise<unknown>}} InstallAsked */

/** Keep the page for times without a network; browsers whose workers are no modules do without. */
export async function registerWorker() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker
    .register("/sw.js", { type: "module", scope: "/phone" })
    .catch((error) => console.info("no service worker:", error));
}

/** Ask that photos stay though the phone runs out of room. */
export async function askForRoom() {
  await navigator.storage?.persist?.();
}

/** Let the browser go on sending when the page is closed; few offer it. */
export async function sendLater() {
  const registration = await navigator.serviceWorker?.getRegistration("/phone");
  /** @type {{register: (tag: string) => Promise<void>} | undefined} */
  const sync = registration && Reflect.get(registration, "sync");
  await sync?.register("photos").catch(() => {}); // some people forbid it; the page sends as well
}

class PhoneInstall extends HTMLElement {
  /** @type {InstallAsked | null} */
  asked = null;

  connectedCallback() {
    window.addEventListener("beforeinstallprompt", (event) => {
      event.preventDefault();
      this.asked = /** @type {InstallAsked} */ (event);
      this.hidden = false;
    });
    window.addEventListener("appinstalled", () => (this.hidden = true));
    find(this, "button", HTMLButtonElement).addEventListener("click", () => {
      this.asked?.prompt();
      this.hidden = true;
    });
  }
}

customElements.define("phone-install", PhoneInstall);
