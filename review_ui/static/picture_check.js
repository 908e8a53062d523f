// Whether a picture is light, sharp and of a size to be read, without a network. The same arithmetic
// as digitizer/vision/refuse.py and the same limits as digitizer/domain/photo_limits.py; a test holds
// both against each other.

/** Longer side, in pixels, at which a picture is judged. */
export const WORK_SIDE = 1000;
/** Paper in a legible photo is lighter than this grey level. */
export const DARK_GREY = 48;
/** Share of an edge's contrast that must fall within three pixels at `WORK_SIDE`. */
export const SHARP_EDGE = 0.6;
const EDGES = 200;
/** Bytes that a file may have. */
export const MAX_BYTES = 30 * 2 ** 20;
/** Pixels that a picture may have, */
export const MAX_PIXELS = 52_000_000;
/** and a JPEG, which the server can decode at half its size. */
export const MAX_JPEG_PIXELS = 110_000_000;

/** A grey picture, row by row.
 *  @typedef {{width: number, height: number, levels: Uint8Array}} Grey */

/** A photo as it is sent.
 *  @typedef {object} Sent
 *  @property {number} width in pixels, 0 where this phone cannot show it
 *  @property {number} height
 *  @property {number} bytes
 *  @property {boolean} jpeg whether it is a JPEG */

/** What is wrong with a photo, and what was found and needed.
 *  @typedef {object} Fault
 *  @property {"too_heavy" | "too_large" | "too_small" | "too_dark" | "too_blurred"} code
 *  @property {Record<string, number>} numbers */

/** Why the server could not read a photo of this size, null when it can.
 *  @param {Sent} photo
 *  @returns {Fault | null} */
export function excessOf({ width, height, bytes, jpeg }) {
  if (bytes > MAX_BYTES) {
    const found = Math.ceil(bytes / 2 ** 20);
    return { code: "too_heavy", numbers: { found, needed: MAX_BYTES / 2 ** 20 } };
  }
  const most = jpeg ? MAX_JPEG_PIXELS : MAX_PIXELS;
  if (width * height > most) {
    const found = Math.ceil((width * height) / 1e6);
    return { code: "too_large", numbers: { found, needed: most / 1e6 } };
  }
  return null;
}

/** The first fault of a photo, null when there is none.
 *  @param {Grey} grey at `WORK_SIDE`
 *  @param {Sent} photo
 *  @returns {Fault | null} */
export function faultOf(grey, photo) {
  const excess = excessOf(photo);
  if (excess !== null) return excess;
  const longer = Math.max(photo.width, photo.height);
  if (longer < WORK_SIDE) {
    return { code: "too_small", numbers: { found: longer, needed: WORK_SIDE } };
  }
  const light = greyLevel(grey.levels, 0.99);
  if (light < DARK_GREY) {
    return { code: "too_dark", numbers: { found: light, needed: DARK_GREY } };
  }
  const sharpness = edgeSharpness(grey);
  if (sharpness !== null && sharpness < SHARP_EDGE) {
    const found = Math.floor(100 * sharpness);
    return { code: "too_blurred", numbers: { found, needed: Math.round(100 * SHARP_EDGE) } };
  }
  return null;
}

/** Grey levels of a coloured picture, as OpenCV weighs the colours.
 *  @param {ImageData} picture
 *  @returns {Grey} */
export function greyOf({ data, width, height }) {
  const levels = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < levels.length; at += 1, from += 4) {
    levels[at] = (9798 * data[from] + 19235 * data[from + 1] + 3735 * data[from + 2] + 16384) >> 15;
  }
  return { width, height, levels };
}

/** The grey level below which this share of the pixels lies.
 *  @param {Uint8Array} levels
 *  @param {number} share
 *  @returns {number} */
export function greyLevel(levels, share) {
  const counts = new Uint32Array(256);
  for (const level of levels) counts[level] += 1;
  // Single precision, in which the counts of OpenCV are.
  const wanted = Math.fround(Math.fround(share) * levels.length);
  let below = 0;
  for (let level = 0; level < 256; level += 1) {
    below += counts[level];
    if (below >= wanted) return level;
  }
  return 255;
}

/** How steep the strong edges are: 0 (blurred away) to 1; null in a picture without edges. The
 *  blunter direction counts, since a moving hand blurs edges one way and leaves the others sharp.
 *  @param {Grey} grey
 *  @returns {number | null} */
export function edgeSharpness(grey) {
  const along = steepness(grey);
  const down = steepness(turned(grey));
  if (along === null || down === null) return along ?? down;
  return Math.min(along, down);
}

/** The same along rows.
 *  @param {Grey} grey
 *  @returns {number | null} */
function steepness(grey) {
  const near = spread(grey, 1);
  const far = spread(grey, 7);
  const strong = Math.max(40, Math.round(0.6 * greyLevel(far, 0.9)));
  const around = largest({ ...grey, levels: near }, 4);
  /** @type {number[]} */
  const shares = [];
  for (let at = 0; at < near.length; at += 1) {
    // Of each edge only its ridge: where the near contrast is the largest around.
    if (far[at] > strong && near[at] > 0 && near[at] >= around[at]) {
      shares.push(Math.fround(near[at] / far[at]));
    }
  }
  return shares.length < EDGES ? null : upperQuartile(shares);
}

/** Largest minus smallest grey level of each pixel's neighbours in its row.
 *  @param {Grey} grey
 *  @param {number} reach to either side
 *  @returns {Uint8Array} */
function spread(grey, reach) {
  const most = largest(grey, reach);
  const inverse = grey.levels.map((level) => 255 - level);
  const least = largest({ ...grey, levels: inverse }, reach);
  return most.map((level, at) => level + least[at] - 255);
}

/** For each pixel the largest level among its neighbours in its row, with three comparisons each
 *  (van Herk 1992): a row is cut into blocks as wide as the neighbourhood, and each of these is the
 *  end of one block and the beginning of the next.
 *  @param {Grey} grey
 *  @param {number} reach to either side
 *  @returns {Uint8Array} */
function largest({ width, height, levels }, reach) {
  const span = 2 * reach + 1;
  const padded = Math.ceil((width + 2 * reach) / span) * span;
  const row = new Uint8Array(padded);
  const begun = new Uint8Array(padded);
  const ending = new Uint8Array(padded);
  const out = new Uint8Array(levels.length);
  for (let first = 0; first < levels.length; first += width) {
    row.set(levels.subarray(first, first + width), reach);
    for (let block = 0; block < padded; block += span) {
      let most = 0;
      for (let at = block; at < block + span; at += 1) {
        if (row[at] > most) most = row[at];
        begun[at] = most;
      }
      most = 0;
      for (let at = block + span - 1; at >= block; at -= 1) {
        if (row[at] > most) most = row[at];
        ending[at] = most;
      }
    }
    for (let x = 0; x < width; x += 1) {
      const other = begun[x + span - 1];
      out[first + x] = ending[x] > other ? ending[x] : other;
    }
  }
  return out;
}

/** Rows as columns.
 *  @param {Grey} grey
 *  @returns {Grey} */
function turned({ width, height, levels }) {
  const out = new Uint8Array(levels.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) out[x * height + y] = levels[y * width + x];
  }
  return { width: height, height: width, levels: out };
}

/** Three quarters of the values lie below it, between two of them where need be.
 *  @param {number[]} values
 *  @returns {number} */
function upperQuartile(values) {
  const sorted = Float32Array.from(values).sort();
  const place = 0.75 * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
