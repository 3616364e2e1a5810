// One proposal on the table: its picture, its superpixels and which of them are marked. Draws and tells what is clicked.

import { Levels } from "./levels.js";
import { SuperpixelMap } from "./superpixels.js";

const LINE = { edge: "#f0e442", hover: "#ffffff", grid: "rgba(255, 255, 255, 0.5)" };

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export class Tile {
  /** `act` is told: `pick(label, alone)` of a superpixel, `judge(what)` and `focus(box)`. */
  constructor(data, act) {
    this.data = data;
    this.act = act;
    this.labels = [];
    this.hovered = null;
    this.box = element("div", "tile");
    this.box.tabIndex = -1;
    this.box.dataset.image = data.image;
    this.box.setAttribute("role", "option");
    this.canvas = element("canvas");
    this.canvas.style[data.width < data.height ? "height" : "width"] = "100%";
    this.canvas.style.aspectRatio = `${data.width} / ${data.height}`;
    const frame = element("div", "frame");
    frame.append(this.canvas);
    this.box.append(frame, this.#line(), this.#verdicts());
    this.box.addEventListener("focus", () => act.focus(this.box));
    this.#load();
    this.#listen();
  }

  /** Show these superpixels and this verdict. */
  show(labels, verdict, words) {
    this.labels = labels;
    this.box.dataset.verdict = verdict;
    this.box.dataset.labels = String(labels);
    this.box.setAttribute("aria-label", `${this.data.name}, ${labels.length} superpixels, ${words}`);
    this.box.setAttribute("aria-selected", String(verdict === "accept"));
    this.draw();
  }

  draw() {
    if (!this.map) return;
    const pen = this.canvas.getContext("2d");
    const scale = this.canvas.width / this.data.width;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.drawImage(this.photo, 0, 0, this.data.width, this.data.height);
    const unit = (window.devicePixelRatio || 1) / scale;
    if (this.hovered !== null) for (const path of this.map.outlines) this.#stroke(pen, path, LINE.grid, 0.8 * unit);
    for (const label of this.labels) {
      pen.fillStyle = "rgba(0, 114, 178, 0.35)";
      pen.fill(this.map.outlines[label]);
      this.#stroke(pen, this.map.outlines[label], LINE.edge, 2 * unit);
    }
    if (this.hovered !== null) this.#stroke(pen, this.map.outlines[this.hovered], LINE.hover, 2.2 * unit);
  }

  #stroke(pen, path, style, width) {
    pen.strokeStyle = style;
    pen.lineWidth = width;
    pen.stroke(path);
  }

  #line() {
    const line = element("div", "line");
    line.append(element("span", "name", this.data.name), element("span", "quiet", this.data.chance));
    return line;
  }

  #verdicts() {
    const row = element("div", "verdict");
    for (const [what, label] of [["accept", "Accept"], ["reject", "Reject"], ["fix", "Open"]]) {
      const button = element("button", what, label);
      button.type = "button";
      button.tabIndex = -1;
      button.setAttribute("aria-label", `${label} ${this.data.name}`);
      button.addEventListener("click", () => this.act.judge(what));
      row.append(button);
    }
    return row;
  }

  #load() {
    this.photo = new Image();
    this.photo.onload = () => {
      const dense = window.devicePixelRatio || 1;
      this.canvas.width = Math.round((this.canvas.clientWidth || this.data.width) * dense);
      this.canvas.height = Math.round((this.canvas.width * this.data.height) / this.data.width);
      this.map = new SuperpixelMap(new Levels({ ...this.data, sums: this.data.ranked.map(() => [0, 0, 0]) }));
      this.box.dataset.ready = "true";
      this.box.dataset.points = JSON.stringify(this.map.points.map(({ x, y }) =>
        [x / this.data.width, y / this.data.height]));
      this.draw();
    };
    this.photo.src = this.data.src;
  }

  #listen() {
    const over = (label) => {
      if (label === this.hovered) return;
      this.hovered = label;
      this.draw();
    };
    this.canvas.addEventListener("pointermove", (event) => over(this.#at(event)));
    this.canvas.addEventListener("pointerleave", () => over(null));
    this.canvas.addEventListener("click", (event) => {
      const label = this.#at(event);
      this.box.focus({ preventScroll: true });
      if (label !== null) this.act.pick(label, event.shiftKey);
    });
  }

  #at({ clientX, clientY }) {
    if (!this.map) return null;
    const box = this.canvas.getBoundingClientRect();
    return this.map.at({ x: ((clientX - box.left) * this.data.width) / box.width,
      y: ((clientY - box.top) * this.data.height) / box.height });
  }
}
