// The picker itself: joins marking, stage, gestures and outbox, and speaks to the person and to Streamlit.

import { Ahead, drawn } from "./ahead.js";
import { Marking } from "./marking.js";
import { Offer } from "./offer.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panel.js";
import { Stage } from "./stage.js";
import { Tools } from "./tools.js";
import { wire } from "./wiring.js";

export class Picker {
  constructor(root) {
    this.panel = new Panel(root);
    this.parts = this.panel.parts;
    this.stage = new Stage(this.parts.picker, this.parts.picture, this.parts.preview);
    this.turn = 0;
    this.hovered = null;
    this.focus = null;
    this.waiting = false;
    this.offer = new Offer();
    this.ahead = new Ahead(this);
    this.tools = new Tools(this);
    wire(this);
  }

  // ---- What Streamlit sends ----------------------------------------------------------------------------------

  /** Take new data; returns the number of this visit for `leave`. */
  receive(data, send) {
    this.turn += 1;
    this.send = send;
    const begins = this.outbox?.project !== data.project;
    if (begins) this.#begin(data.project);
    this.outbox.acknowledge(data.receipt);
    if (begins) this.outbox.flush();
    this.panel.notice(data.notice);
    if (!begins && this.ahead.unconfirmed()) return this.turn; // what came is about the picture before
    this.waiting = this.outbox.entries.some((entry) => entry.kind !== "mask");
    this.outbox.await(data.learning);
    const fresh = !this.data || this.data.canvas !== data.canvas;
    this.data = data;
    this.panel.strip(data.strip ?? []);
    this.ahead.prepare(data.ahead);
    if (fresh) this.show(data);
    else this.#follow(data);
    this.ahead.goOn(fresh);
    return this.turn;
  }

  leave(turn) {
    if (turn !== this.turn) return;
    this.outbox?.close();
    this.resizes.disconnect();
    window.removeEventListener("beforeunload", this.guard);
  }

  /** A project's own outbox, with what an earlier page of this tab had not yet saved there. */
  #begin(project) {
    this.outbox?.close();
    this.outbox = new Outbox({
      project,
      send: (value) => this.send(value),
      changed: () => this.#tellSaved(),
      storage: window.sessionStorage,
    });
  }

  /** Another picture, concept or number of superpixels. */
  show(data) {
    const kept = this.outbox.entries.find((entry) => entry.image === data.image && entry.concept === data.concept
      && entry.count === data.count);
    const show = (picture) => {
      if (this.data.canvas !== data.canvas) return;
      this.marks = new Marking(picture, kept ?? this.data.state, this.tools.level);
      this.#propose(kept);
      this.hovered = null;
      this.focus = null;
      this.stage.load(picture.photo, this.map);
      this.panel.list(this.map, this.data);
      this.refresh();
      this.parts.picker.dataset.ready = data.canvas;
    };
    this.parts.picker.removeAttribute("data-ready");
    const prepared = this.ahead.take(data.canvas);
    if (prepared && (prepared.levels.nested || !data.levels)) show(prepared);
    else drawn(data, show);
  }

  /** Show a sure suggestion over what is stored, unless a change of it waits to be saved. */
  #propose(kept) {
    this.offer = new Offer(Boolean(kept));
    if (this.offer.fits(this.data, this.history)) this.offer.show(this.data, this.history);
  }

  /** The same picture again: follow what is stored unless a newer change of ours is on its way. */
  #follow(data) {
    if (!this.map || !this.history || this.history.stroke) return;
    if (data.levels && !this.marks.levels.nested) this.tools.deepen(data);
    if (!this.proposed && !this.outbox.holds(data.image, data.concept)) {
      this.history.adopt(data.state);
      if (this.offer.fits(data, this.history)) this.#suggest(true);
    }
    this.refresh();
  }

  get history() { return this.marks?.history; }

  get map() { return this.marks?.map; }

  // ---- What the person does (called by gestures) -------------------------------------------------------------

  focused() { return this.parts.target.matches(":focus"); }

  zoom() { return this.stage.view.zoom; }

  hover(point) {
    const label = point && this.map ? this.map.at(this.stage.locate(point.x, point.y)) : null;
    if (label === this.hovered) return;
    this.hovered = label;
    if (label !== null) this.focus = null;
    this.draw();
  }

  startStroke(clientX, clientY) {
    if (!this.ready()) return;
    const label = this.map.at(this.stage.locate(clientX, clientY));
    if (label === null) return;
    this.offer.begin(this.data, this.history);
    this.adding = !this.marks.holds(label);
    this.focus = null;
    this.#apply([label]);
  }

  stroke(from, to) {
    if (!this.history?.stroke) return;
    const place = ({ x, y }) => this.stage.locate(x, y);
    this.hovered = this.map.at(place(to));
    this.#apply(this.map.between(place(from), place(to)));
  }

  endStroke() {
    this.history?.end();
    this.refresh();
  }

  cancelStroke() {
    if (this.history?.cancel()) this.changed();
  }

  move(dx, dy) {
    if (!this.map) return;
    this.#focusOn(this.focus === null ? this.#firstFocus() : this.map.step(this.focus, dx, dy));
  }

  walk(where) {
    if (!this.map) return;
    const { present } = this.map;
    const last = present.length - 1;
    const from = this.focus === null ? (where === "next" ? last : 0) : present.indexOf(this.focus);
    const to = { first: 0, last, next: from === last ? 0 : from + 1, previous: from <= 0 ? last : from - 1 }[where];
    this.#focusOn(present[to]);
  }

  press() {
    if (!this.ready()) return;
    if (this.focus === null) {
      this.#focusOn(this.#firstFocus());
      return;
    }
    if (this.tools.active) {
      this.tools.use(this.focus);
      return;
    }
    this.offer.begin(this.data, this.history);
    this.adding = !this.marks.holds(this.focus);
    this.#apply([this.focus]);
    this.history.end();
    this.refresh();
  }

  undo() {
    if (this.ready() && this.history.undo()) this.changed("Undone.");
  }

  redo() {
    if (this.ready() && this.history.redo()) this.changed("Done again.");
  }

  clear() {
    if (!this.ready()) return;
    this.history.change({ selected: [], fill: null, region: null });
    this.changed("Mask cleared.");
  }

  /** Go to a picture of the strip. */
  open(image) {
    if (!this.ready() || image === this.data.image) return;
    this.command({ kind: "open", image });
  }

  /** Save the suggestion that is shown and go on; where none is shown, show it. */
  accept() {
    if (!this.ready() || !this.data.suggested?.labels.length) return;
    if (this.proposed) {
      this.changed("Suggestion accepted.");
      this.ahead.go("next");
    } else if (this.data.version === 0 && this.history.now.selected.length === 0 && this.history.now.region === null) {
      this.#suggest();
      this.refresh();
    } else this.likeliest();
  }

  /** The `count` superpixels that most likely show the concept; without a count those suggested. */
  likeliest(count = null) {
    const { suggested } = this.data ?? {};
    if (!suggested || !this.ready()) return;
    const { levels } = this.marks;
    const labels = count === null ? suggested.labels : suggested.ranked.slice(0, Math.min(count, levels.count - 1));
    this.history.change({ selected: levels.normal(labels), fill: null, region: null });
    this.changed(count === null ? "Suggestion taken." : `The ${count} likeliest.`);
  }

  detail(step) {
    if (!this.ready()) return;
    const steps = this.data.counts;
    const wanted = steps[steps.indexOf(this.data.count) + step];
    if (wanted !== undefined) this.command({ kind: "detail", count: wanted, image: this.data.image });
  }

  zoomAt(factor, clientX, clientY) {
    if (!this.map) return;
    this.stage.zoomAt(factor, this.stage.locate(clientX, clientY));
    this.refresh();
  }

  zoomBy(factor) {
    if (!this.map) return;
    this.stage.zoomAt(factor, this.focus === null ? this.stage.centre() : this.map.points[this.focus]);
    this.refresh();
  }

  pan(dx, dy) {
    if (!this.map) return;
    const scale = this.map.width / this.parts.picture.clientWidth / this.zoom();
    this.stage.pan(dx * scale, dy * scale);
    this.refresh();
  }

  toggleHelp() {
    this.panel.help();
  }

  escape() {
    this.panel.help(false);
    this.tools.active = null;
    this.cancelStroke();
    this.stage.reset();
    this.refresh();
  }

  get proposed() { return this.offer.shown; }

  #suggest(late = false) {
    this.offer.show(this.data, this.history, late);
    this.say("Suggested, not saved.");
  }

  // ---- Changing the mask -------------------------------------------------------------------------------------

  ready() {
    return Boolean(this.map && this.history && !this.waiting);
  }

  #apply(labels) {
    const outcome = this.marks.apply(labels, this.adding);
    if (outcome === "changed") this.changed();
    else if (outcome === "none left") {
      this.say("At least one superpixel must stay, or no colour is left to fill the mask with.");
    }
  }

  changed(message = null) {
    this.offer.shown = false;
    const { image, concept, count } = this.data;
    this.outbox.put({ image, concept, count, base: this.data.version, ...this.history.now });
    const { selected } = this.history.now;
    const sum = `${selected.length} ${selected.length === 1 ? "superpixel" : "superpixels"} in the mask.`;
    this.say(message === null ? sum : `${message} ${sum}`);
    this.refresh();
  }

  command(entry) {
    this.waiting = true;
    this.outbox.command({ ...entry, concept: this.data.concept });
    this.refresh();
  }

  // ---- Showing it --------------------------------------------------------------------------------------------

  refresh() {
    if (!this.marks) return;
    if (this.marks.cut()) this.#recut();
    const { selected, fill, region } = this.history.now;
    const colour = this.marks.colour(this.data.region_fill);
    const key = `${this.data.canvas}|${selected}|${fill}|${region}|${colour}|${[...this.map.opened]}`;
    if (key !== this.painted) {
      this.stage.mask(this.marks.inside(), colour);
      this.painted = key;
    }
    this.panel.show({ ...this.history.now, colour }, {
      data: this.data,
      waiting: this.waiting,
      proposed: this.proposed,
      tool: this.tools.active,
      level: this.tools.level,
      chosen: new Set(this.marks.shown(selected)),
      zoomed: this.zoom() > 1,
      undo: this.history.past.length > 0,
      redo: this.history.future.length > 0,
    });
    this.#tellSaved();
    this.draw();
  }

  #recut() {
    this.hovered = null;
    this.focus = null;
    this.stage.recut(this.map);
    this.panel.list(this.map, this.data);
  }

  #tellSaved() {
    this.panel.saved(this.outbox?.pending ?? 0, this.data, this.proposed);
  }

  draw() {
    if (!this.map) return;
    const { selected, fill } = this.history.now;
    this.stage.draw({
      selected: this.marks.shown(selected),
      fill: fill === null ? [] : this.marks.shown([fill]),
      hover: this.marks.covered(this.hovered),
      focus: this.marks.covered(this.focused() ? this.focus : null),
      proposed: this.proposed,
    });
  }

  say(message) {
    this.panel.say(message);
  }

  // ---- For people who do not see or do not use a mouse -------------------------------------------------------

  #firstFocus() {
    return this.map.at(this.stage.centre()) ?? this.map.present[0];
  }

  #focusOn(label) {
    this.focus = label;
    this.hovered = null;
    this.stage.reveal(this.map.points[label]);
    this.parts.target.setAttribute("aria-activedescendant", `superpixel-${label}`);
    const chosen = this.marks.shown(this.history.now.selected).includes(label);
    this.say(`${this.map.describe(label)}${chosen ? ", in the mask" : ""}`);
    this.draw();
  }
}
