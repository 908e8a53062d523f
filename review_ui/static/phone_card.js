// One photo that is still only on this phone: what it shows, what is wrong with it, how far it is.
// One that was sent has a card again only when the server lost it.

/** @import { PhonePhoto, Words } from "./types.js" */

import { make } from "./dom.js";
import { previewOf } from "./phone_store.js";

/** What a person decides about a photo.
 *  @typedef {"again" | "anyway" | "retry" | "remove" | "choose" | "forget"} Decision */

export class PhoneCard {
  /** @param {PhonePhoto} photo  @param {string} place for which it is  @param {Words} t
   *  @param {(decision: Decision, photo: PhonePhoto) => void} decide */
  constructor(photo, place, t, decide) {
    this.t = t;
    this.photo = photo;
    this.decide = decide;
    this.drawn = "";
    this.picture = thumbnail();
    this.name = make("strong");
    this.advice = make("p", "advice");
    this.bar = make("progress");
    this.bar.setAttribute("aria-label", photo.name);
    this.far = make("p", "far");
    this.buttons = make("p", "buttons");
    const where = place === "" ? null : make("p", "far", place);
    const facts = make("div", "", this.name, where, this.advice, this.bar, this.far);
    this.item = make("li", "card shot", this.picture, facts, this.buttons);
  }

  /** @param {PhonePhoto} photo */
  draw(photo) {
    const drawn = JSON.stringify(photo);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.photo = photo;
    if (photo.width > 0) showPicture(this.picture, photo.key);
    const { advice } = photo;
    const bad = ["refused", "sent"].includes(photo.state) || advice?.good === false;
    this.item.dataset.state = photo.state;
    this.item.classList.toggle("warned", bad);
    this.name.textContent = titleOf(photo, this.t);
    this.advice.replaceChildren(...told(photo, this.t));
    this.bar.hidden = photo.state !== "waiting";
    this.bar.max = Math.max(1, photo.size);
    this.bar.value = photo.offset;
    this.far.textContent = howFar(photo, this.t);
    this.drawButtons(bad);
  }

  /** @param {boolean} bad */
  drawButtons(bad) {
    const offered = offers(this.photo.state, bad);
    const names = offered.join(" ");
    if (this.buttons.dataset.names === names) return; // keep the one that has the focus
    this.buttons.dataset.names = names;
    this.buttons.replaceChildren(...offered.map((decision) => {
      const quiet = decision === "remove" || decision === "forget" ? "quiet" : "";
      const button = make("button", quiet, this.t(`phone.${decision}`));
      button.addEventListener("click", () => this.decide(decision, this.photo));
      return button;
    }));
  }
}

/** @param {PhonePhoto["state"]} state  @param {boolean} bad
 *  @returns {Decision[]} */
function offers(state, bad) {
  if (state === "sent") return ["choose", "forget"];
  /** @type {Decision[]} */
  const offered = [];
  if (state === "refused") offered.push("retry");
  if (bad) offered.push("again");
  if (state === "held") offered.push("anyway");
  if (state !== "new") offered.push("remove");
  return offered;
}

/** A small picture with no words of its own: those beside it say what it is. */
export function thumbnail() {
  const canvas = make("canvas", "thumb");
  canvas.width = canvas.height = 0;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/** Draw the kept small picture once; an address for it would need a laxer policy of contents.
 *  @param {HTMLCanvasElement} canvas  @param {string} key */
export async function showPicture(canvas, key) {
  if (canvas.width > 0) return;
  const blob = await previewOf(key);
  if (blob === null) return;
  const image = await createImageBitmap(blob, { resizeWidth: 160, resizeQuality: "medium" });
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
}

/** The page it shows, as soon as that is known; else the file's name.
 *  @param {PhonePhoto} photo  @param {Words} t */
export function titleOf({ advice, name }, t) {
  if (!advice?.form_title) return name;
  return t("phone.page_of", { form: advice.form_title, page: advice.page ?? null });
}

/** @param {PhonePhoto} photo  @param {Words} t
 *  @returns {(Node | string)[]} */
function told({ state, refusal, advice }, t) {
  if (state === "refused") return [sign("✕"), refusal || t("phone.refused")];
  if (state === "sent") {
    return [sign("✕"), `${t("phone.lost")} `, make("strong", "", t("phone.lost_hint"))];
  }
  if (advice === null) return [t(state === "new" ? "phone.looking" : "phone.not_looked")];
  const { code, text, hint, numbers } = advice;
  // What to do is said of what is wrong alone, since the photo has been taken; and of one that is
  // well no more than that, since its title is its page.
  const worded = code === "ready" || text === undefined ? t(`phone.${code}`, numbers) : text;
  if (advice.good) return [sign("✓"), worded];
  return [
    sign("!"), `${worded} `,
    make("strong", "", hint ?? t(`phone.${code}_hint`, numbers)),
  ];
}

/** A sign beside words that say the same.
 *  @param {string} glyph */
export function sign(glyph) {
  const node = make("span", "sign", `${glyph} `);
  node.setAttribute("aria-hidden", "true");
  return node;
}

/** @param {PhonePhoto} photo  @param {Words} t */
function howFar(photo, t) {
  const size = megabytes(photo.size);
  if (photo.state === "held") return t("phone.held", { size });
  if (photo.state === "refused") return t("phone.kept", { size });
  if (photo.state === "new" || photo.state === "sent") return "";
  if (photo.offset === 0) return t("phone.queued", { size });
  const percent = Math.floor((100 * photo.offset) / photo.size);
  return t("phone.part", { percent, size });
}

/** @param {number} bytes */
function megabytes(bytes) {
  const digits = bytes < 9_950_000 ? 1 : 0;
  const number = new Intl.NumberFormat(document.documentElement.lang,
    { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${number.format(bytes / 1e6)} MB`;
}
