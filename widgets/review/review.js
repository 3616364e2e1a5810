// A grid of proposals, judged by keys: accept, reject, fix. A verdict stays in the outbox until it is saved.

import { Outbox } from "./outbox.js";

const WORDS = { accept: "accepted", reject: "rejected", open: "waiting" };

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

class Review {
  constructor(root) {
    this.grid = root.querySelector("[data-part=grid]");
    this.status = root.querySelector("[data-part=status]");
    this.live = root.querySelector("[data-part=live]");
    this.said = new Map();
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
    for (const tile of data.tiles) if (!this.outbox.holds(tile.image, data.concept)) this.said.set(tile.image, tile.verdict);
    if (fresh) this.build();
    else this.mark();
  }

  build() {
    const active = this.grid.getRootNode().activeElement?.closest?.(".tile");
    const kept = this.data.tiles.findIndex((tile) => String(tile.image) === active?.dataset.image);
    if (kept < 0) this.trail = [];
    this.grid.replaceChildren(...this.data.tiles.map((tile) => this.tile(tile)));
    this.mark();
    if (active) this.focus(kept);
  }

  tile({ image, src, name, chance }) {
    const tile = element("div", "tile");
    tile.tabIndex = -1;
    tile.dataset.image = image;
    tile.setAttribute("role", "option");
    const picture = element("img");
    picture.src = src;
    picture.alt = "";
    const line = element("div", "line");
    line.append(element("span", "name", name), element("span", "quiet", chance));
    const verdict = element("div", "verdict");
    for (const [what, label] of [["accept", "Accept"], ["reject", "Reject"], ["fix", "Fix"]]) {
      const button = element("button", what, label);
      button.type = "button";
      button.tabIndex = -1;
      button.setAttribute("aria-label", `${label} ${name}`);
      button.addEventListener("click", () => (what === "fix" ? this.command("fix", image) : this.judge(image, what)));
      verdict.append(button);
    }
    tile.append(picture, line, verdict);
    tile.addEventListener("focus", () => this.roving(tile));
    return tile;
  }

  judge(image, verdict) {
    const before = this.said.get(image);
    const wanted = before === verdict ? "open" : verdict;
    this.trail.push([image, before]);
    this.put(image, wanted);
  }

  put(image, verdict) {
    this.said.set(image, verdict);
    this.outbox.put({ image, concept: this.data.concept, verdict });
    this.live.textContent = `${this.data.tiles.find((tile) => tile.image === image)?.name} ${WORDS[verdict]}.`;
    this.mark();
  }

  undo() {
    const last = this.trail.pop();
    if (!last) return;
    this.put(...last);
    this.focus(this.data.tiles.findIndex((tile) => tile.image === last[0]));
  }

  acceptAll() {
    for (const { image } of this.data.tiles) if (this.said.get(image) === "open") this.judge(image, "accept");
  }

  command(kind, image) {
    this.outbox.command({ kind, image, concept: this.data.concept, to: "", count: 0 });
  }

  mark() {
    for (const tile of this.grid.children) {
      const image = Number(tile.dataset.image);
      const verdict = this.said.get(image) ?? "open";
      const known = this.data.tiles.find((one) => one.image === image);
      tile.dataset.verdict = verdict;
      tile.setAttribute("aria-label", `${known?.name}, ${WORDS[verdict]}`);
      tile.setAttribute("aria-selected", String(verdict === "accept"));
    }
    if (!this.grid.querySelector('[tabindex="0"]') && this.grid.firstChild) this.grid.firstChild.tabIndex = 0;
    this.tell();
  }

  tell() {
    const pending = this.outbox?.pending ?? 0;
    const open = [...this.said].filter(([image, verdict]) => verdict === "open"
      && this.data?.tiles.some((tile) => tile.image === image)).length;
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
    if (at < 0 || !meanings[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    meanings[event.key]();
  }
}

const reviews = new WeakMap();

export default function proposalReview({ data, parentElement, setStateValue }) {
  if (!reviews.has(parentElement)) reviews.set(parentElement, new Review(parentElement));
  const review = reviews.get(parentElement);
  review.receive(data, (value) => setStateValue("outbox", value));
  return () => review.outbox?.close();
}
