// The dialogs of the desk: its keys, handing a form on, and moving it to another TPS.

/** @import { Desk } from "./desk.js" */

import { data, find, findAll, findOptional } from "./dom.js";

export class Dialogs {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    const { node } = desk;
    this.help = find(node, "dialog.help", HTMLDialogElement);
    this.handing = find(node, "dialog.handing", HTMLDialogElement);
    this.moving = find(node, "dialog.moving", HTMLDialogElement);
    this.placing = findAll(node, "dialog.placing", HTMLDialogElement);
    const handOn = findOptional(node, ".hand-on", HTMLElement);
    this.mayHandOn = handOn !== null;
    handOn?.addEventListener("click", () => this.showHandOn());
    find(node, ".move-form", HTMLElement).addEventListener("click", () => this.showMove());
    findOptional(node, ".point-corners", HTMLElement)?.addEventListener(
      "click", () => this.showCorners(desk.current?.reading.at[0]));
    find(node, ".show-keys", HTMLElement).addEventListener("click", () => this.showHelp());
    this.whenSent(this.handing, () => this.handOn());
    this.whenSent(this.moving, () => this.move());
  }

  /** Whether any is, one of the page around the desk too. */
  get open() {
    return document.querySelector("dialog[open]") !== null;
  }

  showHelp() {
    this.help.showModal();
  }

  showHandOn() {
    this.handing.showModal();
  }

  /** The photo of the page in focus, where a person may place it; else the first such photo.
   *  @param {number | undefined} page
   *  @returns {boolean} whether there is one */
  showCorners(page) {
    const here = this.placing.find((dialog) => Number(data(dialog, "page")) === page);
    const dialog = here ?? this.placing[0];
    if (dialog === undefined) return false;
    dialog.showModal();
    find(dialog, "corner-mode", HTMLElement).focus();
    return true;
  }

  showMove() {
    this.moving.showModal();
  }

  /** What is refused is said in the dialog, which stays open.
   *  @param {HTMLDialogElement} dialog
   *  @param {() => Promise<string | null>} action returns why it was refused */
  whenSent(dialog, action) {
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
      event.preventDefault();
      find(dialog, "button[value=send]", HTMLElement).click();
    });
    dialog.addEventListener("submit", async (event) => {
      if (event.submitter?.getAttribute("value") !== "send") return;
      event.preventDefault();
      const failure = await action();
      if (failure !== null) find(dialog, ".refused", HTMLElement).textContent = failure;
    });
  }

  /** Leave the form to a supervisor: skipping is never silent. */
  async handOn() {
    const reason = find(this.handing, "textarea", HTMLTextAreaElement).value.trim();
    if (reason.length < 3) return this.desk.t("desk.hand_on_short");
    const facts = { reason, expected_version: this.desk.sheet.version };
    return this.desk.sending.post("escalations", facts);
  }

  /** Give the form to the TPS that its head names, or to its own round. */
  async move() {
    const tps = find(this.moving, "input", HTMLInputElement).value;
    const contest = findOptional(this.moving, "select", HTMLSelectElement)?.value ?? "";
    return this.desk.sending.post("move", { readings: this.desk.sheet.readings, tps, contest });
  }
}
