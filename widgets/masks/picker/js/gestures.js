// Pointer, wheel and key events turned into what the person means. Calls the methods of `act`, draws nothing.

const KEYS = {
  ArrowLeft: (act) => act.move(-1, 0),
  ArrowRight: (act) => act.move(1, 0),
  ArrowUp: (act) => act.move(0, -1),
  ArrowDown: (act) => act.move(0, 1),
  Home: (act) => act.walk("first"),
  End: (act) => act.walk("last"),
  PageDown: (act) => act.walk("next"),
  PageUp: (act) => act.walk("previous"),
  " ": (act) => act.press(),
  Enter: (act) => act.press(),
  n: (act) => act.ahead.go("next"),
  p: (act) => act.ahead.go("previous"),
  s: (act) => act.ahead.go("skip"),
  u: (act) => act.undo(),
  r: (act) => act.redo(),
  f: (act) => act.tools.toggleFill(),
  d: (act) => act.tools.divide(),
  "[": (act) => act.tools.stepLevel(-1),
  "]": (act) => act.tools.stepLevel(1),
  a: (act) => act.accept(),
  "+": (act) => act.detail(1),
  "=": (act) => act.detail(1),
  "-": (act) => act.detail(-1),
  "?": (act) => act.toggleHelp(),
  Escape: (act) => act.escape(),
};

/** Listen for keys on the picture; returns nothing, the listeners go with the element. */
export function listenToKeys(target, act) {
  target.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    let meaning = KEYS[key] ?? (/^[1-9]$/.test(key) ? (a) => a.likeliest(Number(key)) : undefined);
    if (command) meaning = { z: (a) => (event.shiftKey ? a.redo() : a.undo()), y: (a) => a.redo() }[key];
    if (!meaning || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    meaning(act);
  });
}

/** The wheel zooms where the pointer is, once the picture has the focus (or with Ctrl, as a trackpad pinch sends). */
export function listenToWheel(target, act) {
  const onWheel = (event) => {
    const wanted = event.ctrlKey || event.metaKey || act.focused();
    if (!wanted || (act.zoom() === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    act.zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX, event.clientY);
  };
  target.addEventListener("wheel", onWheel, { passive: false });
}

const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const apart = ([a, b]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));

/** One pointer paints (or pans with Shift or the middle button), two pinch; works for mouse, pen and touch. */
export class Pointers {
  constructor(target, act) {
    this.target = target;
    this.act = act;
    this.down = new Map();
    this.mode = null;
    target.addEventListener("pointerdown", (event) => this.#start(event));
    target.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) target.addEventListener(name, (event) => this.#end(event));
    target.addEventListener("pointerleave", () => this.act.hover(null));
  }

  #start(event) {
    if (event.button > 1) return;
    event.preventDefault();
    this.target.focus({ preventScroll: true });
    this.#capture(event.pointerId);
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.down.size === 2) {
      if (this.mode === "paint") this.act.cancelStroke();
      this.mode = "pinch";
    } else if (this.down.size === 1) {
      this.mode = this.#meaning(event);
      if (this.mode === "paint") this.act.startStroke(event.clientX, event.clientY);
      if (this.mode === "pick") this.act.tools.useAt(event.clientX, event.clientY, event.altKey ? "fill" : undefined);
    }
  }

  #meaning(event) {
    if (event.button === 1 || event.shiftKey) return "pan";
    return event.altKey || this.act.tools.active ? "pick" : "paint";
  }

  #move(event) {
    const before = this.down.get(event.pointerId);
    const now = { x: event.clientX, y: event.clientY };
    if (!before) {
      if (event.pointerType !== "touch") this.act.hover(now);
      return;
    }
    const pair = [...this.down.values()];
    this.down.set(event.pointerId, now);
    if (this.mode === "paint") this.act.stroke(before, now);
    if (this.mode === "pan") this.act.pan(before.x - now.x, before.y - now.y);
    if (this.mode === "pinch" && this.down.size === 2) this.#pinch(pair, [...this.down.values()]);
  }

  #pinch(before, now) {
    const from = middle(before);
    const to = middle(now);
    this.act.pan(from.x - to.x, from.y - to.y);
    this.act.zoomAt(apart(now) / apart(before), to.x, to.y);
  }

  #end(event) {
    if (!this.down.delete(event.pointerId)) return;
    if (this.mode === "paint") this.act.endStroke();
    if (this.down.size === 0) this.mode = null;
    if (this.mode === "paint") this.mode = "done";
  }

  // A pointer made by a script cannot be captured; painting works without.
  #capture(id) {
    try {
      this.target.setPointerCapture(id);
    } catch {
      // Nothing to do.
    }
  }
}
