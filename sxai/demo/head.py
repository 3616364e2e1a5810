"""Heads, from the front, the side and behind. Lengths in head units (see :mod:`sxai.demo.face`), y pointing down."""

import numpy as np

from sxai.demo import face
from sxai.demo.canvas import Frame, PartCanvas, darker, ellipse, lighter, mix, moved, smooth
from sxai.demo.markings import draw_forehead, draw_markings
from sxai.demo.scene import Coat, Scene
from sxai.demo.species import Anatomy


def _mouth(canvas: PartCanvas, head: Frame, scene: Scene, x: float, y: float, wide: bool) -> None:
    """The muzzle's two cushions, the mouth, and a tongue when the pet is merry."""
    light = scene.coat.light
    reach = 0.4 if wide else 0.3
    for sign in (-1, 1):
        canvas.fill(head, ellipse(x + reach * 0.6 * sign, y, reach, 0.27), darker(light, 0.1))
        canvas.fill(head, ellipse(x + reach * 0.6 * sign, y - 0.03, reach - 0.03, 0.24), light)
    if scene.tongue:
        canvas.fill(head, ellipse(x, y + 0.28, 0.13, 0.2), (164, 36, 60))
        canvas.fill(head, ellipse(x, y + 0.27, 0.1, 0.16), (214, 66, 92))
    for sign in (-1, 1):
        arc = np.array([(0, 0.04), (0.04, 0.14), (0.14, 0.19), (0.26, 0.13)]) * (sign, 1)
        canvas.stroke(head, moved(arc, x, y), 0.05, darker(light, 0.75))


def _whiskers(canvas: PartCanvas, head: Frame, coat: Coat, x: float) -> None:
    colour = lighter(coat.base, 0.75) if sum(coat.base) < 420 else darker(coat.base, 0.35)
    for sign in (-1, 1):
        for level, slope in ((0.4, -0.1), (0.48, 0.0), (0.56, 0.1)):
            line = np.array([(x + 0.42 * sign, level), (x + 1.12 * sign, level + slope)])
            canvas.stroke(head, line, 0.022, colour)


def _hat(canvas: PartCanvas, head: Frame, scene: Scene) -> None:
    """A knitted hat or a bonnet, pulled down over the ears."""
    colour = scene.accent
    crown = smooth([(-1.0, -0.3), (-0.92, -0.85), (0, -1.36), (0.92, -0.85), (1.0, -0.3), (0, -0.52)])
    if scene.hat == "bonnet":
        crown = smooth(
            [(-1.12, 0.36), (-1.2, -0.5), (0, -1.3), (1.2, -0.5), (1.12, 0.36), (0.84, -0.3), (0, -0.56), (-0.84, -0.3)]
        )
    canvas.solid(head, crown, colour)
    for level in (-1.02, -0.82):
        canvas.stroke(head, np.array([(-0.5, level), (0, level - 0.1), (0.5, level)]), 0.05, lighter(colour, 0.35))
    brim = smooth([(-1.04, -0.34), (0, -0.72), (1.04, -0.34), (1.0, -0.14), (0, -0.46), (-1.0, -0.14)])
    canvas.solid(head, brim, lighter(colour, 0.5))
    canvas.solid(head, ellipse(0, -1.34, 0.24, 0.22), lighter(colour, 0.6))


_PROFILE = smooth(
    [
        (-1.2, 0.2),
        (-1.12, 0.52),
        (-0.55, 0.74),
        (0.2, 0.84),
        (0.86, 0.4),
        (0.9, -0.3),
        (0.4, -0.84),
        (-0.3, -0.82),
        (-0.68, -0.32),
        (-0.9, 0.04),
    ]
)
_FACE = smooth(
    [
        (0, -0.87),
        (0.68, -0.7),
        (0.99, -0.1),
        (1.02, 0.36),
        (0.58, 0.76),
        (0, 0.86),
        (-0.58, 0.76),
        (-1.02, 0.36),
        (-0.99, -0.1),
        (-0.68, -0.7),
    ]
)


def _features(canvas: PartCanvas, head: Frame, scene: Scene, anatomy: Anatomy) -> None:
    """Muzzle, eyes and nose, or what hides them."""
    side = scene.view == "side"
    x, y = (-0.86, 0.46) if side else (0.0, 0.5)
    if not side:
        draw_forehead(canvas, head, scene.coat, scene.detail)
    _mouth(canvas, head, scene, x, y, anatomy.nose in ("oval", "snout"))
    for sign in () if side else (-1, 1):
        canvas.fill(head, ellipse(0.7 * sign, 0.36, 0.15, 0.09), mix(scene.coat.base, (240, 140, 130), 0.25))
    if scene.eyes == "shades":
        face.draw_shades(canvas, head, scene.accent, side)
    elif scene.eyes == "sleep-mask":
        face.draw_sleep_mask(canvas, head, scene.accent, side)
    else:
        face.draw_eyes(canvas, head, anatomy.eyes, scene, side)
    if scene.nose == "bare":
        face.draw_nose(canvas, head, anatomy.nose, scene.nose_size, side)
    else:
        face.draw_nose_cover(canvas, head, scene.nose, scene.accent, side)
    if anatomy.nose != "beak" and not side:
        _whiskers(canvas, head, scene.coat, x)


def draw_head(canvas: PartCanvas, head: Frame, scene: Scene, anatomy: Anatomy) -> None:
    """The whole head; from behind it shows only fur and the backs of the ears."""
    coat = scene.coat
    hanging = anatomy.ears == "floppy"
    if not hanging and scene.ears != "hat":
        face.draw_ears(canvas, head, anatomy.ears, scene)
    canvas.solid(head, _PROFILE if scene.view == "side" else _FACE, coat.base)
    if scene.view == "back":
        if coat.pattern == "stripes":
            draw_markings(canvas, head, coat, (0, 0, 0.95, 0.84), scene.detail)
    else:
        _features(canvas, head, scene, anatomy)
    if hanging and scene.ears != "hat":
        face.draw_ears(canvas, head, anatomy.ears, scene)
    if scene.ears == "bow":
        face.draw_bow(canvas, head, scene)
    elif scene.ears == "hat":
        _hat(canvas, head, scene)
