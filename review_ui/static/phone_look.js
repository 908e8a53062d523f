// Looks at a photo on the phone itself: what is wrong with it, and a small picture for the server.

/** @import { Advice } from "./types.js" */

import { WORK_SIDE, excessOf, faultOf, greyOf } from "./picture_check.js";
import { slowNetwork } from "./tus.js";

/** What was seen of a photo. Without a picture this phone cannot show such files.
 *  @typedef {object} Look
 *  @property {number} width
 *  @property {number} height
 *  @property {Blob | null} picture
 *  @property {Advice} advice */

/** Bytes of a small picture: about two seconds on a slow network. */
const BUDGET = { slow: 45_000, fast: 80_000 };
const QUALITIES = [0.8, 0.65, 0.5, 0.35];

/** @param {Blob} file
 *  @returns {Promise<Look>} */
export async function look(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const jpeg = head[0] === 0xff && head[1] === 0xd8;
  const image = await createImageBitmap(file).catch(() => null);
  if (image === null) {
    const excess = excessOf({ width: 0, height: 0, bytes: file.size, jpeg });
    const unseen = isHeic(head) ? { code: "heic", good: true } : { code: "not_shown", good: false };
    const advice = excess === null ? unseen : { ...excess, good: false };
    return { width: 0, height: 0, picture: null, advice };
  }
  const { width, height } = image;
  const scale = Math.min(1, WORK_SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null) throw new Error("this browser draws no pictures");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close(); // twelve megapixels are 48 MB
  const grey = greyOf(pen.getImageData(0, 0, canvas.width, canvas.height));
  const fault = faultOf(grey, { width, height, bytes: file.size, jpeg });
  return {
    width, height,
    picture: await packed(canvas),
    advice: fault === null ? { code: "looks_good", good: true } : { ...fault, good: false },
  };
}

/** The picture as a JPEG that the network can carry in a moment.
 *  @param {HTMLCanvasElement} canvas
 *  @returns {Promise<Blob | null>} */
async function packed(canvas) {
  const most = slowNetwork() ? BUDGET.slow : BUDGET.fast;
  let blob = null;
  for (const quality of QUALITIES) {
    blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob !== null && blob.size <= most) break;
  }
  return blob;
}

/** Whether a file begins like HEIC, which few browsers show and the server reads.
 *  @param {Uint8Array} head its first twelve bytes */
function isHeic(head) {
  const name = new TextDecoder("latin1").decode(head.subarray(4));
  return name.startsWith("ftyp") && ["heic", "heix", "mif1", "msf1"].includes(name.slice(4));
}
