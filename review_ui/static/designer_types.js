// The shapes that the designer's modules share: comments alone, which no browser loads. They are those of
// a form file (docs/forms.md).

/** A rectangle in millimetres: left, top, width, height.
 *  @typedef {[number, number, number, number]} Rect */

/** @typedef {{area: Rect, rows: number, columns: number}} Grid */

/** One number of the form, as its file has it.
 *  @typedef {object} Field
 *  @property {string} id
 *  @property {string} label
 *  @property {string} role
 *  @property {Rect[]} digit_boxes leftmost first
 *  @property {boolean} [guides]
 *  @property {number} [box_stroke]
 *  @property {number} [box_grey]
 *  @property {{diameter: number, x: number[], y: number[]}} [bubbles]
 *  @property {Grid} [tally]
 *  @property {Grid} [row_sums]
 *  @property {Rect} [words] */

/** @typedef {object} Page
 *  @property {number} number
 *  @property {[number, number]} size_mm
 *  @property {Field[]} field
 *  @property {Rect} [header]
 *  @property {Rect[]} [titles]
 *  @property {Rect[]} [private]
 *  @property {{dictionary: string, id: number, rect: Rect, turns?: number}} [tag] */

/** A sum of fields and its right side.
 *  @typedef {object} RuleEntry
 *  @property {string} id
 *  @property {string[]} sum
 *  @property {string | number} [equals]
 *  @property {string | number} [at_most]
 *  @property {number} [reserve_rate]
 *  @property {string} [severity] */

/** @typedef {object} Body
 *  @property {string} id
 *  @property {string} title
 *  @property {number} year
 *  @property {number} version
 *  @property {boolean} [reference_layout]
 *  @property {RuleEntry[]} [rule]
 *  @property {Page[]} page */

/** @typedef {"box" | "tally" | "row_sums" | "words" | "bubbles" | "private" | "header" | "title" | "tag"} Kind */

/** One place of a page: of which kind, of which number of the page, and which of several.
 *  @typedef {object} Place
 *  @property {Kind} kind
 *  @property {number} field index within the page, -1 for a place of no number
 *  @property {number} index
 *  @property {Rect} rect */

/** What is wrong with a draft, as api/drafts.py tells it.
 *  @typedef {object} Fault
 *  @property {string} text
 *  @property {string} detail
 *  @property {(string | number)[]} key
 *  @property {number | null} page
 *  @property {Rect[]} places
 *  @property {string[]} names */

/** A draft as it was opened.
 *  @typedef {object} DraftFacts
 *  @property {string} id
 *  @property {number} revision
 *  @property {Body} body
 *  @property {Fault[]} faults
 *  @property {Record<string, string>} known names of numbers on other forms, with a label of each */

/** What a photo said.
 *  @typedef {object} Tried
 *  @property {number | null} page
 *  @property {{id: string, label: string, as_written: string, probability: number, ink: string | null}[]} fields
 *  @property {string | null} picture
 *  @property {string} problem
 *  @property {string} hint */

export {};
