// What is on the server: photos that were sent, what became of them, and the pages still missing.

/** @import { ListedForm, PhonePhoto, SentPhoto, ServerList, Words } from "./types.js" */

import { make, putInto } from "./dom.js";
import { showPicture, sign, thumbnail, titleOf } from "./phone_card.js";

const SIGNS = { missing: "–", doubtful: "!", good: "✓" };

/** Photos on the server, the newest first. One that this phone sent has its small picture.
 *  @param {HTMLElement} list
 *  @param {ServerList} server
 *  @param {PhonePhoto[]} photos of this phone
 *  @param {Words} t */
export function drawSent(list, server, photos, t) {
  const here = new Map(photos.map((photo) => [photo.receipt, photo]));
  const drawn = new Map([...list.children].map((item) => [item.id, item]));
  const items = server.photos.map((photo) => {
    const facts = JSON.stringify(photo);
    const old = drawn.get(photo.upload);
    // What did not change stays, with the focus and the picture that it has.
    if (old instanceof HTMLElement && old.dataset.facts === facts) return old;
    const item = sentItem(photo, here.get(photo.url) ?? null, t);
    item.id = photo.upload;
    item.dataset.facts = facts;
    return item;
  });
  putInto(list, items);
}

/** @param {SentPhoto} photo  @param {PhonePhoto | null} mine  @param {Words} t */
function sentItem(photo, mine, t) {
  const picture = mine !== null && mine.width > 0 ? thumbnail() : null;
  if (mine !== null && picture !== null) showPicture(picture, mine.key);
  const title = photo.page !== null
    ? t("phone.page_of", { form: photo.form_title, page: photo.page })
    : mine === null ? photo.file_name : titleOf(mine, t);
  const version = photo.version !== null && photo.version > 1
    ? make("span", "tag", t("phone.version", { n: photo.version })) : null;
  const link = make("a", "", t("upload.receipt"));
  link.href = photo.url;
  const bad = photo.problem !== null || photo.doubts.length > 0;
  const state = make("p", "advice", sign(photo.waiting ? "…" : bad ? "!" : "✓"), photo.read
    ? t("phone.read_numbers", { n: photo.numbers, state: photo.state_text }) : photo.state_text);
  const faults = [...(photo.problem ? [photo.problem] : []), ...photo.doubts].map((fault) =>
    make("p", "fault", `${fault.text} `, make("strong", "", fault.hint)));
  const facts = make("div", "", make("strong", "", title), " ", version, state, ...faults,
    make("p", "far", `${photo.at} · `, link),
    make("p", "hash", "SHA-256 ", make("code", "", photo.photo)));
  const look = picture === null ? " bare" : "";
  const item = make("li", `card shot ${bad ? "warned" : "safe"}${look}`, picture, facts);
  item.dataset.state = photo.waiting ? "unread" : photo.state;
  return item;
}

/** Which pages have arrived, by form.
 *  @param {HTMLElement} list  @param {ListedForm[]} forms  @param {Words} t */
export function drawChecklist(list, forms, t) {
  const drawn = JSON.stringify(forms);
  if (list.dataset.drawn === drawn) return;
  list.dataset.drawn = drawn;
  list.replaceChildren(...forms.map((form) => make("li", "",
    make("span", "", form.form_title, form.round ? make("small", "", ` ${form.round}`) : null),
    make("span", "pages", ...form.pages.map(({ page, state }) => {
      const chip = make("span", "chip", t("phone.page", { n: page }), " ", sign(SIGNS[state]),
        make("span", "sr", t(`phone.page_${state}`)));
      chip.dataset.state = state;
      return chip;
    })))));
}
