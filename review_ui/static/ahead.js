// The next forms, fetched with their crops while this one is read: changing forms costs more than
// reading them (KawalPemilu 2019: 5 s a form).

import { find } from "./dom.js";
import { forget } from "./open_forms.js";

/** A form is fetched with a lease of three minutes; one that has half of it left is shown. */
const FRESH_MS = 90_000;

/** @type {Map<string, {page: Document, at: number}>} pages by address, and when they came */
const pages = new Map();

/** Fetch what comes after a form; what was fetched and is no longer next is let go.
 *  @param {string} after address of the form on the screen */
export async function fetchAhead(after) {
  const urls = await upcoming(after);
  for (const url of pages.keys()) if (!urls.includes(url)) pages.delete(url);
  for (const url of urls) {
    if (!readyUrls().includes(url)) await fetchPage(url);
  }
}

/** A fetched page, which is then nobody else's; null when it is not there.
 *  @param {string} url
 *  @returns {Document | null} */
export function takePage(url) {
  const page = readyUrls().includes(url) ? pages.get(url)?.page : null;
  pages.delete(url);
  return page ?? null;
}

/** Forms that are ready and on nobody's screen.
 *  @returns {string[]} */
export function readyUrls() {
  const oldest = performance.now() - FRESH_MS;
  return [...pages].filter(([, { at }]) => at > oldest).map(([url]) => url);
}

/** Put a fetched page in the place of this one, as if it had been opened.
 *  @param {string} url  @param {Document} page */
export function showPage(url, page) {
  document.title = page.title;
  replace("#sheet", page);
  history.pushState(null, "", url);
  // The other language is another page for every form.
  replace(".who [hreflang]", page);
  find(page, "review-desk", HTMLElement).dataset.ahead = "";
  replace("review-desk", page);
}

/** @param {string} selector  @param {Document} page */
function replace(selector, page) {
  const fresh = document.adoptNode(find(page, selector, HTMLElement));
  find(document, selector, HTMLElement).replaceWith(fresh);
}

/** @param {string} after
 *  @returns {Promise<string[]>} */
async function upcoming(after) {
  const query = new URLSearchParams({ after });
  const answer = await quietly(`/sheets/upcoming?${query}`, "application/json");
  return answer?.ok ? (await answer.json()).urls : [];
}

/** @param {string} url */
async function fetchPage(url) {
  const answer = await quietly(url, "text/html");
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.querySelector("review-desk") === null) return;
  pages.set(url, { page, at: performance.now() });
  for (const ink of page.querySelectorAll("img")) {
    for (const name of ["src", "data-whole"]) {
      const address = ink.getAttribute(name);
      if (address !== null) new Image().src = address;
    }
  }
}

/** Fetching ahead is a favour: without a network there is simply none.
 *  @param {string} url  @param {string} kind */
async function quietly(url, kind) {
  try {
    return await fetch(url, { headers: { Accept: kind } });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

window.addEventListener("pagehide", () => {
  for (const url of pages.keys()) {
    const form = url.split("?")[0];
    if (!forget(form)) navigator.sendBeacon(`${form}/leave`);
  }
});

// Back and forward open the form anew: what it showed may have changed meanwhile.
window.addEventListener("popstate", () => location.reload());

// Whoever went back or forward before this module ran has the address of one form over another.
const shown = document.querySelector("review-desk")?.getAttribute("data-url");
if (shown && location.pathname.startsWith("/sheets/") && location.pathname !== shown) {
  location.reload();
}
