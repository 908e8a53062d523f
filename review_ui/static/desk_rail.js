// Beside the numbers: the ink of one enlarged, where it stands on its page, and the note about it.

/** @import { NumberRow } from "./number_row.js" */
/** @import { Place, Words } from "./types.js" */

import { find, findAll, findOptional } from "./dom.js";

export class Rail {
  /** @param {HTMLElement} node the desk  @param {Words} t */
  constructor(node, t) {
    this.t = t;
    this.lens = find(node, ".lens", HTMLElement);
    this.picture = find(this.lens, "img", HTMLImageElement);
    this.name = find(this.lens, "figcaption", HTMLElement);
    this.head = findOptional(node, ".header-crop img", HTMLImageElement);
    this.why = find(node, ".why-here", HTMLElement);
    this.maps = findAll(node, ".minimap [data-page]", HTMLElement);
    this.note = find(node, ".note input", HTMLInputElement);
  }

  /** @param {NumberRow} row */
  show(row) {
    // Where no page was found, words stand in place of the ink.
    const ink = findOptional(row.node, "img.ink", HTMLImageElement);
    this.enlarge(ink && (ink.dataset.whole ?? ink.src), row.reading.label);
    this.why.replaceChildren(
      ...findAll(row.node, ":is(.triple, .single) .doubts li", HTMLElement).map(
        (reason) => reason.cloneNode(true)));
    this.showPlace(row.reading.at);
    this.note.value = row.note;
    this.note.disabled = false;
  }

  /** The head of the form enlarged, while its TPS is typed. */
  showHead() {
    this.lens.classList.toggle("head", this.head !== null);
    this.why.replaceChildren();
    this.enlarge(this.head && this.head.src, this.t("desk.tps_number"));
  }

  hideHead() {
    this.lens.classList.remove("head");
  }

  /** @param {string | null} address of the picture, null where there is none
   *  @param {string} name of what it shows */
  enlarge(address, name) {
    this.picture.hidden = address === null;
    if (address !== null) this.picture.src = address;
    this.name.textContent = name;
  }

  /** Where on the page the number stands.
   *  @param {Place} place */
  showPlace([page, ...shares]) {
    const [left, top, width, height] = shares.map((share) => `${100 * share}%`);
    for (const map of this.maps) {
      map.hidden = Number(map.dataset.page) !== page;
      Object.assign(find(map, "mark", HTMLElement).style, { left, top, width, height });
    }
  }

  /** The ink of the number in focus over the whole screen, while the key is held.
   *  @param {boolean} on */
  zoom(on) {
    this.lens.classList.toggle("zoomed", on);
  }
}
