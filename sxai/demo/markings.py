"""Markings of a coat: stripes, patches and spots on the body, and what the forehead of each wears."""

import numpy as np

from sxai.demo.canvas import Frame, PartCanvas, ellipse, mix, moved, smooth
from sxai.demo.scene import Coat


def _within(points: np.ndarray, x: float, y: float, rx: float, ry: float) -> np.ndarray:
    """``points`` pulled into an ellipse, so that markings do not leave the body."""
    offset = (points - (x, y)) / (rx, ry)
    reach = np.maximum(np.linalg.norm(offset, axis=1, keepdims=True) / 0.93, 1)
    return offset / reach * (rx, ry) + (x, y)


def draw_markings(
    canvas: PartCanvas, frame: Frame, coat: Coat, oval: tuple[float, float, float, float], seed: int
) -> None:
    """Stripes, patches or spots inside the ellipse ``oval`` (x, y, rx, ry)."""
    x, y, rx, ry = oval
    rng = np.random.default_rng(seed)
    if coat.pattern == "stripes":
        for sign in (-1, 1):
            for level in (-0.42, -0.08, 0.26):
                stripe = np.array([(1.1, -0.1), (0.45, -0.02), (0.42, 0.03), (1.1, 0.09)]) * (sign, 1) + (0, level)
                canvas.fill(frame, _within(stripe * (rx, ry) + (x, y), x, y, rx, ry), coat.mark)
    elif coat.pattern == "patches":
        for angle in rng.uniform(0, 2 * np.pi, 3):
            middle = (x + 0.62 * rx * np.cos(angle), y + 0.55 * ry * np.sin(angle))
            patch = ellipse(*middle, rx * rng.uniform(0.28, 0.48), ry * rng.uniform(0.26, 0.46), rng.uniform(0, 90))
            canvas.fill(frame, _within(patch, x, y, rx, ry), coat.mark)
    elif coat.pattern == "spots":
        for angle, reach in zip(rng.uniform(0, 2 * np.pi, 9), rng.uniform(0.25, 0.85, 9), strict=True):
            spot = ellipse(x + reach * rx * np.cos(angle), y + reach * ry * np.sin(angle), *rng.uniform(0.06, 0.13, 2))
            canvas.fill(frame, _within(spot, x, y, rx, ry), coat.mark)


def draw_forehead(canvas: PartCanvas, head: Frame, coat: Coat, seed: int) -> None:
    """The markings of the head: a tabby's M, one coloured eye patch, a dark mask or a white blaze."""
    if coat.pattern == "stripes":
        for dx in (-0.26, 0.0, 0.26):
            stripe = np.array(
                [(-0.07, -0.84 + 0.3 * dx * dx), (0.07, -0.84 + 0.3 * dx * dx), (0.025, -0.4), (-0.025, -0.4)]
            )
            canvas.fill(head, moved(stripe, dx, 0.03), coat.mark)
        for sign in (-1, 1):
            for level in (0.12, 0.34):
                cheek = np.array([(0.97, -0.05), (0.68, 0.0), (0.68, 0.02), (0.95, 0.07)]) * (sign, 1) + (0, level)
                canvas.fill(head, _within(cheek, 0, 0, 1, 0.9), coat.mark)
    elif coat.pattern in ("patches", "spots"):
        sign = -1 if seed % 2 else 1
        canvas.fill(head, _within(ellipse(0.5 * sign, -0.2, 0.52, 0.56, 20), 0, 0, 1, 0.88), coat.mark)
    elif coat.pattern == "points":
        canvas.fill(head, ellipse(0, 0.26, 0.62, 0.56), mix(coat.base, coat.mark, 0.55))
    elif coat.pattern == "bib":
        canvas.fill(
            head, smooth([(-0.1, -0.82), (0.1, -0.82), (0.17, 0.0), (0.4, 0.5), (-0.4, 0.5), (-0.17, 0.0)]), coat.light
        )
