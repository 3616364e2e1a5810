// Changes on their way to the project. An entry leaves only when the server has said that it is saved, and the
// whole box is sent each time: a lost, merged or interrupted message costs nothing.

const RETRY_AFTER = 4000;
const ASK_AFTER = 700;

export class Outbox {
  /** `send(value)` hands the box to Streamlit; `changed()` is told when something came in or left. */
  constructor({ project, send, changed, storage }) {
    this.project = project;
    this.send = send;
    this.changed = changed;
    this.storage = storage;
    this.client = Math.random().toString(36).slice(2);
    this.last = 0;
    this.turns = 0;
    this.entries = [];
    this.timer = null;
    this.asking = null;
    this.#recover();
  }

  get pending() {
    return this.entries.length;
  }

  /** The full mask of one picture; a newer one replaces an older one that still waits. */
  put(entry) {
    const older = (other) => other.kind === "mask" && other.image === entry.image && other.concept === entry.concept;
    this.entries = this.entries.filter((other) => !older(other));
    return this.#add({ kind: "mask", ...entry });
  }

  /** A command that is carried out once, e.g. {kind: "go", to: "next", image: 7}. */
  command(entry) {
    return this.#add(entry);
  }

  /** Is this picture's newest mask still unsaved? */
  holds(image, concept) {
    return this.entries.some((entry) => entry.kind === "mask" && entry.image === image && entry.concept === concept);
  }

  /** The server has dealt with everything of this client up to `seq`. */
  acknowledge(receipt) {
    if (!receipt || receipt.client !== this.client) return;
    this.entries = this.entries.filter((entry) => entry.seq > receipt.seq);
    this.#store();
    if (this.pending === 0) this.#rest();
    this.changed();
  }

  /** Send everything that waits (again). */
  flush() {
    if (this.pending === 0) return;
    this.turns += 1;
    this.send({ client: this.client, project: this.project, turn: this.turns, entries: this.entries });
    this.#rest();
    this.timer = setTimeout(() => this.flush(), RETRY_AFTER);
  }

  /** While the server works on something for this picture, ask now and then whether it is there. */
  await(something) {
    if (Boolean(something) === (this.asking !== null)) return;
    clearInterval(this.asking);
    this.asking = something ? setInterval(() => this.#ask(), ASK_AFTER) : null;
  }

  #ask() {
    if (this.pending > 0) return;
    this.turns += 1;
    this.send({ client: this.client, project: this.project, turn: this.turns, entries: [] });
  }

  close() {
    this.#rest();
    this.await(false);
  }

  #add(entry) {
    this.last += 1;
    this.entries.push({ ...entry, seq: this.last });
    this.#store();
    this.flush();
    this.changed();
    return this.last;
  }

  #rest() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  // A reload in the blink between a click and its saving: the tab's own storage still has the masks.
  #recover() {
    try {
      const kept = JSON.parse(this.storage.getItem(this.#key()) ?? "[]");
      this.entries = kept.map((entry) => ({ ...entry, seq: (this.last += 1) }));
    } catch {
      this.entries = [];
    }
  }

  #store() {
    try {
      this.storage.setItem(this.#key(), JSON.stringify(this.entries.filter((entry) => entry.kind === "mask")));
    } catch {
      // Storage may be full or forbidden; the box in memory still holds everything.
    }
  }

  #key() {
    return `sxai-outbox:${this.project}`;
  }
}
