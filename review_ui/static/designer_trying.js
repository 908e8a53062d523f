// A photo read at once with the draft as it stands: its numbers beside their ink, and the page laid
// flat in place of the blank.

/** @import { Tried } from "./designer_types.js" */
/** @import { FormDesigner } from "./designer.js" */

import { ask } from "./ask.js";
import { find, make } from "./dom.js";

/** The photo is read while one waits, perhaps behind others. */
const PATIENCE_MS = 120_000;

export class Trying {
  busy = false;

  /** @param {FormDesigner} designer */
  constructor(designer) {
    this.designer = designer;
    this.t = designer.t;
    this.input = find(designer, ".try input", HTMLInputElement);
    this.status = find(designer, ".try .status", HTMLElement);
    this.list = find(designer, ".tried", HTMLElement);
    this.flat = find(designer, ".flat", HTMLButtonElement);
    this.input.addEventListener("change", () => this.read());
    this.flat.addEventListener("click", () => this.lay(this.flat.ariaPressed !== "true"));
  }

  async read() {
    const photo = this.input.files?.[0];
    if (photo === undefined || this.busy) return;
    this.busy = true;
    this.say(this.t("designer.trying"), "");
    this.list.replaceChildren();
    const kept = await this.designer.saving.settled();
    const sent = { headers: { "Content-Type": "image/*" }, body: photo };
    const answer = kept
      ? await ask(`${this.designer.saving.url}/try`, sent, { patience: PATIENCE_MS }) : null;
    this.busy = false;
    this.input.value = "";
    if (answer === null) {
      this.say(this.t("designer.not_kept"), "bad");
    } else if (!answer.ok) {
      this.say(answer.body.text ?? this.t("desk.failed"), "bad");
    } else {
      await this.show(answer.body);
    }
  }

  /** @param {Tried} tried */
  async show(tried) {
    if (tried.problem) {
      this.say(`${tried.problem} ${tried.hint}`, "bad");
      return;
    }
    this.say(this.t("designer.tried", { page: tried.page ?? 0, n: tried.fields.length }), "good");
    this.list.replaceChildren(...await Promise.all(tried.fields.map(async (field) => {
      const ink = field.ink === null ? null : await drawn(field.ink, make("canvas", "ink"));
      const sure = `${Math.floor(1000 * field.probability) / 10} %`;
      const row = make("li", field.as_written.includes("?") ? "unsure" : "", make("code", "", field.id),
        ink, make("output", "", field.as_written), make("small", "", sure));
      row.dataset.field = field.id;
      return row;
    })));
    const at = this.designer.body.page.findIndex((page) => page.number === tried.page);
    if (at >= 0) this.designer.turn(at);
    this.flat.hidden = tried.picture === null;
    if (tried.picture !== null) {
      await drawn(tried.picture, this.designer.canvas.tried);
      this.lay(true);
    }
  }

  /** Show the photo in place of the blank, or the blank again.
   *  @param {boolean} on */
  lay(on) {
    this.flat.ariaPressed = String(on);
    this.designer.canvas.tried.hidden = !on;
    this.designer.canvas.picture.hidden = on;
  }

  /** @param {string} text
   *  @param {"" | "bad" | "good"} kind */
  say(text, kind) {
    this.status.className = `status ${kind}`;
    this.status.textContent = text;
  }
}

/** A picture drawn on a canvas: the page may show pictures of this site alone.
 *  @param {string} base64
 *  @param {HTMLCanvasElement} canvas */
async function drawn(base64, canvas) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  return canvas;
}
