// Every button, key, gesture and change of size, joined to what the picker does then.

import { Pointers, listenToKeys, listenToWheel } from "./gestures.js";

/** Listen for everything that a person can do; the listeners go with the element. */
export function wire(picker) {
  const { target, picker: host } = picker.parts;
  new Pointers(target, picker);
  listenToKeys(target, picker);
  listenToWheel(target, picker);
  const { ahead, tools } = picker;
  const clicks = {
    undo: () => picker.undo(), redo: () => picker.redo(), clear: () => picker.clear(), fill: () => tools.toggleFill(),
    finer: () => picker.detail(1), coarser: () => picker.detail(-1), in: () => picker.zoomBy(1.5),
    out: () => picker.zoomBy(1 / 1.5), next: () => ahead.go("next"), previous: () => ahead.go("previous"),
    skip: () => ahead.go("skip"), suggest: () => picker.accept(), accept: () => picker.accept(),
    helpButton: () => picker.toggleHelp(), divide: () => tools.divide(), coarse: () => tools.setLevel("coarse"),
    medium: () => tools.setLevel("medium"), fine: () => tools.setLevel("fine"),
  };
  for (const [name, action] of Object.entries(clicks)) picker.parts[name].addEventListener("click", action);
  picker.panel.onOpen((image) => picker.open(image));
  for (const name of ["focus", "blur"]) target.addEventListener(name, () => picker.draw());
  target.addEventListener("pointerenter", () => picker.stage.dress());
  picker.resizes = new ResizeObserver(() => { picker.stage.measure(); picker.draw(); });
  picker.resizes.observe(host);
  picker.resizes.observe(picker.parts.picture);
  picker.guard = (event) => { if (picker.outbox?.pending > 0) event.preventDefault(); };
  window.addEventListener("beforeunload", picker.guard);
}
