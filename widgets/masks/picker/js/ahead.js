// From picture to picture: the next one is decoded and cut while the person looks at this one, and shown at once.

import { Levels } from "./levels.js";
import { SuperpixelMap } from "./superpixels.js";

const SAID = { next: "Next picture.", previous: "Previous picture.", skip: "Skipped." };

/** What is drawn of a picture; `onLoad(drawn)` is called once, with `photo` as a decoded image element. */
export function drawn(data, onLoad) {
  const levels = new Levels(data);
  const photo = new Image();
  photo.onload = () => onLoad({ canvas: data.canvas, levels, map: new SuperpixelMap(levels), photo });
  photo.src = `data:image/jpeg;base64,${data.jpeg}`;
}

export class Ahead {
  constructor(picker) {
    this.picker = picker;
    this.picture = null;
    this.wanted = null;
    this.jump = null; // number of the command whose picture is shown already
    this.deferred = null; // where to go once that is confirmed
  }

  /** Prepare this picture in a quiet moment; null when the server has none to offer. */
  prepare(data) {
    if (!data || this.wanted === data.canvas) return;
    this.wanted = data.canvas;
    setTimeout(() => {
      if (this.wanted === data.canvas) drawn(data, (picture) => { this.picture = picture; });
    });
  }

  /** What was prepared for a canvas, once. */
  take(canvas) {
    const { picture } = this;
    if (picture?.canvas !== canvas) return null;
    this.picture = null;
    this.wanted = null;
    return picture;
  }

  /** Is the picture on the screen not yet the server's? */
  unconfirmed() {
    if (this.jump !== null && !this.picker.outbox.entries.some((entry) => entry.seq === this.jump)) this.jump = null;
    return this.jump !== null;
  }

  /** Go to the "next" or "previous" picture, or "skip" this one. */
  go(to) {
    const { picker } = this;
    if (!picker.ready() || !picker.data.can[to]) return;
    if (this.unconfirmed()) {
      this.deferred = to;
      picker.waiting = true;
      picker.refresh();
      return;
    }
    const next = to === "previous" ? null : picker.data.ahead;
    picker.command({ kind: "go", to, image: picker.data.image, ...(next && { shown: next.image }) });
    picker.say(SAID[to]);
    if (next) this.#jumpTo(next, to);
  }

  /** A step that was wished for before the picture on the screen was confirmed. */
  goOn(fresh) {
    const { deferred } = this;
    this.deferred = null;
    if (deferred !== null && !fresh) this.go(deferred);
  }

  /** Show the picture that the server will show next, before it says so. */
  #jumpTo(next, to) {
    const { picker } = this;
    this.jump = picker.outbox.last;
    picker.waiting = false;
    const can = { next: true, previous: true, skip: next.version === 0 };
    picker.data = { ...picker.data, ...next, can, ahead: null, strip: this.#strip(next.image, to) };
    picker.panel.strip(picker.data.strip);
    picker.outbox.await(false);
    picker.show(picker.data);
  }

  /** The strip as it will be once the step is confirmed. */
  #strip(image, to) {
    const { now } = this.picker.history;
    const masked = !this.picker.proposed && (now.selected.length > 0 || now.region !== null);
    const left = masked ? "masked" : to === "skip" ? "skipped" : null;
    return (this.picker.data.strip ?? []).map((picture) => ({
      ...picture,
      now: picture.image === image,
      state: picture.now && left ? left : picture.state,
    }));
  }
}
