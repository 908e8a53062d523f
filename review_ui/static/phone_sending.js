// Sends what waits on this phone, one request after the other, from a page or the service worker.
//
// Small pictures of all photos go first, so that whoever still stands before the sheet hears soon
// what is wrong; then the photos themselves, the oldest first. Before every step the store is asked
// anew: what was added, removed or decided meanwhile, in this tab or another, is seen at once.

/** @import { PhonePhoto } from "./types.js" */
/** @import { Place, Why } from "./tus.js" */

import { openChannel } from "./phone_channel.js";
import { sheetStays, showPreview } from "./phone_holding.js";
import { askList, maySend } from "./phone_ledger.js";
import { changePhoto, fileOf, finishPhoto, listPhotos } from "./phone_store.js";
import { SMALLEST, Unsent, begin, howFar, nextPiece, sendPiece } from "./tus.js";

const LOCK = "phone-sending";
/** Steps of one photo that may fail to bring it on before it is left for another run. */
const MOST_VAIN = 4;

/** How sending ended: nothing is left to send, another tab is at it, the phone has no room to note
 *  how far a photo is, or something stands against.
 *  @typedef {{why: Why | "done" | "elsewhere" | "full", text: string, seconds: number}} End */

/** @type {End} */
const DONE = { why: "done", text: "", seconds: 0 };

/** Send all that may be sent now.
 *  @param {() => Promise<boolean>} pageOpen whether a page is open: it looks at new photos first,
 *    and somebody hears what speaks against one
 *  @returns {Promise<End>} */
export async function sendAll(pageOpen) {
  const run = new Run(pageOpen);
  // Web Locks need TLS. Without them two tabs may both send: the server takes every byte once.
  if (!navigator.locks) return run.all();
  return navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) =>
    lock === null ? { why: "elsewhere", text: "", seconds: 0 } : run.all());
}

/** One run: it ends when nothing is left, or at the first thing that stands against all photos. What
 *  stands against one of them puts that one off, and is told at the end. */
class Run {
  piece = SMALLEST;
  /** @type {{account: string, tps: string | null}} who is signed in, as far as is known */
  who = { account: "", tps: null };
  /** @type {Set<string>} photos whose place was asked for in this run, and is known since */
  known = new Set();
  /** @type {Map<string, number>} steps that brought a photo no further */
  vain = new Map();
  /** @type {Set<string>} photos that are left for another run */
  off = new Set();
  end = DONE;

  /** @param {() => Promise<boolean>} pageOpen */
  constructor(pageOpen) {
    this.pageOpen = pageOpen;
  }

  /** @returns {Promise<End>} */
  async all() {
    const channel = openChannel();
    try {
      this.who = await askList();
      for (let photo = await this.next(); photo; photo = await this.next()) {
        await this.step(photo);
        channel.postMessage(photo.key);
      }
      return this.end;
    } catch (error) {
      if (!(error instanceof Unsent)) throw error;
      return { why: error.why, text: error.text, seconds: error.seconds };
    } finally {
      channel.close();
    }
  }

  /** The photo to do something about next: one whose preview is due, else the oldest. One that was
   *  not looked at waits for a page that is open, and no longer than the sheet hangs there.
   *  @returns {Promise<PhonePhoto | undefined>} */
  async next() {
    const photos = await listPhotos();
    const open = await this.pageOpen();
    const due = photos.filter((photo) => maySend(photo, this.who) && !this.off.has(photo.key)
      && (photo.state === "waiting" || (photo.state === "new" && !(open && sheetStays(photo)))));
    return due.find((photo) => photo.preview) ?? due[0];
  }

  /** @param {PhonePhoto} photo */
  async step(photo) {
    try {
      if (photo.state === "new") await changePhoto(photo.key, "new", { state: "waiting" });
      else if (photo.preview) await showPreview(photo, await this.pageOpen());
      else await this.send(photo);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError") {
        this.putOff(photo, { why: "full", text: "", seconds: 0 });
      } else if (error instanceof Unsent && error.why === "wait") {
        this.putOff(photo, error);
      } else if (error instanceof Unsent && error.why === "refused") {
        await changePhoto(photo.key, "waiting", { state: "refused", refusal: error.text });
      } else throw error;
    }
  }

  /** Leave one photo for another run, and go on with those that it says nothing of: another TPS has
   *  a quota of its own. Of several the one that is due first says when to try again.
   *  @param {PhonePhoto} photo  @param {End} end */
  putOff(photo, { why, text, seconds }) {
    this.off.add(photo.key);
    if (this.end === DONE || seconds < this.end.seconds) this.end = { why, text, seconds };
  }

  /** Begin, ask how far it came, or send one piece.
   *  @param {PhonePhoto} photo */
  async send(photo) {
    const { key, location } = photo;
    if (location === null) {
      // Who is signed in may have changed since this run began.
      this.who = await askList();
      if (!maySend(photo, this.who)) return;
      const begun = await begin(photo);
      this.known.add(key);
      await this.note(photo, begun, { location: begun.location });
    } else if (!this.known.has(key)) {
      const place = await howFar(location);
      if (place) this.known.add(key);
      if (place) await this.note(photo, place);
      else await changePhoto(key, "waiting", { location: null, offset: 0 });
    } else {
      await this.sendPiece(photo, location);
    }
  }

  /** @param {PhonePhoto} photo  @param {string} location */
  async sendPiece(photo, location) {
    const file = await fileOf(photo.key);
    if (file === null) return this.inVain(photo); // removed meanwhile
    const piece = file.slice(photo.offset, photo.offset + this.piece);
    const start = performance.now();
    let place;
    try {
      place = await sendPiece(location, photo.offset, piece);
    } catch (error) {
      // What had gone up when the network broke is there: where it stands is asked next time.
      this.known.delete(photo.key);
      throw error;
    }
    // Behind the last byte an empty piece takes in a photo that had to wait for its quota.
    const stands = place !== null && place.receipt === null && place.offset <= photo.offset;
    if (place === null || stands) return this.inVain(photo);
    this.vain.delete(photo.key);
    if (piece.size >= this.piece) {
      this.piece = nextPiece(piece.size, (performance.now() - start) / 1000);
    }
    await this.note(photo, place);
  }

  /** @param {PhonePhoto} photo */
  inVain(photo) {
    this.known.delete(photo.key);
    const times = (this.vain.get(photo.key) ?? 0) + 1;
    this.vain.set(photo.key, times);
    if (times >= MOST_VAIN) this.putOff(photo, new Unsent("server"));
  }

  /** @param {PhonePhoto} photo  @param {Place} place  @param {Partial<PhonePhoto>} [more] */
  async note(photo, { offset, receipt, digest }, more = {}) {
    if (receipt === null) {
      await changePhoto(photo.key, "waiting", { ...more, offset });
      return;
    }
    // Bytes are let go only when the server holds the very same ones.
    if (digest !== null && photo.sha256 !== null && digest !== photo.sha256) {
      this.putOff(photo, new Unsent("server"));
      return;
    }
    await finishPhoto(photo.key, {
      receipt, offset: photo.size, sha256: photo.sha256 ?? digest, account: this.who.account,
    });
  }
}
