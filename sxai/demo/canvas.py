"""The part-labelling canvas of the demo: it records which part each pixel shows.

Everything is drawn ``OVERSAMPLING`` times too large and averaged down, once in colour and once as part labels;
the label canvas makes the part masks exact, whatever is drawn over a part afterwards.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin

import numpy as np
from PIL import Image, ImageDraw

PARTS = ("eyes", "nose", "ears", "legs")
OVERSAMPLING = 3

Colour = tuple[int, int, int]

_BIT = {"": 0} | {part: 1 << index for index, part in enumerate(PARTS)}


@lru_cache(maxsize=8)
def _circle(points: int) -> np.ndarray:
    """Unit circle, shape (points, 2)."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


@lru_cache(maxsize=8)
def _spline_basis(steps: int) -> np.ndarray:
    """Catmull-Rom weights of four neighbouring points, shape (steps, 4)."""
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    weights = [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]
    return np.concatenate(weights, axis=1) / 2


def moved(points: np.ndarray, x: float, y: float) -> np.ndarray:
    """``points`` (n, 2) shifted by (x, y)."""
    return points + np.array((x, y))


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> np.ndarray:
    """Outline of an ellipse, shape (36, 2); ``turn`` in degrees."""
    points = _circle(36) * (rx, ry)
    if turn:
        c, s = cos(radians(turn)), sin(radians(turn))
        points = points @ np.array([[c, s], [-s, c]])
    return moved(points, x, y)


def smooth(points: Sequence[Sequence[float]], steps: int = 6) -> np.ndarray:
    """Closed Catmull-Rom curve through ``points``, shape (len(points) * steps, 2)."""
    p = np.asarray(points, dtype=float)
    around = np.stack([np.roll(p, shift, axis=0) for shift in (1, 0, -1, -2)], axis=1)
    return np.einsum("sk,nkd->nsd", _spline_basis(steps), around).reshape(-1, 2)


def limb(spine: Sequence[Sequence[float]], widths: Sequence[float], steps: int = 5) -> np.ndarray:
    """Outline of a bent, tapering limb with round ends, from its spine points and half widths."""
    data = np.column_stack([np.asarray(spine, dtype=float), np.asarray(widths, dtype=float)])
    padded = np.concatenate([data[:1], data, data[-1:]])
    around = np.stack([padded[i : i + len(data) - 1] for i in range(4)], axis=1)
    dense = np.einsum("sk,nkd->nsd", _spline_basis(steps), around).reshape(-1, 3)
    dense = np.concatenate([dense, data[-1:]])
    ahead = np.gradient(dense[:, :2], axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True) + 1e-9
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1) * dense[:, 2:]
    near, far = dense[0], dense[-1]
    angle = np.linspace(np.pi / 2, -np.pi / 2, 9)[1:-1, None]
    out, across = np.cos(angle), np.sin(angle)
    tip = far[:2] + out * ahead[-1] * far[2] + across * normal[-1]
    root = near[:2] - out * ahead[0] * near[2] - across * normal[0]
    return np.concatenate([dense[:, :2] + normal, tip, (dense[:, :2] - normal)[::-1], root])


def mirrored(points: np.ndarray, side: int) -> np.ndarray:
    """``points`` reflected to the left for side -1, untouched for side +1."""
    return points * (side, 1)


def shrunk(points: np.ndarray, factor: float, dx: float = 0.0, dy: float = 0.0) -> np.ndarray:
    """``points`` scaled about their mean and moved."""
    middle = points.mean(axis=0)
    return (points - middle) * factor + middle + (dx, dy)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Colour between ``a`` (share 0) and ``b`` (share 1)."""
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float = 0.35) -> Colour:
    """``colour`` mixed with a warm near-black, as an outline takes it."""
    return mix(colour, (38, 26, 30), share)


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    """``colour`` mixed with a warm white."""
    return mix(colour, (255, 250, 240), share)


@dataclass(frozen=True)
class Frame:
    """A local coordinate system on the canvas: ``pixel = matrix @ point + origin`` (x right, y down)."""

    matrix: np.ndarray
    origin: np.ndarray

    @classmethod
    def at(cls, x: float, y: float, scale: float, turn: float = 0.0, mirror: bool = False) -> "Frame":
        """Frame whose origin lies at pixel (x, y), one unit being ``scale`` pixels, turned by degrees."""
        c, s = cos(radians(turn)) * scale, sin(radians(turn)) * scale
        flip = -1.0 if mirror else 1.0
        return cls(np.array([[c * flip, -s], [s * flip, c]]), np.array([x, y], dtype=float))

    def child(self, x: float, y: float, scale: float = 1.0, turn: float = 0.0) -> "Frame":
        """Frame placed at (x, y) of this one."""
        inner = Frame.at(0, 0, scale, turn)
        return Frame(self.matrix @ inner.matrix, self.map(np.array([[x, y]]))[0])

    def map(self, points: np.ndarray) -> np.ndarray:
        """Local points (n, 2) to pixels (n, 2)."""
        mapped: np.ndarray = points @ self.matrix.T + self.origin
        return mapped

    @property
    def unit(self) -> float:
        """Pixels in one local unit."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix))))


class PartCanvas:
    """The colour canvas and the label canvas, drawn on together.

    ``leave_out`` names parts that are not drawn at all, so that what lies behind them shows.
    """

    def __init__(self, size: int, leave_out: Collection[str] = ()) -> None:
        self.size = size
        self.full = size * OVERSAMPLING
        self.leave_out = frozenset(leave_out)
        self.labels = Image.new("L", (self.full, self.full))
        self._label_pen = ImageDraw.Draw(self.labels)
        self._anchors: list[tuple[str, float, float]] = []
        self.backdrop(Image.new("RGB", (self.full, self.full)))

    def backdrop(self, image: Image.Image) -> None:
        """Start over on ``image`` (full size, RGB)."""
        self.image = image
        self._pen = ImageDraw.Draw(image)

    def fill(self, frame: Frame, points: np.ndarray, colour: Colour, part: str = "") -> None:
        """Fill a closed outline given in ``frame``; ``part`` names the part it shows."""
        if part in self.leave_out:
            return
        pixels = (frame.map(points) * OVERSAMPLING).ravel().tolist()
        self._pen.polygon(pixels, fill=colour)
        self._label_pen.polygon(pixels, fill=_BIT[part])

    def stroke(self, frame: Frame, points: np.ndarray, width: float, colour: Colour, part: str = "") -> None:
        """Draw an open line, ``width`` in units of ``frame`` (at least one oversampled pixel)."""
        if part in self.leave_out:
            return
        pixels = (frame.map(points) * OVERSAMPLING).ravel().tolist()
        thick = max(1, round(width * frame.unit * OVERSAMPLING))
        self._pen.line(pixels, fill=colour, width=thick, joint="curve")
        self._label_pen.line(pixels, fill=_BIT[part], width=thick, joint="curve")

    def solid(self, frame: Frame, points: np.ndarray, colour: Colour, part: str = "", rim: float = 0.055) -> None:
        """Fill an outline with a dark rim and a soft light from above, so that it looks round."""
        extent = float(np.ptp(points, axis=0).min()) / 2
        inner = max(0.3, 1 - rim / max(extent, 1e-6))
        self.fill(frame, points, darker(colour, 0.45), part)
        self.fill(frame, shrunk(points, inner), darker(colour, 0.1), part)
        self.fill(frame, shrunk(points, inner * 0.9, 0, -rim * 0.7), colour, part)

    def anchor(self, frame: Frame, part: str, x: float, y: float) -> None:
        """Record the centre of a part that was drawn."""
        if part not in self.leave_out:
            px, py = frame.map(np.array([[x, y]]))[0]
            self._anchors.append((part, float(px), float(py)))

    def pixels(self) -> np.ndarray:
        """The picture averaged down, float32 (size, size, 3) in 0-255."""
        return np.asarray(self.image.reduce(OVERSAMPLING), dtype=np.float32)

    def parts(self) -> dict[str, np.ndarray]:
        """Where any of each part shows, bool (size, size)."""
        labels = np.asarray(self.labels).reshape(self.size, OVERSAMPLING, self.full)
        rows = np.bitwise_or.reduce(labels, axis=1)
        seen = np.bitwise_or.reduce(rows.reshape(self.size, self.size, OVERSAMPLING), axis=2)
        return {part: (seen & _BIT[part]) > 0 for part in PARTS}

    def keypoints(self) -> dict[str, np.ndarray]:
        """For each part its (n, 3) anchors: x, y in pixels and 2 when seen there, 1 when covered or outside."""
        labels = np.asarray(self.labels)
        rows: dict[str, list[tuple[float, float, int]]] = {part: [] for part in PARTS}
        for part, x, y in self._anchors:
            inside = 0 <= x < self.size and 0 <= y < self.size
            seen = inside and labels[int(y * OVERSAMPLING), int(x * OVERSAMPLING)] == _BIT[part]
            rows[part].append((x, y, 2 if seen else 1))
        return {part: np.array(points, dtype=np.float64).reshape(-1, 3) for part, points in rows.items()}
