// On this channel every tab hears that something has changed in the store of the phone.

const NAME = "phone";
const here = new EventTarget();

/** Browsers of before 2022 have no BroadcastChannel: there this page alone hears of it. */
class HereAlone extends EventTarget {
  constructor() {
    super();
    here.addEventListener("message", () => this.dispatchEvent(new Event("message")));
  }

  postMessage() {
    here.dispatchEvent(new Event("message"));
  }

  close() {}
}

/** @returns {BroadcastChannel | HereAlone} */
export function openChannel() {
  return typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : new HereAlone();
}
