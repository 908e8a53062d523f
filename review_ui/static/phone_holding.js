// When a photo is held back for its witness: while the page is open and the sheet still hangs there.
// Later nobody can take a better photo, and behind a closed page nobody would hear of it.

/** @import { PhonePhoto } from "./types.js" */

/** Sheets leave within the hour; whoever left the TPS sooner finds no more of them. */
const SHEET_STAYS_MS = 30 * 60 * 1000;

/** Whether a photo is so new that its sheet can still be photographed. A clock that was set anew
 *  meanwhile makes none so for ever.
 *  @param {PhonePhoto} photo */
export function sheetStays(photo) {
  return Math.abs(Date.now() - photo.at) < SHEET_STAYS_MS;
}
