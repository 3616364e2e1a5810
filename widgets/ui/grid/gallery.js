// A grid of pictures: a click opens one, the tick box in its corner picks it, hovering shows its numbers.
// State sent to Python: opened {id, at} and picked {ids, generation}.

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

const ICONS = { right: "check_circle", wrong: "cancel" };

function hover(tile) {
  const layer = make("span", "hover");
  // The radar is drawn by the server from numbers and a fixed palette; no text of anybody's is in it.
  if (tile.radar) layer.insertAdjacentHTML("beforeend", tile.radar);
  const list = make("ul");
  for (const [name, value] of tile.numbers) {
    const item = make("li");
    item.append(make("span", "", name), make("span", "", value));
    list.append(item);
  }
  layer.append(list);
  return layer;
}

function line(text, tone) {
  const row = make("div", "line");
  if (tone) {
    const icon = make("i", tone, ICONS[tone]);
    icon.setAttribute("aria-hidden", "true"); // the words of the line say the same
    row.append(icon);
  }
  row.append(make("span", "", text));
  return row;
}

function picture(tile, host) {
  const button = make("button", "open");
  button.type = "button";
  const image = make("img");
  image.src = tile.src;
  image.alt = tile.alt;
  image.loading = "lazy";
  button.append(image);
  button.addEventListener("click", () => host.component.setStateValue("opened", { id: tile.id, at: Date.now() }));
  return button;
}

function tick(tile, figure, host) {
  const label = make("label", "pick");
  const box = make("input");
  box.type = "checkbox";
  box.checked = host.picked.has(tile.id);
  box.setAttribute("aria-label", `Select ${tile.title}`);
  box.addEventListener("change", () => {
    if (box.checked) host.picked.add(tile.id);
    else host.picked.delete(tile.id);
    figure.dataset.picked = String(box.checked);
    host.component.setStateValue("picked", { ids: [...host.picked], generation: host.component.data.generation });
  });
  label.append(box);
  return label;
}

function figureOf(tile, host) {
  const figure = make("div", "tile");
  figure.dataset.id = tile.id;
  figure.dataset.tone = tile.tone ?? "";
  figure.dataset.picked = String(host.picked.has(tile.id));
  figure.append(picture(tile, host));
  if (tile.numbers.length || tile.radar) figure.append(hover(tile));
  if (tile.marks.length) {
    const marks = make("div", "marks");
    for (const mark of tile.marks) marks.append(make("span", "", mark));
    figure.append(marks);
  }
  if (host.component.data.pickable) figure.append(tick(tile, figure, host));
  const name = make("div", "name", tile.title);
  name.title = tile.title;
  figure.append(name);
  tile.lines.forEach((text, at) => figure.append(line(text, at === 0 ? tile.tone : null)));
  return figure;
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

function walk(event, host) {
  const step = STEPS[event.key];
  const buttons = [...host.querySelectorAll(".open")];
  const at = buttons.indexOf(event.target);
  if (!step || at < 0) return;
  event.preventDefault();
  buttons[at + step]?.focus();
}

export default function (component) {
  const host = component.parentElement.querySelector(".gallery");
  const { data } = component;
  host.component = component;
  if (host.dataset.version === data.version) return;
  if (host.dataset.generation !== String(data.generation)) host.picked = new Set(data.picked);
  if (!host.dataset.ready) host.addEventListener("keydown", (event) => walk(event, host));
  const focused = component.parentElement.activeElement?.closest?.(".tile")?.dataset.id;
  host.dataset.version = data.version;
  host.dataset.generation = data.generation;
  host.style.setProperty("--tile", data.tile);
  host.replaceChildren(...data.tiles.map((tile) => figureOf(tile, host)));
  if (focused) host.querySelector(`.tile[data-id="${focused}"] .open`)?.focus();
  host.dataset.ready = "true";
}
