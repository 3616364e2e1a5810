// What a click does instead of painting (pick the fill colour, split a superpixel), and the level that is marked at.

import { LEVELS } from "./marking.js";

const PICKED = {
  "nothing to fill": "Choose the superpixels of the concept first, then the one whose colour fills them.",
  inside: "That superpixel is part of the mask; pick one outside it.",
  off: "Filled from the surroundings.",
  on: "Fill colour picked.",
};

export class Tools {
  constructor(picker) {
    this.picker = picker;
    this.active = null; // "fill" or "divide": what the next click does
    this.level = "medium";
    this.wish = null; // a level, or a superpixel to split, that waits for the finer superpixels
  }

  toggleFill() {
    this.#take("fill", "Pick the superpixel whose colour fills the mask.");
  }

  /** Split the superpixel under the pointer or the focus into finer ones; without one, the next to be clicked. */
  divide() {
    const { picker } = this;
    const label = picker.hovered ?? (picker.focused() ? picker.focus : null);
    if (label !== null && picker.ready()) this.use(label, "divide");
    else this.#take("divide", "Click the superpixel to split.");
  }

  useAt(clientX, clientY, tool = this.active) {
    const { picker } = this;
    if (picker.ready()) this.use(picker.map.at(picker.stage.locate(clientX, clientY)), tool);
  }

  /** Use a tool on a superpixel. */
  use(label, tool = this.active) {
    this.active = null;
    if (tool === "divide") this.#split(label);
    else this.#pick(label);
    this.picker.refresh();
  }

  /** Mark at the "coarse", "medium" or "fine" level. */
  setLevel(level) {
    if (!this.picker.ready()) return;
    if (level !== "medium" && !this.picker.marks.levels.nested) {
      this.#need(level);
      return;
    }
    this.level = level;
    this.picker.marks.setLevel(level);
    this.picker.say(`${level[0].toUpperCase()}${level.slice(1)} superpixels.`);
    this.picker.refresh();
  }

  stepLevel(step) {
    const level = LEVELS[LEVELS.indexOf(this.level) + step];
    if (level) this.setLevel(level);
  }

  /** The coarse and fine superpixels have come: do what waited for them. */
  deepen(data) {
    const { wish } = this;
    this.picker.marks.deepen(data);
    this.wish = null;
    if (LEVELS.includes(wish)) {
      this.level = wish;
      this.picker.marks.setLevel(wish);
    } else if (wish !== null) this.#split(wish);
  }

  #take(tool, message) {
    this.active = this.active === tool ? null : tool;
    this.picker.say(this.active ? message : "Picking superpixels.");
    this.picker.refresh();
  }

  #need(wish) {
    this.wish = wish;
    this.picker.command({ kind: "levels", image: this.picker.data.image });
  }

  #split(label) {
    const { marks } = this.picker;
    if (label === null) return;
    if (!marks.levels.nested) this.#need(label);
    else if (marks.split(label)) this.level = marks.level;
    else this.picker.say("This superpixel cannot be split further.");
  }

  #pick(label) {
    const outcome = this.picker.marks.pick(label);
    if (outcome === "on" || outcome === "off") this.picker.changed(PICKED[outcome]);
    else this.picker.say(PICKED[outcome]);
  }
}
