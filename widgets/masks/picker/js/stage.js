// Draws one picture, its superpixels and the masked result, both with the same zoom. Knows no events.
// What a pointer does not change (the scaled photograph, the net of superpixels, the masked result) is kept as drawn,
// so that a repaint is a few copies and the lines of what is chosen.

const MAX_ZOOM = 12;
const TINT = [0, 114, 178, 105];

function surface(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** "#0072b2" or "rgb(…)" of a CSS variable on the host, for the canvas. */
function themed(host, name, fallback) {
  return getComputedStyle(host).getPropertyValue(name).trim() || fallback;
}

/** Four bytes as the one number that a Uint32Array over ImageData holds for them, whatever the machine's byte order. */
function packed(bytes) {
  return new Uint32Array(new Uint8Array(bytes).buffer)[0];
}

export class Stage {
  constructor(host, picture, preview) {
    this.host = host;
    this.picture = picture;
    this.preview = preview;
    this.view = { zoom: 1, x: 0, y: 0 };
  }

  /** Show a picture (a decoded image element) with its superpixel map. */
  load(photo, map) {
    this.map = map;
    this.photo = surface(map.width, map.height);
    const pen = this.photo.getContext("2d", { willReadFrequently: true });
    pen.drawImage(photo, 0, 0, map.width, map.height);
    this.pixels = pen.getImageData(0, 0, map.width, map.height);
    this.tint = { canvas: surface(map.width, map.height), image: new ImageData(map.width, map.height) };
    this.masked = { canvas: surface(map.width, map.height), image: new ImageData(map.width, map.height) };
    this.view = { zoom: 1, x: 0, y: 0 };
    this.host.style.setProperty("--ratio", String(map.width / map.height));
    this.measure();
  }

  /** The same picture in other superpixels; the view stays. */
  recut(map) {
    this.map = map;
    this.moved = true;
  }

  /** Match the canvases to their boxes on screen, pixel for pixel. */
  measure() {
    if (!this.map) return;
    const dense = window.devicePixelRatio || 1;
    for (const canvas of [this.picture, this.preview]) {
      canvas.width = Math.max(1, Math.round(canvas.clientWidth * dense));
      canvas.height = Math.max(1, Math.round(canvas.clientHeight * dense));
    }
    this.scaled = surface(this.picture.width, this.picture.height);
    this.net = surface(this.picture.width, this.picture.height);
    this.moved = true;
    this.dress();
  }

  /** Read the theme's colour for what is chosen; asking at each repaint would lay the page out again. */
  dress() {
    this.accent = themed(this.host, "--chosen", "#56b4e9");
  }

  /** Screen position of a pointer → picture coordinates. */
  locate(clientX, clientY) {
    const box = this.picture.getBoundingClientRect();
    const scale = this.#scale(box.width);
    return { x: this.view.x + (clientX - box.left) / scale, y: this.view.y + (clientY - box.top) / scale };
  }

  /** Picture coordinates → fractions of the shown box. */
  place(point) {
    const { zoom, x, y } = this.view;
    return { x: ((point.x - x) * zoom) / this.map.width, y: ((point.y - y) * zoom) / this.map.height };
  }

  /** Zoom by a factor and keep a picture point where it is on the screen. */
  zoomAt(factor, point) {
    const before = this.view.zoom;
    const zoom = Math.min(MAX_ZOOM, Math.max(1, before * factor));
    this.view.x = point.x - ((point.x - this.view.x) * before) / zoom;
    this.view.y = point.y - ((point.y - this.view.y) * before) / zoom;
    this.view.zoom = zoom;
    this.#keepInside();
    return zoom !== before;
  }

  /** Move the view by so many picture pixels. */
  pan(dx, dy) {
    this.view.x += dx;
    this.view.y += dy;
    this.#keepInside();
  }

  centre() {
    const { zoom, x, y } = this.view;
    return { x: x + this.map.width / zoom / 2, y: y + this.map.height / zoom / 2 };
  }

  /** Bring a point into view when it lies outside. */
  reveal(point) {
    const { x, y } = this.place(point);
    if (x > 0.05 && x < 0.95 && y > 0.05 && y < 0.95) return;
    const middle = this.centre();
    this.pan(point.x - middle.x, point.y - middle.y);
  }

  reset() {
    this.view = { zoom: 1, x: 0, y: 0 };
    this.moved = true;
  }

  /** Mark the masked pixels and compute the masked picture; `inside(i)` tells for each pixel. */
  mask(inside, colour) {
    const [photo, tint, masked] = [this.pixels, this.tint.image, this.masked.image].map(
      (image) => new Uint32Array(image.data.buffer),
    );
    const [mark, fill] = [packed(TINT), packed([...colour, 255])];
    for (let i = 0; i < photo.length; i += 1) {
      const hit = inside(i);
      tint[i] = hit ? mark : 0;
      masked[i] = hit ? fill : photo[i];
    }
    for (const { canvas, image } of [this.tint, this.masked]) canvas.getContext("2d").putImageData(image, 0, 0);
    this.remasked = true;
  }

  /** Paint both canvases. `marks`: labels selected, fill, hover, focus (none without the keyboard); and proposed. */
  draw(marks) {
    if (!this.map) return;
    if (this.moved || this.remasked) this.#paint(this.preview, (pen) => pen.drawImage(this.masked.canvas, 0, 0));
    if (this.moved) {
      this.#paint(this.scaled, (pen) => pen.drawImage(this.photo, 0, 0));
      this.#paint(this.net, (pen, unit) => this.#outlines(pen, unit));
    }
    this.moved = false;
    this.remasked = false;
    this.#paint(this.picture, (pen, unit) => {
      const copy = (layer) => {
        pen.save();
        pen.resetTransform();
        pen.drawImage(layer, 0, 0);
        pen.restore();
      };
      copy(this.scaled);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(this.tint.canvas, 0, 0);
      copy(this.net);
      this.#lines(pen, unit, marks);
    });
  }

  #outlines(pen, unit) {
    pen.lineJoin = "round";
    for (const [width, style] of [[2.6, "rgba(0, 0, 0, 0.5)"], [1, "rgba(255, 255, 255, 0.85)"]]) {
      pen.lineWidth = width * unit;
      pen.strokeStyle = style;
      this.map.outlines.forEach((outline) => pen.stroke(outline));
    }
  }

  #lines(pen, unit, { selected, fill, hover, focus, proposed }) {
    const stroke = (labels, width, style, dash = []) => {
      pen.lineWidth = width * unit;
      pen.strokeStyle = style;
      pen.setLineDash(dash.map((length) => length * unit));
      for (const label of labels) pen.stroke(this.map.outlines[label]);
    };
    pen.lineJoin = "round";
    stroke(selected, 4.5, "rgba(0, 0, 0, 0.65)");
    stroke(selected, 2.5, this.accent, proposed ? [7, 4] : []);
    const bold = (labels, style, dash) => {
      stroke(labels, 4.5, "rgba(0, 0, 0, 0.55)");
      stroke(labels, 2.25, style, dash);
    };
    bold(fill, "#f0e442");
    bold(hover, "#ffffff");
    bold(focus, "#ffffff", [6, 4]);
    if (fill.length > 0) this.#drop(pen, unit, this.map.points[fill[0]]);
  }

  /** A small yellow disc on the superpixel that gives the colour. */
  #drop(pen, unit, { x, y }) {
    pen.setLineDash([]);
    pen.beginPath();
    pen.arc(x, y, 5 * unit, 0, 2 * Math.PI);
    pen.fillStyle = "#f0e442";
    pen.fill();
    pen.lineWidth = 1.5 * unit;
    pen.strokeStyle = "rgba(0, 0, 0, 0.7)";
    pen.stroke();
  }

  /** Clear a canvas of the stage's size and draw on it in picture coordinates; `unit` is one screen pixel there. */
  #paint(canvas, drawing) {
    const pen = canvas.getContext("2d");
    const scale = this.#scale(canvas.width);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(scale, 0, 0, scale, -this.view.x * scale, -this.view.y * scale);
    pen.imageSmoothingEnabled = this.view.zoom < 4;
    pen.imageSmoothingQuality = "high";
    drawing(pen, (window.devicePixelRatio || 1) / scale);
  }

  #scale(boxWidth) {
    return (boxWidth / this.map.width) * this.view.zoom;
  }

  #keepInside() {
    const { zoom } = this.view;
    this.moved = true;
    this.view.x = Math.min(this.map.width * (1 - 1 / zoom), Math.max(0, this.view.x));
    this.view.y = Math.min(this.map.height * (1 - 1 / zoom), Math.max(0, this.view.y));
  }
}
