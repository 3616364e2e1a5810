// What is marked on one picture, in superpixels of three levels, with every step back. Draws and listens to nothing.

import { History } from "./history.js";
import { Levels } from "./levels.js";
import { SuperpixelMap, decodeRuns } from "./superpixels.js";

export const LEVELS = ["coarse", "medium", "fine"];

export class Marking {
  /** `level` is the one to mark at; `state` the mask to begin with. */
  constructor({ levels, map }, state, level) {
    this.levels = levels;
    this.map = map;
    this.level = level;
    this.opened = new Set();
    this.history = new History(state);
  }

  /** The coarse and fine superpixels have come. */
  deepen(data) {
    this.levels = new Levels(data);
    this.map = null;
  }

  setLevel(level) {
    this.level = level;
    this.opened.clear();
  }

  /** The pixels of a free-hand mask, one 0/1 value each. */
  region() {
    return decodeRuns(this.history.now.region, this.levels.width * this.levels.height);
  }

  /** The mask as superpixels: a free-hand one gives way to the superpixels it mostly covers. */
  base() {
    const { now } = this.history;
    if (now.region === null) return now;
    return { selected: this.levels.normal(this.map.mostlyInside(this.region())), fill: null, region: null };
  }

  /** Labels as the map on the screen has them: fine ones where a superpixel is split. */
  shown(labels) {
    return this.levels.spread(labels, this.map.opened);
  }

  holds(label) {
    return this.shown(this.base().selected).includes(label);
  }

  /** What a click on a superpixel covers: at the coarse level its whole group. */
  covered(label) {
    if (label === null) return [];
    return this.level === "coarse" ? this.shown(this.levels.group(label)) : [label];
  }

  /** Add superpixels (or take them away) within the stroke; "changed", "same", or "none left" to fill from. */
  apply(labels, adding) {
    const base = this.base();
    const chosen = new Set(this.shown(base.selected));
    for (const label of [...labels].flatMap((each) => this.covered(each))) {
      if (adding) chosen.add(label);
      else chosen.delete(label);
    }
    const selected = this.levels.normal([...chosen]);
    if (String(selected) === String(base.selected) && base === this.history.now) return "same";
    if (chosen.size === this.map.count) return "none left";
    const overlaps = base.fill !== null && this.shown([base.fill]).some((label) => chosen.has(label));
    const fill = overlaps || chosen.size === 0 ? null : base.fill;
    this.history.during({ selected, fill, region: null });
    return "changed";
  }

  /** Take the colour of a superpixel outside the mask, or no longer; what came of it. */
  pick(label) {
    const base = this.base();
    if (label === null || base.selected.length === 0) return "nothing to fill";
    if (this.holds(label)) return "inside";
    const off = base.fill === label;
    this.history.change({ ...base, fill: off ? null : label });
    return off ? "off" : "on";
  }

  /** Split a superpixel for marking; false when it is as small as it gets. */
  split(label) {
    const piece = this.levels.parents[label];
    if (this.levels.parts[piece].length === 0 || this.map?.opened.has(piece)) return false;
    if (this.level === "coarse") this.level = "medium";
    this.opened.add(piece);
    return true;
  }

  /** Cut the map anew when other superpixels are to be split; whether it was. */
  cut() {
    const { selected, fill } = this.history.now;
    const needed = this.levels.splitBy([...selected, ...(fill === null ? [] : [fill])]);
    const opened = new Set(this.level === "fine" ? this.levels.divisible : [...this.opened, ...needed]);
    const same = this.map && opened.size === this.map.opened.size
      && [...opened].every((piece) => this.map.opened.has(piece));
    if (!same) this.map = new SuperpixelMap(this.levels, opened);
    return !same;
  }

  /** The colour behind the mask; `stored` is that of a free-hand one. */
  colour(stored) {
    const { selected, fill, region } = this.history.now;
    return region === null ? this.levels.fillColour(selected, fill) : stored ?? [128, 128, 128];
  }

  /** Tells for a pixel whether it is masked. */
  inside() {
    const { selected, region } = this.history.now;
    if (region !== null) {
      const pixels = this.region();
      return (i) => pixels[i] === 1;
    }
    const chosen = new Set(this.shown(selected));
    return (i) => chosen.has(this.map.labels[i]);
  }
}
