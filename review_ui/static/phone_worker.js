// The service worker of the phone's page: it opens without a network, and goes on sending when the
// network is back though the page is closed. It keeps the page and its files, and nothing else.

import { sendAll } from "./phone_sending.js";

const PAGE = "/phone";
const SHELL = "/phone/shell/";
/** So long the network is waited for while an earlier page is at hand. */
const PATIENCE_MS = 4000;

/** An event that the browser lets end in peace.
 *  @typedef {Event & {waitUntil: (work: Promise<unknown>) => void}} Lasting */

/** @typedef {Lasting & {request: Request,
 *  respondWith: (answer: Promise<Response>) => void}} Asking */

/** What of the worker's world is used here; TypeScript has no types for it beside those of pages.
 *  @typedef {object} Worker
 *  @property {(kind: string, listener: (event: any) => void) => void} addEventListener
 *  @property {() => Promise<void>} skipWaiting
 *  @property {{claim: () => Promise<void>, matchAll: (which: {type: "window",
 *    includeUncontrolled: boolean}) => Promise<{url: string}[]>}} clients */

/** Keep one version of the page's files, whole or not at all.
 *  @param {string} version
 *  @param {string[]} urls of its files */
export function keep(version, urls) {
  const worker = /** @type {Worker} */ (/** @type {unknown} */ (self));
  const name = `phone-${version}`;

  worker.addEventListener("install", (/** @type {Lasting} */ event) => {
    event.waitUntil(fill());
  });
  worker.addEventListener("activate", (/** @type {Lasting} */ event) => {
    event.waitUntil(takeOver());
  });
  worker.addEventListener("fetch", (/** @type {Asking} */ event) => {
    const { pathname } = new URL(event.request.url);
    if (event.request.mode === "navigate" && pathname === PAGE) event.respondWith(page(event));
    else if (pathname.startsWith(SHELL)) event.respondWith(file(event.request));
  });
  worker.addEventListener("sync", (/** @type {Lasting} */ event) => {
    event.waitUntil(sendInBackground(pageOpen));
  });

  async function fill() {
    const cache = await caches.open(name);
    await cache.addAll(urls);
    await fetch(PAGE).then(keepPage).catch(() => {}); // signed out, there is no page to keep
    await worker.skipWaiting();
  }

  // A page asks for its own version by name, so an open one is not disturbed.
  async function takeOver() {
    for (const other of await caches.keys()) {
      if (other !== name) await caches.delete(other);
    }
    await worker.clients.claim();
  }

  /** A page is kept only beside the files that it names.
   *  @param {Response} answer */
  async function keepPage(answer) {
    if (!answer.ok || answer.redirected || answer.headers.get("Shell-Version") !== version) return;
    await (await caches.open(name)).put(PAGE, answer);
  }

  /** @param {Asking} event */
  async function page(event) {
    const asked = fetch(event.request);
    event.waitUntil(asked.then((answer) => keepPage(answer.clone())).catch(() => {}));
    const kept = await (await caches.open(name)).match(PAGE);
    if (kept === undefined) return asked;
    // Whose session has ended is told so on the page, beside the photos that are still here; the
    // entrance would say nothing of them. Signing out forgets the page.
    const fresh = asked.then((answer) =>
      (answer.status >= 500 || answer.type === "opaqueredirect" ? kept : answer), () => kept);
    return Promise.race([fresh, after(PATIENCE_MS).then(() => kept)]);
  }

  async function pageOpen() {
    const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    return open.some((client) => new URL(client.url).pathname === PAGE);
  }

  /** @param {Request} request */
  async function file(request) {
    return (await (await caches.open(name)).match(request.url)) ?? fetch(request);
  }
}

/** The browser tries again by itself, later and later, when this fails.
 *  @param {() => Promise<boolean>} pageOpen */
async function sendInBackground(pageOpen) {
  const end = await sendAll(pageOpen);
  if (["network", "server", "wait", "full"].includes(end.why)) throw new Error(`not sent: ${end.why}`);
}

/** @param {number} milliseconds
 *  @returns {Promise<void>} */
function after(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
