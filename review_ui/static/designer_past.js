// What was done to a draft: every body it had, to go back to and forth again.

/** @import { Body } from "./designer_types.js" */

const MOST = 200;

export class Past {
  /** @type {Body[]} */
  before = [];
  /** @type {Body[]} */
  after = [];

  /** @param {Body} body as it was before a change */
  remember(body) {
    this.before = [...this.before.slice(1 - MOST), body];
    this.after = [];
  }

  /** @param {Body} now
   *  @returns {Body} as it was before, or as it is where nothing was done */
  back(now) {
    const found = this.before.pop();
    if (found === undefined) return now;
    this.after.push(now);
    return found;
  }

  /** @param {Body} now
   *  @returns {Body} as it was before `back` */
  forth(now) {
    const found = this.after.pop();
    if (found === undefined) return now;
    this.before.push(now);
    return found;
  }
}
