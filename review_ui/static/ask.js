// Asking the server for something that changes what it holds. What broke off, and what is not its
// own, as the sign-in page of a Wi-Fi is not, is no answer: nothing was taken, and it is said so.

/** A server that is silent for so long is one that cannot be reached. */
const PATIENCE_MS = 30_000;

/** What the server said. A refusal says why in its body, where it is the server that refuses.
 *  @typedef {{ok: boolean, status: number, body: any}} Answer */

/** What is sent.
 *  @typedef {{method?: string, headers?: Record<string, string>, body?: BodyInit}} Request */

/** @param {object} content
 *  @returns {Request} */
export function json(content) {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
}

/** @param {string} url
 *  @param {Request} [request] a POST, unless it names another method
 *  @param {{empty?: boolean, patience?: number}} [expected] whether the server says nothing when it
 *    does what it is asked; and how many milliseconds it may take
 *  @returns {Promise<Answer | null>} null where there is none */
export async function ask(url, request = {}, { empty = false, patience = PATIENCE_MS } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  const headers = { Accept: "application/json", ...request.headers };
  try {
    const answer = await fetch(url, { method: "POST", ...request, headers, signal: stop.signal });
    const { ok, status } = answer;
    if (empty && status === 204) return { ok, status, body: {} };
    const body = await answer.json().catch(() => null);
    if (ok && (empty || body === null)) return null;
    return { ok, status, body: body ?? {} };
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
