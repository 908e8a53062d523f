// When a photo is held back for its witness: while the page is open and the sheet still hangs there.
// Later nobody can take a better photo, and behind a closed page nobody would hear of it.

/** @import { Advice, PhonePhoto } from "./types.js" */

import { changePhoto, previewOf } from "./phone_store.js";
import { Unsent, ask } from "./tus.js";

/** Sheets leave within the hour; whoever left the TPS sooner finds no more of them. */
const SHEET_STAYS_MS = 30 * 60 * 1000;

/** Whether a photo is so new that its sheet can still be photographed. A clock that was set anew
 *  meanwhile makes none so for ever.
 *  @param {PhonePhoto} photo */
export function sheetStays(photo) {
  return Math.abs(Date.now() - photo.at) < SHEET_STAYS_MS;
}

/** Show the server a small picture first. Whatever it says of it is kept; only a photo that somebody
 *  can still take better is kept back.
 *  @param {PhonePhoto} photo
 *  @param {boolean} pageOpen */
export async function showPreview(photo, pageOpen) {
  const picture = await previewOf(photo.key);
  const advice = picture === null ? null : await adviceOn(photo, picture);
  const bad = advice !== null && !advice.good;
  const held = bad && !photo.insisted && pageOpen && sheetStays(photo);
  await changePhoto(photo.key, "waiting", {
    preview: false,
    advice: advice ?? photo.advice,
    state: held ? "held" : "waiting",
  });
}

/** @param {PhonePhoto} photo  @param {Blob} picture
 *  @returns {Promise<Advice | null>} */
async function adviceOn(photo, picture) {
  try {
    const answer = await ask(`/preview?width=${photo.width}&height=${photo.height}`, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "image/jpeg" },
      body: picture,
    }, [200]);
    return await answer.json().catch(() => null);
  } catch (error) {
    const passing = error instanceof Unsent && ["network", "signed_out"].includes(error.why);
    if (passing || !(error instanceof Unsent)) throw error;
    return null;
  }
}
