// The blank with every place of the draft over it: drawn as SVG in millimetres, worked by mouse.

/** @import { Fault, Page, Place, Rect } from "./designer_types.js" */

import { find } from "./dom.js";
import { keyOf, rounded } from "./designer_places.js";

const SVG = "http://www.w3.org/2000/svg";
/** Less than this was no drag, in millimetres. */
const STILL = 0.6;
/** A new place is at least as wide and as high. */
const LEAST = 1.5;

/** What the canvas tells.
 *  @typedef {object} CanvasEvents
 *  @property {(places: Place[], more: boolean) => void} select
 *  @property {(by: {x?: number, y?: number, width?: number, height?: number}) => void} move
 *  @property {(rect: Rect) => void} draw
 *  @property {(place: Place) => boolean} pick whether the place was taken as part of a rule */

/** @typedef {{kind: "move" | "size" | "band" | "none", from: DOMPoint}} Drag */

export class Canvas {
  /** @type {Place[]} */
  places = [];
  /** @type {Set<string>} */
  selected = new Set();
  drawing = false;
  zoom = 1;
  /** @type {Drag} */
  drag = { kind: "none", from: new DOMPoint() };

  /** @param {HTMLElement} node
   *  @param {CanvasEvents} events */
  constructor(node, events) {
    this.node = node;
    this.events = events;
    this.sheet = find(node, ".sheet", HTMLElement);
    this.picture = find(node, "img", HTMLImageElement);
    this.tried = find(node, "canvas", HTMLCanvasElement);
    this.svg = find(node, "svg", SVGSVGElement);
    this.svg.addEventListener("pointerdown", (event) => this.down(event));
    this.svg.addEventListener("pointermove", (event) => this.along(event));
    this.svg.addEventListener("pointerup", (event) => this.up(event));
    this.svg.addEventListener("pointercancel", () => this.stop());
  }

  /** @param {Page} page
   *  @param {Place[]} places
   *  @param {Set<string>} selected
   *  @param {Fault[]} faults */
  show(page, places, selected, faults) {
    this.places = places;
    this.selected = selected;
    const [width, height] = page.size_mm;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.sheet.style.aspectRatio = `${width} / ${height}`;
    this.svg.replaceChildren(
      ...places.map((place) => this.drawn(place, page)),
      ...this.names(page),
      ...faults.filter((fault) => fault.page === page.number)
        .flatMap((fault) => fault.places.map((rect) => rectangle(rect, "fault"))),
    );
    this.svg.append(...this.handles());
  }

  /** How wide the page stands, as a share of the room there is.
   *  @param {number} zoom */
  zoomTo(zoom) {
    this.zoom = Math.min(6, Math.max(0.4, zoom));
    this.sheet.style.width = `${100 * this.zoom}%`;
  }

  /** Bring a place into view.
   *  @param {Rect} rect */
  reveal([left, top, width, height]) {
    const scale = this.svg.clientWidth / this.svg.viewBox.baseVal.width;
    this.node.scrollTo({
      left: (left + width / 2) * scale - this.node.clientWidth / 2,
      top: (top + height / 2) * scale - this.node.clientHeight / 2,
    });
  }

  /** @param {Place} place
   *  @param {Page} page */
  drawn(place, page) {
    const node = rectangle(place.rect, `place ${place.kind}`);
    node.dataset.key = keyOf(place);
    if (this.selected.has(keyOf(place))) node.classList.add("selected");
    const title = document.createElementNS(SVG, "title");
    title.textContent = page.field[place.field]?.id ?? place.kind;
    node.append(title);
    return node;
  }

  /** @param {Page} page */
  names(page) {
    return page.field.filter((field) => field.digit_boxes.length).map((field) => {
      const node = document.createElementNS(SVG, "text");
      const [left, top, , height] = field.digit_boxes[0];
      node.setAttribute("x", String(left));
      node.setAttribute("y", String(top - 0.4));
      node.style.fontSize = `${Math.min(9, Math.max(1.6, height / 2.5))}px`;
      node.textContent = field.id;
      return node;
    });
  }

  /** The corner by which a single selected place is made larger or smaller. */
  handles() {
    const chosen = this.places.filter((place) => this.selected.has(keyOf(place)));
    if (chosen.length !== 1) return [];
    const [left, top, width, height] = chosen[0].rect;
    const side = Math.max(1, Math.min(2.5, Math.min(width, height) / 3));
    const corner = [left + width - side / 2, top + height - side / 2, side, side];
    return [rectangle(/** @type {Rect} */ (corner), "handle")];
  }

  /** @param {PointerEvent} event
   *  @returns {DOMPoint} in millimetres */
  at(event) {
    const point = new DOMPoint(event.clientX, event.clientY);
    return point.matrixTransform(this.svg.getScreenCTM()?.inverse());
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0) return;
    this.node.focus({ preventScroll: true });
    this.svg.setPointerCapture(event.pointerId);
    const from = this.at(event);
    const target = event.target instanceof SVGElement ? event.target : null;
    if (target?.classList.contains("handle")) {
      this.drag = { kind: "size", from };
      return;
    }
    const place = this.drawing ? undefined : this.under(from, target);
    if (place === undefined) {
      this.drag = { kind: "band", from };
      return;
    }
    if (this.events.pick(place)) return;
    const chosen = this.selected.has(keyOf(place));
    if (!chosen || event.shiftKey) this.events.select([place], event.shiftKey);
    this.drag = { kind: event.shiftKey ? "none" : "move", from };
  }

  /** What was pressed; of places over each other the smallest.
   *  @param {DOMPoint} point
   *  @param {SVGElement | null} target
   *  @returns {Place | undefined} */
  under(point, target) {
    const named = this.places.find((place) => keyOf(place) === target?.dataset.key);
    const hit = this.places.filter(({ rect: [left, top, width, height] }) => (
      point.x >= left && point.x <= left + width && point.y >= top && point.y <= top + height));
    hit.sort((one, other) => one.rect[2] * one.rect[3] - other.rect[2] * other.rect[3]);
    return hit[0] ?? named;
  }

  /** @param {PointerEvent} event */
  along(event) {
    const to = this.at(event);
    const by = this.by(to);
    if (this.drag.kind === "move") {
      for (const node of this.svg.querySelectorAll(".selected, .handle")) {
        node.setAttribute("transform", `translate(${by.x} ${by.y})`);
      }
    } else if (this.drag.kind === "size") {
      const node = this.svg.querySelector(".selected");
      const place = this.places.find((one) => this.selected.has(keyOf(one)));
      node?.setAttribute("width", String(Math.max(LEAST, (place?.rect[2] ?? 0) + by.x)));
      node?.setAttribute("height", String(Math.max(LEAST, (place?.rect[3] ?? 0) + by.y)));
    } else if (this.drag.kind === "band") {
      this.svg.querySelector(".band")?.remove();
      this.svg.append(rectangle(this.band(to), "band"));
    }
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { kind } = this.drag;
    const to = this.at(event);
    const by = this.by(to);
    const band = this.band(to);
    const still = Math.hypot(by.x, by.y) < STILL;
    this.stop();
    if (kind === "move" && !still) this.events.move(by);
    else if (kind === "size" && !still) this.events.move({ width: by.x, height: by.y });
    else if (kind === "band") this.banded(band, event.shiftKey, still);
  }

  /** @param {Rect} band
   *  @param {boolean} more
   *  @param {boolean} still */
  banded(band, more, still) {
    if (this.drawing) {
      if (band[2] >= LEAST && band[3] >= LEAST) this.events.draw(band);
      return;
    }
    const inside = still ? [] : this.places.filter(({ rect }) => within(rect, band));
    this.events.select(inside, more);
  }

  stop() {
    this.drag = { kind: "none", from: new DOMPoint() };
    this.svg.querySelector(".band")?.remove();
    for (const node of this.svg.querySelectorAll("[transform]")) node.removeAttribute("transform");
  }

  /** @param {DOMPoint} to */
  by(to) {
    return { x: rounded(to.x - this.drag.from.x), y: rounded(to.y - this.drag.from.y) };
  }

  /** @param {DOMPoint} to
   *  @returns {Rect} */
  band(to) {
    const { from } = this.drag;
    return [
      rounded(Math.min(from.x, to.x)), rounded(Math.min(from.y, to.y)),
      rounded(Math.abs(to.x - from.x)), rounded(Math.abs(to.y - from.y)),
    ];
  }
}

/** @param {Rect} inner
 *  @param {Rect} outer */
function within([left, top, width, height], [outerLeft, outerTop, outerWidth, outerHeight]) {
  return left >= outerLeft && top >= outerTop
    && left + width <= outerLeft + outerWidth && top + height <= outerTop + outerHeight;
}

/** @param {Rect} rect
 *  @param {string} className */
function rectangle([x, y, width, height], className) {
  const node = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x, y, width, height })) {
    node.setAttribute(name, String(value));
  }
  node.setAttribute("class", className);
  return node;
}
