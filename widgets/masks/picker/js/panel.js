// Everything around the picture: buttons, status, hints, and the list that screen readers hear.

const PARTS = [
  "picker", "target", "picture", "preview", "options", "status", "live", "notice", "help", "title", "progress",
  "detail", "fill", "undo", "redo", "finer", "coarser", "in", "out", "next", "previous", "skip", "clear",
  "swatch", "tip", "helpButton", "suggest", "accept", "queue",
  "coarse", "medium", "fine", "divide",
];

const STATES = { masked: "masked", skipped: "skipped", open: "not masked yet" };

const TOOLS = {
  fill: "Pick the superpixel whose colour should fill the mask.",
  divide: "Click the superpixel to split into finer ones.",
};

function tip({ selected, fill, region }, tool, proposed, learning) {
  if (tool) return TOOLS[tool];
  if (proposed) return "Suggested, not saved: Accept suggestion (a) keeps it, a click changes it.";
  if (region !== null) return "This mask is not made of these superpixels. Clicking turns it into them.";
  if (selected.length === 0 && learning) return "Click or paint; a suggestion may come while you look.";
  if (selected.length === 0) return "Click or paint over the superpixels that show the concept.";
  return fill === null ? "Filled with the mean colour around it." : "Filled with the picked colour.";
}

export class Panel {
  constructor(root) {
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
  }

  /** The state of the mask in buttons, words and the attributes that tests read. */
  show(mask, { data, waiting, tool, level, chosen, proposed, zoomed, undo, redo }) {
    const { parts } = this;
    const empty = mask.selected.length === 0 && mask.region === null;
    const place = data.counts.indexOf(data.count);
    const possible = { undo, redo, clear: !empty, fill: mask.selected.length > 0, coarser: place > 0,
      finer: place < data.counts.length - 1, suggest: Boolean(data.suggested?.labels.length), ...data.can };
    for (const [name, on] of Object.entries(possible)) parts[name].disabled = !on || waiting;
    parts.out.disabled = !zoomed;
    for (const name of ["fill", "divide"]) parts[name].setAttribute("aria-pressed", String(tool === name));
    for (const name of ["coarse", "medium", "fine"]) parts[name].setAttribute("aria-pressed", String(level === name));
    parts.detail.textContent = String(data.count);
    parts.title.textContent = data.name;
    parts.progress.textContent = data.progress;
    parts.swatch.style.background = empty ? "transparent" : `rgb(${mask.colour.join(",")})`;
    parts.tip.textContent = tip(mask, tool, proposed, data.learning);
    parts.suggest.hidden = !data.suggested || proposed;
    parts.accept.hidden = !proposed;
    parts.accept.disabled = waiting;
    parts.picker.classList.toggle("waiting", waiting);
    parts.picker.classList.toggle("picking", tool !== null);
    parts.picker.classList.toggle("proposed", proposed);
    Object.assign(parts.picker.dataset, {
      selected: String(mask.selected), fill: String(mask.fill), region: String(mask.region !== null),
      colour: empty ? "" : String(mask.colour), image: data.image, concept: data.concept, count: data.count, level,
      proposed: String(proposed), learning: String(Boolean(data.learning)),
    });
    this.#mark(chosen);
  }

  /** What is still on its way, or which version is stored. */
  saved(pending, data, proposed = false) {
    const { picker, status } = this.parts;
    const version = data?.version ?? 0;
    const failed = pending > 0 && data?.notice?.kind === "error";
    Object.assign(picker.dataset, { pending, version });
    if (failed) status.textContent = "Not saved yet, trying again";
    else if (pending > 0) status.textContent = "Saving…";
    else if (version > 0) status.textContent = `Saved, version ${version}`;
    else status.textContent = proposed ? "Suggested" : "Not masked yet";
    status.dataset.state = failed ? "error" : pending > 0 ? "busy" : version > 0 ? "saved" : "empty";
  }

  onOpen(open) {
    this.opens = open;
    this.parts.queue.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** The pictures before and after this one as small pictures to go to; one tab stop, arrows walk along. */
  strip(pictures) {
    const { queue } = this.parts;
    queue.hidden = pictures.length < 2;
    const told = JSON.stringify(pictures.map(({ image, state, now }) => [image, state, now]));
    if (told === this.told) return;
    this.told = told;
    queue.replaceChildren(...pictures.map((picture) => this.#thumbnail(picture)));
    const here = queue.querySelector("[aria-current]");
    if (here) queue.scrollLeft = here.offsetLeft - queue.offsetLeft - (queue.clientWidth - here.offsetWidth) / 2;
  }

  #thumbnail({ image, name, state, now, jpeg }) {
    const button = document.createElement("button");
    const photo = document.createElement("img");
    photo.src = `data:image/jpeg;base64,${jpeg}`;
    photo.alt = `${name}, ${STATES[state]}`;
    button.title = photo.alt;
    button.tabIndex = now ? 0 : -1;
    if (now) button.setAttribute("aria-current", "true");
    Object.assign(button.dataset, { image, state });
    button.append(photo);
    button.addEventListener("click", () => this.opens(image));
    return button;
  }

  #walk(event) {
    const step = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
    const to = step && event.target[step];
    if (!to) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  }

  notice(notice) {
    this.parts.notice.hidden = !notice;
    this.parts.notice.textContent = notice?.text ?? "";
  }

  say(message) {
    this.parts.live.textContent = message;
  }

  /** Open or close the list of keys; without a value, the other way round. */
  help(open = this.parts.help.hidden) {
    this.parts.help.hidden = !open;
    this.parts.helpButton.setAttribute("aria-expanded", String(open));
  }

  /** One option for each superpixel: what a screen reader walks through. */
  list(map, data) {
    this.parts.target.setAttribute("aria-label", `Superpixels of ${data.name} for ${data.concept}`);
    this.parts.options.replaceChildren(...map.present.map((label) => {
      const point = map.points[label];
      const option = document.createElement("div");
      option.id = `superpixel-${label}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-label", map.describe(label));
      Object.assign(option.dataset, { label, x: point.x / map.width, y: point.y / map.height });
      return option;
    }));
  }

  #mark(chosen) {
    for (const option of this.parts.options.children) {
      option.setAttribute("aria-selected", String(chosen.has(Number(option.dataset.label))));
    }
  }
}
