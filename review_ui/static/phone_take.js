// Takes a chosen photo onto the phone: first its bytes are safe in the store, then it is looked at.

/** @import { PhonePhoto } from "./types.js" */

import { sheetStays } from "./phone_holding.js";
import { look } from "./phone_look.js";
import {
  addPhoto, changePhoto, fileOf, keepPreview, keptList, listPhotos, removePhoto,
} from "./phone_store.js";
import { hex } from "./tus.js";

/** Looking at one photo may take so long, also on an old phone; then it is sent as it is. */
const PATIENCE_MS = 30_000;

/** Whose photos these are, and where they belong.
 *  @typedef {{account: string, tps: string | null, contest: string | null}} Owner */

/** Keep one file; null when the very same photo is here already for the same TPS and round. One that
 *  was sent and is not on the server any more is no longer here: the bytes left this phone with it.
 *  @param {File} file  @param {Owner} owner
 *  @returns {Promise<PhonePhoto | null>} */
export async function take(file, owner) {
  // Read at once and whole: what is kept is then what was hashed, whatever becomes of the file.
  const bytes = await file.arrayBuffer();
  if (bytes.byteLength === 0) throw new DOMException("the file is empty", "NotReadableError");
  const sha256 = crypto.subtle
    ? hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) : null;
  const same = (await listPhotos()).filter((photo) => sha256 !== null && photo.sha256 === sha256
    && photo.tps === owner.tps && photo.contest === owner.contest);
  const gone = new Set((await keptList())?.list.gone);
  const lost = same.filter(({ state, receipt }) => state === "sent" && gone.has(receipt ?? ""));
  if (same.some((photo) => photo.account === owner.account && !lost.includes(photo))) return null;
  /** @type {PhonePhoto} */
  const photo = {
    ...owner, sha256, name: file.name, size: bytes.byteLength, at: Date.now(),
    key: hex(crypto.getRandomValues(new Uint8Array(16))),
    state: "new", width: 0, height: 0, preview: false, advice: null, insisted: false,
    location: null, offset: 0, refusal: "", receipt: null,
  };
  await addPhoto(photo, new Blob([bytes], { type: file.type }));
  for (const { key } of lost) await removePhoto(key);
  return photo;
}

/** Look at a kept photo, and say whether it waits to be sent or for a person to decide. What cannot
 *  be judged is sent. False on a phone so full that not even this can be noted.
 *  @param {PhonePhoto} photo
 *  @returns {Promise<boolean>} */
export async function examine(photo) {
  try {
    await changePhoto(photo.key, "new", await seen(photo));
  } catch (error) {
    console.info("not looked at:", error);
    return changePhoto(photo.key, "new", { state: "waiting", advice: null, preview: false })
      .then(() => true, () => false);
  }
  return true;
}

/** @param {PhonePhoto} photo
 *  @returns {Promise<Partial<PhonePhoto>>} */
async function seen(photo) {
  const file = await fileOf(photo.key);
  if (file === null) return {}; // removed meanwhile
  const { width, height, picture, advice } = await Promise.race([look(file), tooLate()]);
  // Without room for a small picture the photo itself still goes out.
  const preview = picture !== null
    && await keepPreview(photo.key, picture).then(() => true, () => false);
  const state = advice.good || !sheetStays(photo) ? "waiting" : "held";
  return { width, height, advice, preview, state };
}

/** @returns {Promise<never>} */
function tooLate() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), PATIENCE_MS));
}
