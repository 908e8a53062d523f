// Which photos are where: on this phone, on the server, or on neither any more. What was sent is on
// the server as long as the server says so: one restored from a backup lacks what came after it.

/** @import { PhonePhoto, ServerList } from "./types.js" */

import { keepList, keptList, listPhotos } from "./phone_store.js";
import { Unsent, ask } from "./tus.js";

/** Receipts that the server is asked after at once; the newest are those that a backup lacks. */
const MOST_ASKED = 100;

/** @typedef {{account: string, tps: string | null}} Who */

/** Photos by where they are, as this account sees them.
 *  @typedef {object} Ledger
 *  @property {PhonePhoto[]} mine on this phone alone, the newest first
 *  @property {number} others on this phone alone too, and for other accounts to send
 *  @property {PhonePhoto[]} lost sent once, and not on the server any more
 *  @property {string[]} unnamed receipts that the server's list does not name: those of a moment ago,
 *    those that are too old for it, and those of an earlier account of this TPS
 *  @property {number} sent on the server */

/** Whether photos of one account may go out under another: only for the same TPS.
 *  @param {PhonePhoto} photo  @param {Who} who
 *  @returns {boolean} */
export function maySend(photo, who) {
  return photo.account === who.account || (photo.tps !== null && photo.tps === who.tps);
}

/** @param {PhonePhoto[]} photos  @param {ServerList} list  @param {Who} who
 *  @returns {Ledger} */
export function ledger(photos, list, who) {
  const open = photos.filter((photo) => photo.state !== "sent").reverse();
  const mine = open.filter((photo) => maySend(photo, who));
  const gone = new Set(list.gone);
  const away = unlisted(photos, list, who);
  const lost = away.filter((photo) => gone.has(receiptOf(photo))).reverse();
  const kept = away.filter((photo) => !gone.has(receiptOf(photo)));
  const own = new Set(kept.filter(({ account }) => account === who.account).map(receiptOf));
  return { mine, others: open.length - mine.length, lost, unnamed: kept.map(receiptOf),
    sent: list.photos.length + own.size };
}

/** What the server has of this account, asked anew; little travels when nothing changed. Its list
 *  ends somewhere, so that it is asked by name after what it does not say: what the last one did not
 *  at once, what this one does not once more.
 *  @returns {Promise<ServerList>} */
export async function askList() {
  const kept = await keptList();
  const asked = kept === null ? [] : await unknown(kept.list);
  const list = await listed(asked);
  const more = await unknown(list);
  return more.every((receipt) => asked.includes(receipt)) ? list : listed(more);
}

/** @param {ServerList} list
 *  @returns {Promise<string[]>} */
async function unknown(list) {
  const away = unlisted(await listPhotos(), list, list);
  return away.slice(-MOST_ASKED).map((photo) => receiptOf(photo).replace(/.*[/]/, ""));
}

/** @param {string[]} asked receipts
 *  @returns {Promise<ServerList>} */
async function listed(asked) {
  const kept = await keptList();
  const query = asked.length === 0 ? "" : `?asked=${asked.join()}`;
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (kept) headers["If-None-Match"] = kept.etag;
  const answer = await ask(`/phone/photos${query}`, { headers }, [200, 304]);
  if (answer.status === 304 && kept) return kept.list;
  /** @type {ServerList | null} */
  const list = await answer.json().catch(() => null);
  if (!list?.account) throw new Unsent("network");
  await keepList(answer.headers.get("ETag") ?? "", list);
  return list;
}

/** Photos that were sent from this account or for its TPS and are not in the server's list, the
 *  oldest first. After a restore the phone that a TPS had is bound to it by a new account.
 *  @param {PhonePhoto[]} photos  @param {ServerList} list  @param {Who} who */
function unlisted(photos, list, who) {
  const named = new Set(list.photos.map((photo) => photo.url));
  return photos.filter((photo) => photo.state === "sent" && photo.receipt !== null
    && maySend(photo, who) && !named.has(photo.receipt));
}

/** @param {PhonePhoto} photo */
function receiptOf(photo) {
  return photo.receipt ?? "";
}
