// The connection: one WebSocket, made again for ever, and closed while nobody looks at the page.
//
// `link.state` is connecting, open, lost or asleep; `wait_s` counts down to the next try, `lost_s` up
// since it is lost. While it is lost, `closed` is why the device has closed it, where it said so;
// `refused` is why the device lets nobody in, as it says so, and `answered` whether it would let us
// in: then something in between keeps the socket back.

const FIRST_S = 0.5;
const LONGEST_S = 10;
const HELD_S = 5; // A connection that held so long was a good one: the next wait is short again.
const OPENING_S = 10; // A try that has led nowhere by then is given up.
const SILENT_S = 15; // After so long without a word, it is asked whether the device still answers.
const UNSEEN_S = 30; // Nobody has looked for so long: the device need not send.

export class Link {
  // `heard(message)` gets {kind, body}, `seen(frame, jpeg)` a camera picture; `changed()` is
  // called when the state is another one.
  constructor({ heard, seen, changed }) {
    Object.assign(this, { heard, seen, changed });
    this.state = "connecting";
    this.socket = null;
    this.tries = 0;
    this.due = 0;
    this.since = 0;
    this.closed = "";
    this.refused = "";
    this.answered = false;
    this.opened = 0;
    this.last = 0;
    this.asked = false;
    this.hidden = 0;
    document.addEventListener("visibilitychange", () => this.looked());
    addEventListener("online", () => this.again());
    setInterval(() => this.tick(), 500);
    this.connect();
  }

  get wait_s() {
    return Math.max(0, this.due - now());
  }

  get lost_s() {
    return this.state === "lost" ? now() - this.since : 0;
  }

  again() {
    if (this.state !== "open") this.connect();
  }

  connect() {
    this.drop();
    const socket = new WebSocket(new URL("live", location.href.replace(/^http/, "ws")));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.due = 0;
    this.opened = this.last = now();
    socket.onopen = () => {
      this.opened = this.last = now();
      this.become("open");
    };
    socket.onmessage = ({ data }) => this.take(data);
    socket.onclose = ({ reason }) => this.lost(reason);
  }

  take(data) {
    this.last = now();
    if (typeof data !== "string") {
      this.seen(new DataView(data).getUint32(0, true), data.slice(4));
      return;
    }
    this.heard(JSON.parse(data));
  }

  lost(why = "") {
    const held = this.state === "open" && now() - this.opened > HELD_S;
    this.tries = held ? 0 : this.tries + 1;
    const longest = Math.min(LONGEST_S, FIRST_S * 2 ** this.tries);
    this.drop();
    this.due = now() + longest * (0.75 + 0.25 * Math.random());
    this.become("lost", why);
    this.inquire();
  }

  // A socket does not tell why it was refused: what is asked at the same place without one does.
  async inquire() {
    const [status, said] = await this.ask("live");
    this.answered = status === 400; // What is missing is the socket.
    this.refused = status === 403 || status === 503 ? said : "";
  }

  // The status and the words of an answer, null where there is none; a 401 leads to the token form.
  async ask(path) {
    try {
      const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (answer.status === 401) location.replace("./?over");
      // A page in its place is by somebody in between.
      const plain = answer.headers.get("Content-Type")?.startsWith("text/plain");
      if (!plain) await answer.body?.cancel();
      return [answer.status, plain ? (await answer.text()).trim().slice(0, 200) : ""];
    } catch {
      return [null, ""];
    }
  }

  // The other end may be gone without a word, as when a phone leaves the network.
  async prove() {
    const { socket } = this;
    this.asked = true;
    const [there] = await this.ask("./");
    this.asked = false;
    if (socket !== this.socket) return;
    if (there) this.last = now();
    else this.lost();
  }

  tick() {
    if (document.hidden && this.hidden && now() - this.hidden > UNSEEN_S) {
      this.drop();
      this.become("asleep");
    } else if (this.state === "lost" && this.due && this.wait_s === 0) {
      this.connect();
    } else if (this.state === "open") {
      if (now() - this.last > SILENT_S && !this.asked) this.prove();
    } else if (this.socket && now() - this.opened > OPENING_S) {
      this.lost();
    }
  }

  looked() {
    this.hidden = document.hidden ? now() : 0;
    if (!document.hidden) this.again();
  }

  drop() {
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  become(state, why = "") {
    if (state === this.state) return;
    this.state = state;
    this.since = now();
    this.closed = why;
    this.refused = "";
    this.answered = false;
    this.changed();
  }
}

function now() {
  return performance.now() / 1000;
}
