// The picker itself: joins map, history, stage, gestures and outbox, and speaks to the person and to Streamlit.

import { SuperpixelMap, decodeRuns } from "./superpixels.js";
import { History } from "./history.js";
import { Offer } from "./offer.js";
import { Outbox } from "./outbox.js";
import { Panel } from "./panel.js";
import { Stage } from "./stage.js";
import { wire } from "./wiring.js";

export class Picker {
  constructor(root) {
    this.panel = new Panel(root);
    this.parts = this.panel.parts;
    this.stage = new Stage(this.parts.picker, this.parts.picture, this.parts.preview);
    this.turn = 0;
    this.hovered = null;
    this.focus = null;
    this.picking = false;
    this.waiting = false;
    this.offer = new Offer();
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
    this.waiting = this.outbox.entries.some((entry) => entry.kind !== "mask");
    this.outbox.await(data.learning);
    const fresh = !this.data || this.data.canvas !== data.canvas;
    this.data = data;
    this.panel.notice(data.notice);
    this.panel.strip(data.strip ?? []);
    if (fresh) this.#open(data);
    else this.#follow(data);
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
  #open(data) {
    const kept = this.outbox.entries.find((entry) => entry.image === data.image && entry.concept === data.concept
      && entry.count === data.count);
    const map = new SuperpixelMap(data);
    const photo = new Image();
    this.parts.picker.removeAttribute("data-ready");
    photo.onload = () => {
      if (this.data.canvas !== data.canvas) return;
      this.map = map;
      this.#propose(kept);
      this.hovered = null;
      this.focus = null;
      this.stage.load(photo, map);
      this.panel.list(this.map, this.data);
      this.#refresh();
      this.parts.picker.dataset.ready = data.canvas;
    };
    photo.src = `data:image/jpeg;base64,${data.jpeg}`;
  }

  /** Begin with what waits to be saved, else with what is stored, and a sure suggestion over it. */
  #propose(kept) {
    this.history = new History(kept ?? this.data.state);
    this.offer = new Offer(Boolean(kept));
    if (this.offer.fits(this.data, this.history)) this.offer.show(this.data, this.history);
  }

  /** The same picture again: follow what is stored unless a newer change of ours is on its way. */
  #follow(data) {
    if (!this.map || !this.history || this.history.stroke) return;
    if (!this.proposed && !this.outbox.holds(data.image, data.concept)) {
      this.history.adopt(data.state);
      if (this.offer.fits(data, this.history)) this.#suggest(true);
    }
    this.#refresh();
  }

  // ---- What the person does (called by gestures) -------------------------------------------------------------

  focused() { return this.parts.target.matches(":focus"); }

  filling() { return this.picking; }

  zoom() { return this.stage.view.zoom; }

  hover(point) {
    const label = point && this.map ? this.map.at(this.stage.locate(point.x, point.y)) : null;
    if (label === this.hovered) return;
    this.hovered = label;
    if (label !== null) this.focus = null;
    this.draw();
  }

  startStroke(clientX, clientY) {
    if (!this.#ready()) return;
    const label = this.map.at(this.stage.locate(clientX, clientY));
    if (label === null) return;
    this.offer.begin(this.data, this.history);
    this.adding = !this.#base().selected.includes(label);
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
    this.#refresh();
  }

  cancelStroke() {
    if (this.history?.cancel()) this.#changed();
  }

  pickFill(clientX, clientY) {
    if (!this.#ready()) return;
    this.#pick(this.map.at(this.stage.locate(clientX, clientY)));
  }

  toggleFill() {
    this.picking = !this.picking;
    this.#say(this.picking ? "Pick the superpixel whose colour fills the mask." : "Picking superpixels.");
    this.#refresh();
  }

  move(dx, dy) {
    if (!this.map) return;
    this.#focusOn(this.focus === null ? this.#firstFocus() : this.map.step(this.focus, dx, dy));
  }

  walk(where) {
    if (!this.map) return;
    const last = this.map.count - 1;
    const from = this.focus ?? (where === "next" ? last : 0);
    const to = { first: 0, last, next: from === last ? 0 : from + 1, previous: from === 0 ? last : from - 1 }[where];
    this.#focusOn(to);
  }

  press() {
    if (!this.#ready()) return;
    if (this.focus === null) {
      this.#focusOn(this.#firstFocus());
      return;
    }
    if (this.picking) {
      this.#pick(this.focus);
      return;
    }
    this.offer.begin(this.data, this.history);
    this.adding = !this.#base().selected.includes(this.focus);
    this.#apply([this.focus]);
    this.history.end();
    this.#refresh();
  }

  undo() {
    if (this.#ready() && this.history.undo()) this.#changed("Undone.");
  }

  redo() {
    if (this.#ready() && this.history.redo()) this.#changed("Done again.");
  }

  clear() {
    if (!this.#ready()) return;
    this.history.change({ selected: [], fill: null, region: null });
    this.#changed("Mask cleared.");
  }

  go(to) {
    if (!this.#ready() || !this.data.can[to]) return;
    this.#command({ kind: "go", to, image: this.data.image });
    this.#say({ next: "Next picture.", previous: "Previous picture.", skip: "Skipped." }[to]);
  }

  /** Go to a picture of the strip. */
  open(image) {
    if (!this.#ready() || image === this.data.image) return;
    this.#command({ kind: "open", image });
  }

  /** Save the suggestion that is shown and go on; where none is shown, show it. */
  accept() {
    if (!this.#ready() || !this.data.suggested?.labels.length) return;
    if (this.proposed) {
      this.#changed("Suggestion accepted.");
      this.go("next");
    } else if (this.data.version === 0 && this.history.now.selected.length === 0 && this.history.now.region === null) {
      this.#suggest();
      this.#refresh();
    } else this.likeliest();
  }

  /** The `count` superpixels that most likely show the concept; without a count those suggested. */
  likeliest(count = null) {
    const { suggested } = this.data ?? {};
    if (!suggested || !this.#ready()) return;
    const labels = count === null ? suggested.labels : suggested.ranked.slice(0, Math.min(count, this.map.count - 1));
    this.history.change({ selected: [...labels].sort((a, b) => a - b), fill: null, region: null });
    this.#changed(count === null ? "Suggestion taken." : `The ${count} likeliest.`);
  }

  detail(step) {
    if (!this.#ready()) return;
    const steps = this.data.counts;
    const wanted = steps[steps.indexOf(this.data.count) + step];
    if (wanted !== undefined) this.#command({ kind: "detail", count: wanted, image: this.data.image });
  }

  zoomAt(factor, clientX, clientY) {
    if (!this.map) return;
    this.stage.zoomAt(factor, this.stage.locate(clientX, clientY));
    this.#refresh();
  }

  zoomBy(factor) {
    if (!this.map) return;
    this.stage.zoomAt(factor, this.focus === null ? this.stage.centre() : this.map.points[this.focus]);
    this.#refresh();
  }

  pan(dx, dy) {
    if (!this.map) return;
    const scale = this.map.width / this.parts.picture.clientWidth / this.zoom();
    this.stage.pan(dx * scale, dy * scale);
    this.#refresh();
  }

  toggleHelp() {
    this.panel.help();
  }

  escape() {
    this.panel.help(false);
    if (this.picking) this.toggleFill();
    this.cancelStroke();
    this.stage.reset();
    this.#refresh();
  }

  get proposed() { return this.offer.shown; }

  #suggest(late = false) {
    this.offer.show(this.data, this.history, late);
    this.#say("Suggested, not saved.");
  }

  // ---- Changing the mask -------------------------------------------------------------------------------------

  #ready() {
    return Boolean(this.map && this.history && !this.waiting);
  }

  /** The mask as superpixels: a free-hand one gives way to the superpixels it mostly covers. */
  #base() {
    const { now } = this.history;
    if (now.region === null) return now;
    return { selected: this.map.mostlyInside(this.#region()), fill: null, region: null };
  }

  #apply(labels) {
    const base = this.#base();
    const selected = new Set(base.selected);
    for (const label of labels) {
      if (this.adding) selected.add(label);
      else selected.delete(label);
    }
    if (String([...selected].sort()) === String([...base.selected].sort()) && base === this.history.now) return;
    if (selected.size === this.map.count) {
      this.#say("At least one superpixel must stay, or no colour is left to fill the mask with.");
      return;
    }
    const fill = selected.has(base.fill) || selected.size === 0 ? null : base.fill;
    this.history.during({ selected: [...selected].sort((a, b) => a - b), fill, region: null });
    this.#changed();
  }

  #pick(label) {
    const base = this.#base();
    if (label === null || base.selected.length === 0) {
      this.#say("Choose the superpixels of the concept first, then the one whose colour fills them.");
    } else if (base.selected.includes(label)) {
      this.#say("That superpixel is part of the mask; pick one outside it.");
    } else {
      this.history.change({ ...base, fill: base.fill === label ? null : label });
      this.#changed(base.fill === label ? "Filled from the surroundings." : "Fill colour picked.");
    }
    this.picking = false;
    this.#refresh();
  }

  #changed(message = null) {
    this.offer.shown = false;
    const { image, concept, count } = this.data;
    this.outbox.put({ image, concept, count, base: this.data.version, ...this.history.now });
    const { selected } = this.history.now;
    const sum = `${selected.length} ${selected.length === 1 ? "superpixel" : "superpixels"} in the mask.`;
    this.#say(message === null ? sum : `${message} ${sum}`);
    this.#refresh();
  }

  #command(entry) {
    this.waiting = true;
    this.outbox.command({ ...entry, concept: this.data.concept });
    this.#refresh();
  }

  #region() {
    return decodeRuns(this.history.now.region, this.map.width * this.map.height);
  }

  // ---- Showing it --------------------------------------------------------------------------------------------

  #refresh() {
    if (!this.history || !this.map) return;
    const { selected, fill, region } = this.history.now;
    const colour = region === null ? this.map.fillColour(selected, fill) : this.data.region_fill ?? [128, 128, 128];
    const pixels = region === null ? null : this.#region();
    const chosen = new Set(selected);
    const key = `${this.data.canvas}|${selected}|${fill}|${region}|${colour}`;
    if (key !== this.painted) {
      this.stage.mask(pixels ? (i) => pixels[i] === 1 : (i) => chosen.has(this.map.labels[i]), colour);
      this.painted = key;
    }
    this.panel.show({ ...this.history.now, colour }, {
      data: this.data,
      waiting: this.waiting,
      proposed: this.proposed,
      picking: this.picking,
      zoomed: this.zoom() > 1,
      undo: this.history.past.length > 0,
      redo: this.history.future.length > 0,
    });
    this.#tellSaved();
    this.draw();
  }

  #tellSaved() {
    this.panel.saved(this.outbox?.pending ?? 0, this.data, this.proposed);
  }

  draw() {
    if (!this.history) return;
    const { selected, fill } = this.history.now;
    const focus = this.focused() ? this.focus : null;
    this.stage.draw({ selected, fill, hover: this.hovered, focus, proposed: this.proposed });
  }

  #say(message) {
    this.panel.say(message);
  }

  // ---- For people who do not see or do not use a mouse -------------------------------------------------------

  #firstFocus() {
    return this.map.at(this.stage.centre()) ?? 0;
  }

  #focusOn(label) {
    this.focus = label;
    this.hovered = null;
    this.stage.reveal(this.map.points[label]);
    this.parts.target.setAttribute("aria-activedescendant", `superpixel-${label}`);
    const chosen = this.history.now.selected.includes(label);
    this.#say(`${this.map.describe(label)}${chosen ? ", in the mask" : ""}`);
    this.draw();
  }
}
