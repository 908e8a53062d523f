// Places on a page, and every change of them: each gives a new body and leaves the old one.

/** @import { Body, Field, Kind, Page, Place, Rect } from "./designer_types.js" */

/** The same place, now or later.
 *  @param {Place} place */
export function keyOf({ kind, field, index }) {
  return `${kind} ${field} ${index}`;
}

/** Every place of a page that can be taken hold of.
 *  @param {Page} page
 *  @returns {Place[]} */
export function placesOf(page) {
  /** @type {Place[]} */
  const found = [];
  /** @type {(kind: Kind, field: number, index: number, rect: Rect | undefined) => void} */
  const add = (kind, field, index, rect) => {
    if (rect !== undefined) found.push({ kind, field, index, rect });
  };
  add("header", -1, 0, page.header);
  (page.titles ?? []).forEach((rect, index) => add("title", -1, index, rect));
  (page.private ?? []).forEach((rect, index) => add("private", -1, index, rect));
  add("tag", -1, 0, page.tag?.rect);
  page.field.forEach((field, at) => {
    add("words", at, 0, field.words);
    add("tally", at, 0, field.tally?.area);
    add("row_sums", at, 0, field.row_sums?.area);
    add("bubbles", at, 0, bubbleArea(field));
    field.digit_boxes.forEach((rect, index) => add("box", at, index, rect));
  });
  return found;
}

/** The rectangle around all bubbles of a number.
 *  @param {Field} field
 *  @returns {Rect | undefined} */
function bubbleArea({ bubbles }) {
  if (bubbles === undefined || bubbles.x.length === 0) return undefined;
  const { diameter, x, y } = bubbles;
  const left = Math.min(...x) - diameter / 2;
  const top = Math.min(...y) - diameter / 2;
  return [left, top, Math.max(...x) + diameter / 2 - left, Math.max(...y) + diameter / 2 - top];
}

/** A body with one page changed.
 *  @param {Body} body
 *  @param {number} at
 *  @param {(page: Page) => void} change
 *  @returns {Body} */
export function withPage(body, at, change) {
  const made = structuredClone(body);
  change(made.page[at]);
  return made;
}

/** Places moved by so many millimetres, and made larger by so many.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {Place[]} places
 *  @param {{x?: number, y?: number, width?: number, height?: number}} by
 *  @returns {Body} */
export function moved(body, at, places, { x = 0, y = 0, width = 0, height = 0 }) {
  return withPage(body, at, (page) => {
    for (const place of places) {
      const [left, top, wide, high] = place.rect;
      setRect(page, place, [
        rounded(left + x), rounded(top + y),
        rounded(Math.max(1, wide + width)), rounded(Math.max(1, high + height)),
      ]);
    }
  });
}

/** @param {number} mm */
export function rounded(mm) {
  return Math.round(100 * mm) / 100;
}

/** @param {Page} page
 *  @param {Place} place
 *  @param {Rect} rect */
function setRect(page, place, rect) {
  const field = page.field[place.field];
  switch (place.kind) {
    case "header": page.header = rect; break;
    case "title": if (page.titles) page.titles[place.index] = rect; break;
    case "private": if (page.private) page.private[place.index] = rect; break;
    case "tag": if (page.tag) page.tag.rect = rect; break;
    case "words": field.words = rect; break;
    case "tally": if (field.tally) field.tally.area = rect; break;
    case "row_sums": if (field.row_sums) field.row_sums.area = rect; break;
    case "bubbles": moveBubbles(field, place.rect, rect); break;
    case "box": field.digit_boxes[place.index] = rect; break;
  }
}

/** Bubbles keep their size; their columns and rows are spread over the new area.
 *  @param {Field} field
 *  @param {Rect} from
 *  @param {Rect} to */
function moveBubbles({ bubbles }, from, to) {
  if (bubbles === undefined) return;
  const spread = (/** @type {number} */ at, /** @type {number} */ side) => {
    const room = from[side + 2] - bubbles.diameter;
    const share = room > 0 ? (at - from[side] - bubbles.diameter / 2) / room : 0.5;
    return rounded(to[side] + bubbles.diameter / 2 + share * (to[side + 2] - bubbles.diameter));
  };
  bubbles.x = bubbles.x.map((at) => spread(at, 0));
  bubbles.y = bubbles.y.map((at) => spread(at, 1));
}

/** A new place. A digit box is a number of its own until it is joined with others.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {Kind} kind
 *  @param {Rect} rect
 *  @param {number} field of the page, where the place is of a number that is there
 *  @returns {Body} */
export function added(body, at, kind, rect, field) {
  const name = freeName(body, "angka");
  return withPage(body, at, (page) => {
    const owner = page.field[field];
    switch (kind) {
      case "header": page.header = rect; break;
      case "title": page.titles = [...(page.titles ?? []), rect]; break;
      case "private": page.private = [...(page.private ?? []), rect]; break;
      case "words": if (owner) owner.words = rect; break;
      case "tally": if (owner) owner.tally = { area: rect, rows: 5, columns: 12 }; break;
      case "row_sums":
        if (owner) owner.row_sums = { area: rect, rows: owner.tally?.rows ?? 5, columns: 2 };
        break;
      case "bubbles": if (owner) owner.bubbles = bubblesIn(rect, owner.digit_boxes); break;
      case "box":
        page.field.push({ id: name, label: name, role: "total", digit_boxes: [rect] });
        break;
    }
  });
}

/** Ten circles under each box, between the upper and the lower edge of an area.
 *  @param {Rect} area
 *  @param {Rect[]} boxes */
function bubblesIn([, top, , height], boxes) {
  const diameter = rounded(Math.min(height / 11, boxes[0][2] * 0.8));
  const step = (height - diameter) / 9;
  return {
    diameter,
    x: boxes.map(([left, , width]) => rounded(left + width / 2)),
    y: Array.from({ length: 10 }, (_, row) => rounded(top + diameter / 2 + row * step)),
  };
}

/** Boxes as one number, leftmost first: of the first of them that has one, which keeps its name.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {Place[]} places
 *  @returns {Body} */
export function joined(body, at, places) {
  const boxes = places.filter((place) => place.kind === "box");
  if (boxes.length === 0) return body;
  const keeps = Math.min(...boxes.map((place) => place.field));
  const made = withPage(body, at, (page) => {
    const taken = new Set(boxes.map(keyOf));
    page.field.forEach((field, number) => {
      field.digit_boxes = field.digit_boxes.filter(
        (_, index) => !taken.has(keyOf({ kind: "box", field: number, index, rect: [0, 0, 0, 0] })));
    });
    const field = page.field[keeps];
    field.digit_boxes = [...field.digit_boxes, ...boxes.map((place) => place.rect)]
      .sort(([one], [other]) => one - other);
    if (field.bubbles && field.bubbles.x.length !== field.digit_boxes.length) delete field.bubbles;
  });
  return withoutEmpty(made, at);
}

/** Without these places; a number without boxes goes with its last one.
 *  @param {Body} body
 *  @param {number} at page
 *  @param {Place[]} places
 *  @returns {Body} */
export function removed(body, at, places) {
  const gone = new Set(places.map(keyOf));
  const keep = (/** @type {Kind} */ kind, /** @type {number} */ field) => (
    (/** @type {Rect} */ rect, /** @type {number} */ index) => (
      !gone.has(keyOf({ kind, field, index, rect }))));
  const made = withPage(body, at, (page) => {
    if (gone.has("header -1 0")) delete page.header;
    if (gone.has("tag -1 0")) delete page.tag;
    if (page.titles) page.titles = page.titles.filter(keep("title", -1));
    if (page.private) page.private = page.private.filter(keep("private", -1));
    page.field.forEach((field, number) => {
      for (const kind of /** @type {const} */ (["words", "tally", "row_sums", "bubbles"])) {
        if (gone.has(`${kind} ${number} 0`)) delete field[kind];
      }
      const columns = field.digit_boxes.map((_, index) => keep("box", number)([0, 0, 0, 0], index));
      if (field.bubbles) field.bubbles.x = field.bubbles.x.filter((_, index) => columns[index]);
      field.digit_boxes = field.digit_boxes.filter(keep("box", number));
    });
  });
  return withoutEmpty(made, at);
}

/** @param {Body} body
 *  @param {number} at
 *  @returns {Body} */
function withoutEmpty(body, at) {
  const empty = body.page[at].field.filter((field) => field.digit_boxes.length === 0);
  const made = withPage(body, at, (page) => {
    page.field = page.field.filter((field) => field.digit_boxes.length > 0);
  });
  const names = new Set(empty.map((field) => field.id));
  made.rule = (made.rule ?? []).filter((rule) => !rule.sum.some((name) => names.has(name))
    && !names.has(String(rule.equals)) && !names.has(String(rule.at_most)));
  return made;
}

/** @param {Body} body
 *  @param {string} stem
 *  @returns {string} */
function freeName(body, stem) {
  const taken = new Set(body.page.flatMap((page) => page.field.map((field) => field.id)));
  let number = 1;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}
