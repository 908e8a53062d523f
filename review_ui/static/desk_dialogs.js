// The dialogs of the desk: its keys, handing a form on, and moving it to another TPS.

export class Dialogs {
  /** @param desk the review desk */
  constructor(desk) {
    this.desk = desk;
    [this.help, this.handing, this.moving] = ["help", "handing", "moving"].map(
      (name) => desk.querySelector(`dialog.${name}`));
    this.placing = [...desk.querySelectorAll("dialog.placing")];
    const handOn = desk.querySelector(".hand-on");
    this.mayHandOn = handOn !== null;
    handOn?.addEventListener("click", () => this.showHandOn());
    desk.querySelector(".move-form").addEventListener("click", () => this.showMove());
    desk.querySelector(".show-keys").addEventListener("click", () => this.showHelp());
    this.handing.addEventListener("submit", (event) => this.send(event, () => this.handOn()));
    this.moving.addEventListener("submit", (event) => this.send(event, () => this.move()));
  }

  get open() {
    return [this.help, this.handing, this.moving, ...this.placing].some((dialog) => dialog.open);
  }

  showHelp() {
    this.help.showModal();
  }

  showHandOn() {
    this.handing.showModal();
  }

  /** The photo of the page in focus, where a person may place it; else the first such photo. */
  showCorners(page) {
    const dialog = this.placing.find(({ dataset }) => Number(dataset.page) === page)
      ?? this.placing[0];
    dialog?.showModal();
    dialog?.querySelector("corner-mode").focus();
    return dialog !== undefined;
  }

  showMove() {
    this.moving.showModal();
  }

  /** What is refused is said in the dialog, which stays open. */
  async send(event, action) {
    if (event.submitter?.value !== "send") return;
    event.preventDefault();
    const failure = await action();
    if (failure !== null) event.target.querySelector(".refused").textContent = failure;
  }

  /** Leave the form to a supervisor: skipping is never silent. */
  async handOn() {
    const reason = this.handing.querySelector("textarea").value.trim();
    if (reason.length < 3) return this.desk.t("desk.hand_on_short");
    const facts = { reason, expected_version: this.desk.sheet.version };
    return this.desk.sending.post("escalations", facts);
  }

  /** Give the form to the TPS that its head names. */
  async move() {
    return this.desk.sending.post("move", { tps: this.moving.querySelector("input").value });
  }
}
