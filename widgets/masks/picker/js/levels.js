// One picture's superpixels at three nested levels: pieces, the coarse groups they lie in, the fine pieces they hold.
// A selection may mix pieces (labels below `count`) and fine pieces (labels from there on). Numbers only.

import { decodeRuns, roundHalfEven } from "./superpixels.js";

export class Levels {
  /** `sums` are the summed R, G, B of each piece, exact; `levels` (or null) the fine pieces and the coarse groups. */
  constructor({ width, height, runs, sums, levels }) {
    this.width = width;
    this.height = height;
    this.count = sums.length;
    this.nested = Boolean(levels);
    this.pieces = decodeRuns(runs, width * height);
    this.fine = levels ? decodeRuns(levels.fine, width * height) : this.pieces;
    this.parents = levels?.parents ?? [...sums.keys()];
    this.groups = levels?.groups ?? null;
    this.sums = [...sums, ...(levels?.fine_sums.slice(sums.length) ?? [])];
    this.areas = new Uint32Array(this.sums.length);
    for (const label of this.pieces) this.areas[label] += 1;
    this.parts = sums.map(() => []);
    for (let label = this.count; label < this.parents.length; label += 1) this.parts[this.parents[label]].push(label);
    for (const label of this.fine) if (label >= this.count) this.areas[label] += 1;
  }

  /** The pieces that can be split. */
  get divisible() {
    return [...this.parts.keys()].filter((piece) => this.parts[piece].length > 0);
  }

  /** The pieces that fine ones among `labels` belong to. */
  splitBy(labels) {
    return labels.filter((label) => label >= this.count).map((label) => this.parents[label]);
  }

  /** The label of each pixel when the pieces `opened` are split. */
  cut(opened) {
    if (opened.size === 0) return this.pieces;
    return this.pieces.map((piece, i) => (opened.has(piece) ? this.fine[i] : piece));
  }

  /** The same pixels in labels of a cut: the fine ones of a piece that is split there. */
  spread(labels, opened) {
    return labels.flatMap((label) => (opened.has(label) ? this.parts[label] : [label]));
  }

  /** The same pixels in as few labels as possible, sorted. */
  normal(labels) {
    const chosen = new Set(labels);
    for (const piece of new Set(this.splitBy(labels))) {
      if (!chosen.has(piece) && !this.parts[piece].every((part) => chosen.has(part))) continue;
      for (const part of this.parts[piece]) chosen.delete(part);
      chosen.add(piece);
    }
    return [...chosen].sort((a, b) => a - b);
  }

  /** All pieces of the coarse group that a label lies in. */
  group(label) {
    const wanted = this.groups?.[this.parents[label]];
    return this.groups ? [...this.groups.keys()].filter((piece) => this.groups[piece] === wanted) : [label];
  }

  /** The colour that fills a selection: of the picked label, else of the ring around it, weighted by area. */
  fillColour(selected, fill) {
    if (fill !== null) return this.#meanColour([fill]);
    const split = new Set(this.splitBy(selected));
    const inside = new Set(selected);
    const shown = (label) => (label >= this.count && !split.has(this.parents[label]) ? this.parents[label] : label);
    const ring = new Set();
    const every = new Set();
    this.#touching().forEach((others, label) => {
      if (others === undefined) return;
      every.add(shown(label));
      if (inside.has(shown(label))) for (const other of others) if (!inside.has(shown(other))) ring.add(shown(other));
    });
    return this.#meanColour(ring.size > 0 ? ring : [...every].filter((label) => !inside.has(label)));
  }

  #meanColour(labels) {
    const total = [0, 0, 0];
    let area = 0;
    for (const label of labels) {
      area += this.areas[label];
      this.sums[label].forEach((sum, channel) => { total[channel] += sum; });
    }
    return total.map((sum) => (area > 0 ? roundHalfEven(sum / area) : 0));
  }

  /** Which labels of the finest level share a pixel edge with each. */
  #touching() {
    if (this.touch) return this.touch;
    this.touch = [];
    const meet = (a, b) => { (this.touch[a] ??= new Set()).add(b); };
    const { fine, width } = this;
    for (let i = 0; i < fine.length; i += 1) {
      this.touch[fine[i]] ??= new Set();
      const right = (i + 1) % width > 0 ? i + 1 : i;
      const below = i + width < fine.length ? i + width : i;
      for (const other of [right, below]) {
        if (fine[other] === fine[i]) continue;
        meet(fine[i], fine[other]);
        meet(fine[other], fine[i]);
      }
    }
    return this.touch;
  }
}
