// What the browser knows about one picture's superpixels: which pixel belongs to which, where they touch,
// how they are drawn. Numbers only; nothing here draws or listens.

/** Bytes of a base64 text. */
export function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Undo widgets.picker.payload.runs: pairs (value, length) of little-endian uint16, row after row. */
export function decodeRuns(base64, size) {
  const bytes = bytesOf(base64);
  const view = new DataView(bytes.buffer);
  const values = new Uint16Array(size);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 4) {
    const end = at + view.getUint16(i + 2, true);
    values.fill(view.getUint16(i, true), at, end);
    at = end;
  }
  if (at !== size) throw new Error(`label map holds ${at} pixels, not ${size}`);
  return values;
}

/** Round to the nearest whole number, halves to the even one, as NumPy does. */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

export class SuperpixelMap {
  /** The cut of a picture's `levels` in which the pieces `opened` are split; labels that it lacks have no outline. */
  constructor(levels, opened = new Set()) {
    this.levels = levels;
    this.opened = opened;
    this.width = levels.width;
    this.height = levels.height;
    this.labels = levels.cut(opened);
    this.areas = levels.areas;
    this.present = [...levels.areas.keys()].filter((label) => (
      label < levels.count ? !opened.has(label) : opened.has(levels.parents[label])));
    this.count = this.present.length;
    this.points = this.#innerPoints();
    this.outlines = this.#outlines();
  }

  /** The superpixel under a point in picture coordinates, or null outside the picture. */
  at({ x, y }) {
    const column = Math.floor(x);
    const row = Math.floor(y);
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return null;
    return this.labels[row * this.width + column];
  }

  /** All superpixels on the straight way between two points, so that a fast stroke skips none. */
  between(from, to) {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y)));
    const met = new Set();
    for (let i = 0; i <= steps; i += 1) {
      const label = this.at({ x: from.x + ((to.x - from.x) * i) / steps, y: from.y + ((to.y - from.y) * i) / steps });
      if (label !== null) met.add(label);
    }
    return met;
  }

  /** Superpixels with at least half of their pixels inside a region (one 0/1 value a pixel). */
  mostlyInside(region) {
    const inside = new Uint32Array(this.areas.length);
    this.labels.forEach((label, i) => { inside[label] += region[i]; });
    return this.present.filter((label) => inside[label] * 2 >= this.areas[label] && inside[label] > 0);
  }

  /** The next superpixel in a direction (dx, dy), judged by inner points; the same one when there is none. */
  step(label, dx, dy) {
    const from = this.points[label];
    let best = label;
    let cost = Infinity;
    this.points.forEach((to, other) => {
      const along = (to.x - from.x) * dx + (to.y - from.y) * dy;
      const across = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
      if (other !== label && along > 0 && along + 2 * across < cost) {
        cost = along + 2 * across;
        best = other;
      }
    });
    return best;
  }

  /** Where a superpixel lies and how large it is, in words. */
  describe(label) {
    const { x, y } = this.points[label];
    const rows = ["top", "middle", "bottom"];
    const columns = ["left", "centre", "right"];
    const row = rows[Math.min(2, Math.floor((3 * y) / this.height))];
    const column = columns[Math.min(2, Math.floor((3 * x) / this.width))];
    const share = (100 * this.areas[label]) / (this.width * this.height);
    const place = `superpixel ${this.present.indexOf(label) + 1} of ${this.count}`;
    return `${place}, ${row} ${column}, ${share.toFixed(0)} % of the picture`;
  }

  /** For each superpixel the one of its own pixels that lies nearest to its centre of gravity. */
  #innerPoints() {
    const centres = [];
    for (const label of this.present) centres[label] = { x: 0, y: 0 };
    this.labels.forEach((label, i) => {
      centres[label].x += (i % this.width) / this.areas[label];
      centres[label].y += Math.floor(i / this.width) / this.areas[label];
    });
    const points = centres.map(() => ({ x: 0, y: 0, off: Infinity }));
    this.labels.forEach((label, i) => {
      const x = i % this.width;
      const y = Math.floor(i / this.width);
      const off = (x - centres[label].x) ** 2 + (y - centres[label].y) ** 2;
      if (off < points[label].off) points[label] = { x: x + 0.5, y: y + 0.5, off };
    });
    return points;
  }

  /** One Path2D for each superpixel, along the pixel edges where another one (or nothing) lies beyond. */
  #outlines() {
    const edges = [];
    for (const label of this.present) edges[label] = new Map();
    const stride = this.width + 1;
    const beyond = (x, y, label) => x < 0 || y < 0 || x >= this.width || y >= this.height
      || this.labels[y * this.width + x] !== label;
    this.labels.forEach((label, i) => {
      const x = i % this.width;
      const y = Math.floor(i / this.width);
      const corner = y * stride + x;
      const add = (from, to) => edges[label].set(from, [...(edges[label].get(from) ?? []), to]);
      if (beyond(x, y - 1, label)) add(corner, corner + 1);
      if (beyond(x + 1, y, label)) add(corner + 1, corner + 1 + stride);
      if (beyond(x, y + 1, label)) add(corner + 1 + stride, corner + stride);
      if (beyond(x - 1, y, label)) add(corner + stride, corner);
    });
    return edges.map((own) => softened(loops(own), stride));
  }
}

/** Directed edges (from corner → corners) joined into closed loops of corners. */
function loops(edges) {
  const found = [];
  for (const [first] of edges) {
    while (edges.get(first)?.length) {
      const loop = [];
      for (let corner = first; edges.get(corner)?.length; corner = edges.get(corner).pop()) loop.push(corner);
      found.push(loop);
    }
  }
  return found;
}

/** Loops as curves through the middles of their edges: pixel stairs look like a line, hits stay exact. */
function softened(found, stride) {
  const path = new Path2D();
  const at = (corner) => [corner % stride, Math.floor(corner / stride)];
  for (const loop of found) {
    const middle = (i) => {
      const [[ax, ay], [bx, by]] = [at(loop[i % loop.length]), at(loop[(i + 1) % loop.length])];
      return [(ax + bx) / 2, (ay + by) / 2];
    };
    path.moveTo(...middle(0));
    for (let i = 1; i <= loop.length; i += 1) path.quadraticCurveTo(...at(loop[i % loop.length]), ...middle(i));
    path.closePath();
  }
  return path;
}
