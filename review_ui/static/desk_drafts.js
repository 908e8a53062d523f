// Nothing typed is lost: what stands on the desk is kept as a draft, and found again.

/** @import { Desk } from "./desk.js" */
/** @import { Draft, SheetKey } from "./types.js" */

import { find } from "./dom.js";
import { loadDraft, removeDraft, saveDraft } from "./draft.js";

export class Drafts {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** @returns {Draft} */
  get draft() {
    const { desk } = this;
    return {
      client: desk.client,
      tps_number: desk.tpsNumber?.value ?? "",
      acknowledged: [...desk.acknowledging.rules],
      rows: Object.fromEntries(desk.rows.map((row) => [row.id, row.draft])),
    };
  }

  /** What a draft is kept under.
   *  @returns {SheetKey} */
  get key() {
    const { reader, key, version, readings, earlier, fields } = this.desk.sheet;
    const numbers = Object.entries(fields).map(
      ([id, { as_written, blind }]) => (blind ? id : `${id}=${as_written}`));
    return { reader, key, version, readings, arrived: [...numbers, ...earlier].join(" ") };
  }

  /** Whether nothing was done to the form. */
  get empty() {
    const { rows, tpsNumber, acknowledging } = this.desk;
    return !rows.some((row) => row.touched || row.confirmed || row.note)
      && !tpsNumber?.value && acknowledging.rules.size === 0;
  }

  /** As it stands now: what was taken back must not come again. */
  keep() {
    if (this.desk.sending.done) return;
    if (this.empty) removeDraft(this.key);
    else saveDraft(this.key, this.draft);
  }

  restore() {
    const { desk } = this;
    const draft = loadDraft(this.key);
    if (draft === null) return;
    desk.client = draft.client ?? desk.client;
    for (const row of desk.rows) {
      if (draft.rows[row.id]) row.restore(draft.rows[row.id]);
      row.known = row.draft;
    }
    desk.acknowledging.rules = new Set(draft.acknowledged);
    if (desk.tpsNumber) desk.tpsNumber.value = draft.tps_number ?? "";
    find(desk.node, ".restored", HTMLElement).hidden = false;
  }
}
