// The mask as the person made it, with everything needed to take a step back.

const copy = (state) => ({ ...state, selected: [...state.selected] });
const same = (a, b) => a.fill === b.fill && a.region === b.region && String(a.selected) === String(b.selected);

/** A state is {selected: sorted superpixels, fill: a superpixel or null, region: runs of a free-hand mask or null}. */
export class History {
  constructor(state) {
    this.reset(state);
  }

  /** Start again from what is stored, e.g. for another picture. */
  reset(state) {
    this.now = copy(state);
    this.past = [];
    this.future = [];
    this.stroke = null;
  }

  /** Take over what the project holds, as one step that can be undone. */
  adopt(state) {
    if (!same(this.now, state)) this.change(state);
  }

  change(state) {
    this.past.push(copy(this.now));
    this.future = [];
    this.now = copy(state);
  }

  /** While a stroke lasts its changes count as one step. */
  begin() {
    this.stroke = copy(this.now);
  }

  during(state) {
    this.now = copy(state);
  }

  end() {
    const before = this.stroke;
    this.stroke = null;
    if (before === null || same(before, this.now)) return;
    this.past.push(before);
    this.future = [];
  }

  /** Drop the running stroke; true when that changed something. */
  cancel() {
    const before = this.stroke;
    this.stroke = null;
    if (before === null || same(before, this.now)) return false;
    this.now = before;
    return true;
  }

  undo() {
    return this.#move(this.past, this.future);
  }

  redo() {
    return this.#move(this.future, this.past);
  }

  #move(from, to) {
    if (from.length === 0) return false;
    to.push(copy(this.now));
    this.now = from.pop();
    return true;
  }
}
