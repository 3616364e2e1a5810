// A suggestion on its way to the person: shown once on an untouched picture, saved only when it is accepted.

const REACTION = 400; // ms: a press so soon after a suggestion came was aimed at the picture without it

export class Offer {
  /** `given`: the picture was changed already, so that nothing is shown unasked. */
  constructor(given = false) {
    this.given = given;
    this.shown = false;
    this.since = -Infinity;
  }

  /** Is there a sure suggestion for a picture that nobody has touched? */
  fits({ suggested, version }, history) {
    return !this.given && Boolean(suggested?.sure) && version === 0 && history.past.length === 0;
  }

  /** Show it in place of the empty mask; `late` when the picture was already there. */
  show({ suggested }, history, late = false) {
    this.given = true;
    this.shown = true;
    if (late) this.since = performance.now();
    history.reset({ selected: suggested.labels, fill: null, region: null });
  }

  /** A stroke begins: from the suggestion that the person sees, or without one that only just came. */
  begin({ state }, history) {
    if (this.shown && performance.now() - this.since < REACTION) {
      this.shown = false;
      history.reset(state);
    }
    history.begin();
  }
}
