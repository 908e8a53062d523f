// The shapes that modules share, for the checker and the reader: comments alone, which no browser
// loads. `Sheet` and what it holds is made by api/sheet_data.py.

/** A glyph that a box may hold, and its probability.
 *  @typedef {[glyph: string, probability: number]} Alternative */

/** Page of a number, then where its boxes lie on it, as shares of the page.
 *  @typedef {[page: number, left: number, top: number, width: number, height: number]} Place */

/** One number as this person first sees it.
 *  @typedef {object} Reading
 *  @property {string} label short name
 *  @property {string} as_written one glyph a box; "?" for a box that arrives empty
 *  @property {boolean} blind whether it is to be read without knowing what the machine read
 *  @property {Place} at
 *  @property {boolean} doubtful whether a person must confirm it by itself
 *  @property {number} needed the probability from which a box is sure
 *  @property {Alternative[][]} boxes what the machine read, by box, most likely first */

/** @typedef {"hard" | "warn"} Severity */
/** @typedef {"equals" | "at_most"} Relation */
/** @typedef {"holds" | "broken" | "unknown"} Outcome */

/** A rule of the form: its terms, with a reserve where there is a rate, equal the target or are at
 *  most the target. Where no field is the target a constant is.
 *  @typedef {object} Rule
 *  @property {string} id
 *  @property {Severity} severity
 *  @property {Relation} relation
 *  @property {string | null} target
 *  @property {number | null} constant
 *  @property {number | null} reserve_rate
 *  @property {string[]} terms
 *  @property {string[]} fields */

/** The most that one number of this TPS may be.
 *  @typedef {object} Limit
 *  @property {string} rule
 *  @property {number} most
 *  @property {string} field */

/** What keeps two drafts apart.
 *  @typedef {object} SheetKey
 *  @property {string} reader id of this person's account
 *  @property {string} key contest, TPS and form
 *  @property {number} version of the latest tally, 0 for none
 *  @property {string[]} readings ids of the readings on the screen
 *  @property {string} arrived the numbers as they arrived, and who had read before */

/** What is on the desk.
 *  @typedef {object} SheetFacts
 *  @property {boolean} ask_tps whether the number of the TPS is typed from the head of the form
 *  @property {string[]} earlier what others verified of it that no tally has settled, by id
 *  @property {string} shown stands for what is shown, doubts among it; sent back as it came
 *  @property {Rule[]} rules
 *  @property {Limit[]} limits
 *  @property {Record<string, string>} labels short names by field id
 *  @property {Record<string, Reading>} fields the numbers by field id */

/** @typedef {Omit<SheetKey, "arrived"> & SheetFacts} Sheet */

/** A number spelled from glyphs; without a value the problem says why.
 *  @typedef {{value: number | null, problem: string | null}} Spelled */

/** Numbers by field id; null where there is none yet.
 *  @typedef {Record<string, number | null>} Values */

/** What became of a rule or a limit: both sides and the terms. A side that is null is unknown.
 *  @typedef {object} Check
 *  @property {string} rule
 *  @property {Severity} severity
 *  @property {Relation} relation
 *  @property {string[]} fields
 *  @property {Outcome} outcome
 *  @property {number | null} left
 *  @property {number | null} right
 *  @property {(number | null)[]} parts */

/** What a person made of one number.
 *  @typedef {object} RowDraft
 *  @property {string[]} glyphs one a box, "" for an empty one
 *  @property {boolean} touched
 *  @property {boolean} confirmed
 *  @property {boolean} doubtful whether it was in doubt then
 *  @property {string} note */

/** What was typed and not yet sent. Without a `client` it is a new attempt.
 *  @typedef {object} Draft
 *  @property {string} [client]
 *  @property {string} [tps_number]
 *  @property {string[]} acknowledged rules
 *  @property {Record<string, RowDraft>} rows by field id */

/** A text by its key, with its numbers put in.
 *  @callback Words
 *  @param {string} key
 *  @param {Record<string, string | number | null>} [numbers]
 *  @returns {string} */

/** What the server says when it refuses.
 *  @typedef {{code?: string, text?: string, message?: string}} Refusal */

/** What is to be said of a photo before it is sent. The server words its own advice; what this phone
 *  found by itself is worded by its code. `form_title` and `page` are known once the server saw it.
 *  @typedef {object} Advice
 *  @property {string} code
 *  @property {boolean} good whether nothing speaks against sending it
 *  @property {string} [text]
 *  @property {string} [hint]
 *  @property {string | null} [form_title]
 *  @property {number | null} [page]
 *  @property {Record<string, number>} [numbers] */

/** A photo on this phone, without its bytes.
 *  @typedef {object} PhonePhoto
 *  @property {string} key made once: the server takes one photo a key, however often it is sent
 *  @property {string} name of the file
 *  @property {number} size in bytes
 *  @property {string | null} sha256 null where the browser has no crypto.subtle
 *  @property {string} account who took it
 *  @property {string | null} tps of that account, or as typed
 *  @property {string | null} contest
 *  @property {number} at when, in milliseconds
 *  @property {"new" | "held" | "waiting" | "sent" | "refused"} state kept but not looked at; waiting
 *    for a person to decide; waiting to be sent; whole on the server; refused by it for good
 *  @property {number} width in pixels, 0 where this phone cannot show it
 *  @property {number} height
 *  @property {boolean} preview whether the server should see a small picture of it first
 *  @property {Advice | null} advice
 *  @property {boolean} insisted whether it is to be sent whatever the advice
 *  @property {string | null} location of what was begun
 *  @property {number} offset bytes that the server is known to have
 *  @property {string} refusal why the server refused it
 *  @property {string | null} receipt its address */

/** What is to be said and what to do about it.
 *  @typedef {{text: string, hint: string}} Told */

/** A photo on the server, as api/phone_view.py tells it.
 *  @typedef {object} SentPhoto
 *  @property {string} upload
 *  @property {string} photo its SHA-256
 *  @property {string} url of its receipt
 *  @property {string} at
 *  @property {string} file_name
 *  @property {string} form_title
 *  @property {number | null} page
 *  @property {number | null} version the how-manieth photo of this page
 *  @property {string} state
 *  @property {string} state_text
 *  @property {boolean} read whether a machine could read it
 *  @property {boolean} waiting whether none has tried yet
 *  @property {Told | null} problem
 *  @property {Told[]} doubts
 *  @property {number} numbers how many were read */

/** A form that may be written at the TPS, and what has arrived of each page.
 *  @typedef {object} ListedForm
 *  @property {string} round its contest and round, empty for the first round
 *  @property {string} form_title
 *  @property {{page: number, state: "missing" | "doubtful" | "good"}[]} pages */

/** Everything the server tells a phone.
 *  @typedef {object} ServerList
 *  @property {string} account
 *  @property {string | null} tps
 *  @property {SentPhoto[]} photos the newest first, and not all where they are many
 *  @property {string[]} gone addresses of receipts that it was asked after and does not have
 *  @property {ListedForm[]} checklist */

export {};
