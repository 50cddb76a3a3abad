// The camera's picture, where the config lets it out: the newest one that is decoded.

const CURRENT_MS = 4000; // An older one is none.

export class Picture {
  // `came()` is called when there is another one.
  constructor(came) {
    this.came = came;
    this.newest = null; // { frame, image, at }
    this.waiting = null;
    this.decoding = false;
  }

  // One is decoded at a time, and of those that wait the newest comes next.
  async take(frame, jpeg) {
    this.waiting = { frame, jpeg };
    if (this.decoding) return;
    this.decoding = true;
    while (this.waiting) {
      const next = this.waiting;
      this.waiting = null;
      try {
        const image = await createImageBitmap(new Blob([next.jpeg], { type: "image/jpeg" }));
        this.newest?.image.close();
        this.newest = { frame: next.frame, image, at: performance.now() };
        this.came();
      } catch {
        // A damaged one is left out; the next one comes.
      }
    }
    this.decoding = false;
  }

  get current() {
    return this.newest && performance.now() - this.newest.at < CURRENT_MS ? this.newest : null;
  }

  drop() {
    this.newest?.image.close();
    this.newest = this.waiting = null;
  }
}
