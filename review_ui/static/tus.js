// One photo in pieces, by the tus protocol 1.0.0: what has arrived stays, whatever is cut off.

/** @import { PhonePhoto, Refusal } from "./types.js" */

const VERSION = { "Tus-Resumable": "1.0.0", Accept: "application/json" };
/** A piece takes about so long: so often one sees it move, and a cut costs no more. */
const SECONDS_A_PIECE = 4;
/** The first piece, and those on the slowest network; a fast one is known after three. */
export const SMALLEST = 64 * 1024;
const LARGEST = 4 * 1024 * 1024;
const PATIENCE_S = 60;

/** Why something was not sent. All but "refused" pass by themselves or by signing in.
 *  @typedef {"network" | "server" | "wait" | "signed_out" | "refused"} Why */

/** Something was not sent. `text` is the server's, in the language of the page. */
export class Unsent extends Error {
  /** @param {Why} why  @param {{text?: string, seconds?: number}} [told] */
  constructor(why, told = {}) {
    super(why);
    this.why = why;
    this.text = told.text ?? "";
    this.seconds = told.seconds ?? 0;
  }
}

/** How far a photo has come; `receipt` once it is whole on the server.
 *  @typedef {{offset: number, receipt: string | null, digest: string | null}} Place */

/** Ask the server, and wait no longer than a minute.
 *  @param {string} url
 *  @param {RequestInit} options
 *  @param {number[]} expected statuses that the caller knows what to do with
 *  @returns {Promise<Response>} */
export async function ask(url, options, expected) {
  let answer;
  try {
    // Not AbortSignal.timeout, which phones of 2021 do not know.
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1000 * PATIENCE_S);
    answer = await fetch(url, { ...options, cache: "no-store", signal: stop.signal });
  } catch (error) {
    // A network that is not there, or one that never answers.
    if (error instanceof TypeError || error instanceof DOMException) throw new Unsent("network");
    throw error;
  }
  if (expected.includes(answer.status)) return answer;
  throw await unsent(answer);
}

/** @param {Response} answer */
async function unsent(answer) {
  /** @type {Refusal} */
  const told = await answer.json().catch(() => ({}));
  const text = told.text ?? "";
  const seconds = Number(answer.headers.get("Retry-After")) || 0;
  if (answer.status === 401) return new Unsent("signed_out", { text });
  if (answer.status === 429) return new Unsent("wait", { text, seconds });
  // A page where data was asked for comes from a gate in between, which says nothing of the photo.
  if (answer.status < 400) return new Unsent("network");
  const passes = !told.code || answer.status >= 500 || [408, 423].includes(answer.status);
  return new Unsent(passes ? "server" : "refused", { text, seconds });
}

/** Begin a photo, or find how far it came under its key.
 *  @param {PhonePhoto} photo
 *  @returns {Promise<Place & {location: string}>} */
export async function begin(photo) {
  const facts = { key: photo.key, filename: photo.name, tps: photo.tps, contest: photo.contest,
    sha256: photo.sha256 };
  const answer = await ask("/tus", { method: "POST", headers: {
    ...VERSION,
    "Upload-Length": String(photo.size),
    "Upload-Metadata": Object.entries(facts).filter(([, value]) => value)
      .map(([name, value]) => `${name} ${base64(value ?? "")}`).join(","),
  } }, [201]);
  const location = answer.headers.get("Location");
  if (location === null) throw new Unsent("network");
  return { location: new URL(location, self.location.href).pathname, ...placeOf(answer) };
}

/** How much of a photo the server has; null when it knows nothing of it.
 *  @param {string} location
 *  @returns {Promise<Place | null>} */
export async function howFar(location) {
  const answer = await ask(location, { method: "HEAD", headers: VERSION }, [200, 204, 404, 410]);
  return answer.status >= 400 ? null : placeOf(answer);
}

/** Send one piece. Null where the server's place is another one, or the whole was spoiled on its
 *  way and begins again: ask how far it is.
 *  @param {string} location
 *  @param {number} offset
 *  @param {Blob} piece
 *  @returns {Promise<Place | null>} */
export async function sendPiece(location, offset, piece) {
  const headers = { ...VERSION, "Upload-Offset": String(offset),
    "Content-Type": "application/offset+octet-stream" };
  const answer = await ask(
    location, { method: "PATCH", headers, body: piece }, [204, 404, 409, 410, 460]);
  return answer.status === 204 ? placeOf(answer) : null;
}

/** Give a photo up that was not wholly sent.
 *  @param {string} location */
export async function giveUp(location) {
  await ask(location, { method: "DELETE", headers: VERSION }, [204, 404, 410]);
}

/** @param {Response} answer
 *  @returns {Place} */
function placeOf(answer) {
  const offset = answer.headers.get("Upload-Offset");
  if (offset === null) throw new Unsent("network");
  const digest = answer.headers.get("Repr-Digest")?.match(/sha-256=:([^:]+):/)?.[1];
  return {
    offset: Number(offset),
    receipt: answer.headers.get("Content-Location"),
    digest: digest === undefined ? null : hex(Uint8Array.from(atob(digest), byteOf)),
  };
}

/** How large the next piece is, from how long the last one took.
 *  @param {number} size of the last
 *  @param {number} seconds
 *  @returns {number} */
export function nextPiece(size, seconds) {
  const wanted = (size / Math.max(seconds, 0.05)) * SECONDS_A_PIECE;
  return Math.round(Math.min(LARGEST, Math.max(SMALLEST, Math.min(4 * size, wanted))));
}

/** Whether the browser says that the network is slow; not all of them say anything. */
export function slowNetwork() {
  /** @type {{effectiveType?: string} | undefined} */
  const connection = Reflect.get(navigator, "connection");
  return connection?.effectiveType?.includes("2g") ?? false;
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** @param {string} letter */
function byteOf(letter) {
  return letter.charCodeAt(0);
}
