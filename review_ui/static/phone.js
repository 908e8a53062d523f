// The page of a witness: choose photos, hear what is wrong with them, see what is safe and where.

/** @import { PhonePhoto, ServerList } from "./types.js" */
/** @import { Decision } from "./phone_card.js" */
/** @import { Owner } from "./phone_take.js" */
/** @import { Place } from "./place.js" */

import { confirmed } from "./confirm.js";
import { data, find, findAll, putInto } from "./dom.js";
import { PhoneCard } from "./phone_card.js";
import { openChannel } from "./phone_channel.js";
import { askForRoom, registerWorker } from "./phone_install.js";
import { drawChecklist, drawSent } from "./phone_list.js";
import { PhoneSender } from "./phone_sender.js";
import { Standing } from "./phone_standing.js";
import { askList, ledger } from "./phone_ledger.js";
import { changePhoto, keptList, listPhotos, removePhoto } from "./phone_store.js";
import { examine, take } from "./phone_take.js";
import { placeText, placeTyped } from "./place.js";
import { Unsent, giveUp } from "./tus.js";
import { words } from "./words.js";

/** Seconds between two questions: while a photo is unread, and otherwise. */
const SOON_S = 5;
const LATER_S = 60;

class PhonePage extends HTMLElement {
  t = words();
  me = { account: data(this, "account"), tps: data(this, "tps") || null };
  form = find(this, "form", HTMLFormElement);
  camera = find(this, ".camera input", HTMLInputElement);
  gallery = find(this, ".gallery input", HTMLInputElement);
  here = find(this, ".here", HTMLElement);
  lost = find(this, ".lost", HTMLElement);
  needed = find(this, ".needed", HTMLElement);
  there = find(this, ".there", HTMLElement);
  /** @type {Map<string, PhoneCard>} */
  cards = new Map();
  /** @type {ServerList | null} */
  list = null;
  sender = new PhoneSender(() => this.draw());
  standing = new Standing(this, this.t, () => this.sender.go());
  /** The choosing before this one, until its photos are kept: one after the other, since what is
   *  here already is known only then, and what one could not keep is not for the next to hide. */
  keeping = Promise.resolve();
  looking = Promise.resolve();
  /** @type {string[]} */
  told = [];
  turns = 0;
  drawing = false;
  stale = false;
  poll = 0;
  /** @type {Place | null} of the photo that the camera was opened to take again */
  again = null;
  /** Receipts that the server was asked about last. */
  wanted = "";

  async connectedCallback() {
    if (await listPhotos().catch(() => null) === null) {
      // Some browsers keep nothing in a private window: the form sends at once, as without scripts.
      this.standing.alert("store", this.t("phone.no_store"));
      return;
    }
    // Loaded again it may come from what is kept, which is this very page.
    if (location.search.includes("fresh")) history.replaceState(null, "", location.pathname);
    this.listen();
    registerWorker();
    await this.draw();
    this.sender.go();
    this.ask(); // and what was kept when the page was closed before it could be looked at is now
  }

  listen() {
    this.classList.add("live");
    this.standing.root.hidden = false;
    for (const input of findAll(this, "input[type=file]", HTMLInputElement)) {
      // Opened by a tap it is for a new photo; not every browser tells that it was closed without.
      input.addEventListener("click", () => (this.again = null));
      input.addEventListener("change", () => this.choose(input));
    }
    this.form.addEventListener("submit", (event) => event.preventDefault());
    openChannel().addEventListener("message", () => this.draw());
    document.addEventListener("visibilitychange", () => this.ask());
    for (const kind of ["online", "offline"]) {
      window.addEventListener(kind, () => this.draw());
    }
  }

  /** @param {HTMLInputElement} input */
  async choose(input) {
    const files = [...(input.files ?? [])];
    const { tps, contest } = this.again ?? placeTyped(this.form);
    this.again = null;
    input.value = ""; // the same photo may be chosen once more
    const owner = { account: this.me.account, tps: this.me.tps ?? tps, contest };
    if (this.turns++ === 0) this.told = [];
    const turn = this.keeping.then(() => this.keep(files, owner)).finally(() => this.turns--);
    this.keeping = turn.catch(() => undefined);
    await turn;
    askForRoom();
    this.sender.go();
    this.look();
  }

  /** Look at what is kept, one photo after the other; each may go as soon as it was. */
  look() {
    this.looking = this.looking.then(async () => {
      let noted = true;
      for (const photo of await listPhotos()) {
        if (photo.state !== "new") continue;
        noted = await examine(photo) && noted;
        this.sender.go();
      }
      this.standing.alert("full", noted ? null : this.t("phone.why_full"));
    }).catch(reportError); // and looked at again with the next one
  }

  /** Put photos into the store, and say which are here already or found no room.
   *  @param {File[]} files  @param {Owner} owner */
  async keep(files, owner) {
    for (const file of files) {
      const { name } = file;
      try {
        const photo = await take(file, owner);
        if (photo === null) this.told.push(this.t("phone.here_already", { name }));
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        const full = error.name === "QuotaExceededError";
        this.told.push(this.t(full ? "phone.full" : "phone.not_kept", { name }));
      }
      await this.draw();
    }
    this.standing.alert("choose", this.told.join(" ") || null);
  }

  /** @param {Decision} decision  @param {PhonePhoto} photo */
  async decide(decision, photo) {
    if (decision === "again" || decision === "choose") {
      // The earlier photo stays until it is removed.
      (decision === "again" ? this.camera : this.gallery).click();
      this.again = { tps: photo.tps, contest: photo.contest };
    } else if (decision === "remove" || decision === "forget") {
      await this.forget(photo, this.t(`phone.${decision}_sure`));
    } else {
      await changePhoto(photo.key, photo.state, { state: "waiting", insisted: true, refusal: "" });
      this.sender.go();
    }
  }

  /** @param {PhonePhoto} photo  @param {string} asked */
  async forget(photo, asked) {
    if (!await confirmed(asked, this.t("phone.remove_yes"), this.t("phone.remove_no"))) return;
    await removePhoto(photo.key);
    await this.draw();
    // What had gone up of it is no photo without the rest, and is forgotten in time.
    const begun = photo.state === "sent" ? null : photo.location;
    if (begun) await giveUp(begun).catch(ignoreUnsent);
  }

  /** Ask what became of the photos on the server. */
  async ask() {
    clearTimeout(this.poll);
    if (document.hidden) return;
    this.look();
    try {
      const list = await askList();
      const other = list.account === this.me.account ? null : this.t("phone.other_account");
      this.standing.alert("other", other, "/phone?fresh=1", this.t("phone.reload"));
      this.standing.alert("session", null);
      await this.draw();
    } catch (error) {
      ignoreUnsent(error);
      if (error instanceof Unsent && error.why === "signed_out") this.signedOut();
    }
    const unread = this.list?.photos.some((photo) => photo.waiting) ?? true;
    this.poll = setTimeout(() => this.ask(), 1000 * (unread ? SOON_S : LATER_S));
  }

  signedOut() {
    const [text, name] = [this.t("phone.signed_out"), this.t("login.submit")];
    this.standing.alert("session", text, "/login?next=/phone", name);
  }

  /** Show what the store and the server know; one drawing at a time, and none too few. */
  async draw() {
    this.stale = true;
    if (this.drawing) return;
    this.drawing = true;
    try {
      while (this.stale) {
        this.stale = false;
        const photos = await listPhotos();
        const kept = await keptList();
        this.list = kept?.list.account === this.me.account ? kept.list : null;
        this.show(photos, this.list ?? { ...this.me, photos: [], gone: [], checklist: [] });
      }
    } finally {
      this.drawing = false;
    }
  }

  /** @param {PhonePhoto[]} photos  @param {ServerList} list */
  show(photos, list) {
    const where = ledger(photos, list, this.me);
    const { mine, others, lost } = where;
    this.standing.count("here", mine.length);
    this.standing.count("sent", where.sent);
    this.standing.count("read", list.photos.filter((photo) => photo.read).length);
    this.standing.tell(where, this.sender.end);
    this.standing.alert("others", others > 0 ? this.t("phone.others", { n: others }) : null);
    if (this.sender.end?.why === "signed_out") this.signedOut();
    this.drawCards(this.here, mine);
    this.drawCards(this.lost, lost);
    drawSent(find(this.there, "ul", HTMLElement), list, photos, this.t);
    drawChecklist(find(this.needed, "ul", HTMLElement), list.checklist, this.t);
    this.there.hidden = list.photos.length === 0;
    this.needed.hidden = list.checklist.length === 0;
    find(this, ".how", HTMLElement).hidden = photos.length + list.photos.length > 0;
    const wanted = where.unnamed.join();
    if (wanted !== "" && wanted !== this.wanted) this.ask();
    this.wanted = wanted;
  }

  /** @param {HTMLElement} section  @param {PhonePhoto[]} photos */
  drawCards(section, photos) {
    section.hidden = photos.length === 0;
    const list = find(section, "ul", HTMLElement);
    const items = photos.map((photo) => {
      const card = this.cards.get(photo.key)
        ?? new PhoneCard(photo, placeText(photo, this.form, this.t), this.t,
          (...what) => this.decide(...what));
      this.cards.set(photo.key, card);
      card.draw(photo);
      return card.item;
    });
    putInto(list, items);
  }
}

/** @param {unknown} error */
function ignoreUnsent(error) {
  if (!(error instanceof Unsent)) throw error;
}

customElements.define("phone-page", PhonePage);
