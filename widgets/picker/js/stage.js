// Draws one picture, its superpixels and the masked result, both with the same zoom. Knows no events.

const MAX_ZOOM = 12;

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
    this.tint = surface(map.width, map.height);
    this.masked = surface(map.width, map.height);
    this.view = { zoom: 1, x: 0, y: 0 };
    this.host.style.setProperty("--ratio", String(map.width / map.height));
    this.measure();
  }

  /** Match the canvases to their boxes on screen, pixel for pixel. */
  measure() {
    if (!this.map) return;
    const dense = window.devicePixelRatio || 1;
    for (const canvas of [this.picture, this.preview]) {
      canvas.width = Math.max(1, Math.round(canvas.clientWidth * dense));
      canvas.height = Math.max(1, Math.round(canvas.clientHeight * dense));
    }
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
  }

  /** Mark the masked pixels and compute the masked picture; `inside(i)` tells for each pixel. */
  mask(inside, colour) {
    const { width, height } = this.map;
    const tint = new ImageData(width, height);
    const masked = new ImageData(new Uint8ClampedArray(this.pixels.data), width, height);
    for (let i = 0; i < width * height; i += 1) {
      if (!inside(i)) continue;
      tint.data.set([0, 114, 178, 105], 4 * i);
      masked.data.set(colour, 4 * i);
    }
    this.tint.getContext("2d").putImageData(tint, 0, 0);
    this.masked.getContext("2d").putImageData(masked, 0, 0);
  }

  /** Paint both canvases. `marks`: {selected, fill, hover, focus (null unless the keyboard is used), proposed}. */
  draw(marks) {
    if (!this.map) return;
    this.#paint(this.preview, this.masked, () => {});
    this.#paint(this.picture, this.photo, (pen, unit) => {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(this.tint, 0, 0);
      this.#lines(pen, unit, marks);
    });
  }

  #lines(pen, unit, { selected, fill, hover, focus, proposed }) {
    const accent = themed(this.host, "--chosen", "#56b4e9");
    const stroke = (labels, width, style, dash = []) => {
      pen.lineWidth = width * unit;
      pen.strokeStyle = style;
      pen.setLineDash(dash.map((length) => length * unit));
      for (const label of labels) pen.stroke(this.map.outlines[label]);
    };
    pen.lineJoin = "round";
    stroke(this.map.outlines.keys(), 2, "rgba(0, 0, 0, 0.22)");
    stroke(this.map.outlines.keys(), 0.8, "rgba(255, 255, 255, 0.55)");
    stroke(selected, 2.5, accent, proposed ? [7, 4] : []);
    const bold = (label, style, dash) => {
      stroke([label], 4.5, "rgba(0, 0, 0, 0.55)");
      stroke([label], 2.25, style, dash);
    };
    if (fill !== null) bold(fill, "#f0e442");
    if (hover !== null) bold(hover, "#ffffff");
    if (focus !== null) bold(focus, "#ffffff", [6, 4]);
    if (fill !== null) this.#drop(pen, unit, this.map.points[fill]);
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

  #paint(canvas, image, overlay) {
    const pen = canvas.getContext("2d");
    const scale = this.#scale(canvas.width);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(scale, 0, 0, scale, -this.view.x * scale, -this.view.y * scale);
    pen.imageSmoothingEnabled = this.view.zoom < 4;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0);
    overlay(pen, (window.devicePixelRatio || 1) / scale);
  }

  #scale(boxWidth) {
    return (boxWidth / this.map.width) * this.view.zoom;
  }

  #keepInside() {
    const { zoom } = this.view;
    this.view.x = Math.min(this.map.width * (1 - 1 / zoom), Math.max(0, this.view.x));
    this.view.y = Math.min(this.map.height * (1 - 1 / zoom), Math.max(0, this.view.y));
  }
}
