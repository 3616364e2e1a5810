// A grid of proposals, judged by keys (accept, reject, open) and mended by clicks on superpixels, which accept as well.
// What was said stays in the outbox until it is saved.

import { Outbox } from "./outbox.js";
import { Tile } from "./tile.js";

const WORDS = { accept: "accepted", reject: "rejected", open: "waiting" };

class Review {
  constructor(root) {
    this.grid = root.querySelector("[data-part=grid]");
    this.status = root.querySelector("[data-part=status]");
    this.live = root.querySelector("[data-part=live]");
    this.said = new Map();
    this.tiles = [];
    this.trail = [];
    this.grid.addEventListener("keydown", (event) => this.key(event));
    root.querySelector("[data-part=all]").addEventListener("click", () => this.acceptAll());
    root.querySelector("[data-part=undo]").addEventListener("click", () => this.undo());
    root.querySelector("[data-part=more]").addEventListener("click", () => this.command("more", 0));
  }

  receive(data, send) {
    this.send = send;
    const fresh = this.data?.batch !== data.batch;
    if (this.outbox?.project !== data.project) {
      this.outbox?.close();
      this.outbox = new Outbox({ project: data.project, send: (value) => this.send(value),
        changed: () => this.tell(), storage: window.sessionStorage });
      this.outbox.flush();
    }
    this.outbox.acknowledge(data.receipt);
    this.data = data;
    for (const tile of data.tiles) this.said.set(tile.image, this.#standing(tile));
    if (fresh) this.build();
    else this.mark();
  }

  /** What was said last of a picture: what still waits to be saved, else what is stored (a rejected one keeps its marks). */
  #standing({ image, verdict, labels }) {
    const waits = this.outbox.entries.find((entry) => entry.kind === "mask" && entry.image === image
      && entry.concept === this.data.concept);
    if (waits) return { verdict: waits.verdict, labels: waits.labels ?? labels };
    const known = this.said.get(image);
    return known?.verdict === "reject" && verdict === "reject" ? known : { verdict, labels };
  }

  build() {
    const active = this.grid.getRootNode().activeElement?.closest?.(".tile");
    const kept = this.data.tiles.findIndex((tile) => String(tile.image) === active?.dataset.image);
    if (kept < 0) this.trail = [];
    this.tiles = this.data.tiles.map((tile) => this.tile(tile));
    this.grid.replaceChildren(...this.tiles.map(({ box }) => box));
    this.mark();
    if (active) this.focus(kept);
  }

  tile(data) {
    return new Tile(data, {
      pick: (label, alone) => this.pick(data, label, alone),
      judge: (what) => (what === "fix" ? this.command("fix", data.image) : this.judge(data.image, what)),
      focus: (box) => this.roving(box),
    });
  }

  /** A click changes the superpixels and thereby accepts them; without any the picture shows nothing: rejected. */
  pick({ image }, label, alone) {
    const { labels } = this.said.get(image);
    const others = labels.filter((other) => other !== label);
    this.take(image, alone ? [label] : others.length < labels.length ? others : [...labels, label]);
  }

  /** The `count` likeliest superpixels, as in the picker. */
  likeliest(image, count) {
    this.take(image, this.data.tiles.find((tile) => tile.image === image).ranked.slice(0, count));
  }

  take(image, labels) {
    const total = this.data.tiles.find((tile) => tile.image === image).ranked.length;
    if (labels.length >= total) return;
    this.trail.push([image, this.said.get(image)]);
    this.put(image, { verdict: labels.length ? "accept" : "reject", labels: [...labels].sort((a, b) => a - b) });
  }

  judge(image, verdict) {
    const before = this.said.get(image);
    const { proposed } = this.data.tiles.find((tile) => tile.image === image);
    this.trail.push([image, before]);
    this.put(image, { verdict: before.verdict === verdict ? "open" : verdict,
      labels: before.labels.length ? before.labels : proposed });
  }

  put(image, said) {
    this.said.set(image, said);
    this.outbox.put({ image, concept: this.data.concept, ...said });
    this.live.textContent = `${this.data.tiles.find((tile) => tile.image === image)?.name} ${WORDS[said.verdict]}.`;
    this.mark();
  }

  undo() {
    const last = this.trail.pop();
    if (!last) return;
    this.put(...last);
    this.focus(this.data.tiles.findIndex((tile) => tile.image === last[0]));
  }

  acceptAll() {
    for (const { image } of this.data.tiles) if (this.said.get(image).verdict === "open") this.judge(image, "accept");
  }

  command(kind, image) {
    this.outbox.command({ kind, image, concept: this.data.concept, to: "", count: 0 });
  }

  mark() {
    for (const tile of this.tiles) {
      const { verdict, labels } = this.said.get(tile.data.image);
      tile.show(labels, verdict, WORDS[verdict]);
    }
    if (!this.grid.querySelector('[tabindex="0"]') && this.grid.firstChild) this.grid.firstChild.tabIndex = 0;
    this.tell();
  }

  tell() {
    const pending = this.outbox?.pending ?? 0;
    const open = (this.data?.tiles ?? []).filter(({ image }) => this.said.get(image)?.verdict === "open").length;
    this.grid.dataset.pending = pending;
    this.grid.dataset.open = open;
    this.grid.dataset.batch = this.data?.batch ?? "";
    this.status.textContent = pending ? "Saving…" : `${open} of ${this.data?.tiles.length ?? 0} here wait for you`;
  }

  roving(tile) {
    for (const other of this.grid.children) other.tabIndex = other === tile ? 0 : -1;
  }

  focus(at) {
    this.grid.children[Math.max(0, Math.min(at, this.grid.children.length - 1))]?.focus();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = [...this.grid.children];
    const at = tiles.findIndex((tile) => tile.contains(event.target));
    const image = Number(tiles[at]?.dataset.image);
    const columns = Math.max(1, tiles.filter((tile) => tile.offsetTop === tiles[0].offsetTop).length);
    const judged = (verdict) => { this.judge(image, verdict); this.focus(at + 1); };
    const meanings = {
      ArrowRight: () => this.focus(at + 1), ArrowLeft: () => this.focus(at - 1),
      ArrowDown: () => this.focus(at + columns), ArrowUp: () => this.focus(at - columns),
      Home: () => this.focus(0), End: () => this.focus(tiles.length - 1),
      Enter: () => judged("accept"), " ": () => judged("accept"), a: () => judged("accept"),
      x: () => judged("reject"), Delete: () => judged("reject"), f: () => this.command("fix", image),
      A: () => this.acceptAll(), u: () => this.undo(), n: () => this.command("more", 0),
    };
    const meaning = meanings[event.key] ?? (/^[1-9]$/.test(event.key) ? () => this.likeliest(image, Number(event.key)) : null);
    if (at < 0 || !meaning) return;
    event.preventDefault();
    event.stopPropagation();
    meaning();
  }
}

const reviews = new WeakMap();

export default function proposalReview({ data, parentElement, setStateValue }) {
  if (!reviews.has(parentElement)) reviews.set(parentElement, new Review(parentElement));
  const review = reviews.get(parentElement);
  review.receive(data, (value) => setStateValue("outbox", value));
  return () => review.outbox?.close();
}
