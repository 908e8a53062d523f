// Keeps a form with whoever works on it, and gives it back on leaving.

const EVERY = 60_000;

export class Lease {
  /** @param {string} url of the form  @param {() => void} lost when somebody else has it meanwhile */
  constructor(url, lost) {
    this.url = url;
    this.lost = lost;
    this.active = false;
    setInterval(() => this.renew(), EVERY);
    window.addEventListener("pagehide", () => navigator.sendBeacon(`${url}/leave`));
  }

  /** Somebody typed: worth keeping. */
  used() {
    this.active = true;
  }

  async renew() {
    if (!this.active) return;
    this.active = false;
    const answer = await fetch(`${this.url}/lease`, { method: "POST" }).catch((error) => {
      // Without a network nothing is lost: what is typed stays, and sending says so.
      if (error instanceof TypeError) return null;
      throw error;
    });
    if (answer?.status === 409) this.lost();
  }
}
