"""Bodies, legs and tails, by view. Lengths in head units (see :mod:`sxai.demo.face`), y pointing down."""

from collections.abc import Callable

import numpy as np

from sxai.demo.canvas import (
    Colour,
    Frame,
    PartCanvas,
    darker,
    ellipse,
    lighter,
    limb,
    mirrored,
    mix,
    moved,
    shrunk,
    smooth,
)
from sxai.demo.head import draw_head
from sxai.demo.markings import draw_markings
from sxai.demo.scene import Scene
from sxai.demo.species import Anatomy


def _slim(canvas: PartCanvas, leg: Frame, length: float, fur: Colour, light: Colour) -> None:
    """A cat's: narrow, with a pale round paw and pink toe beans."""
    canvas.solid(leg, limb([(0, 0.1), (0, length * 0.6), (0, length)], [0.23, 0.19, 0.17]), fur, "legs", rim=0.04)
    canvas.solid(leg, ellipse(0, length + 0.03, 0.27, 0.2), lighter(light, 0.5), "legs")
    for dx in (-0.12, 0.0, 0.12):
        canvas.fill(leg, ellipse(dx, length + 0.1, 0.05, 0.07), (236, 120, 138), "legs")


def _sturdy(canvas: PartCanvas, leg: Frame, length: float, fur: Colour, light: Colour) -> None:
    """A dog's: thick, with a broad paw and dark claws."""
    canvas.solid(leg, limb([(0, 0.1), (0, length * 0.6), (0, length)], [0.3, 0.27, 0.28]), fur, "legs", rim=0.04)
    canvas.solid(leg, ellipse(0, length + 0.03, 0.4, 0.21), darker(light, 0.08), "legs")
    for dx in (-0.25, 0.0, 0.25):
        canvas.fill(leg, ellipse(dx, length + 0.13, 0.065, 0.105), (30, 24, 28), "legs")


def _hoof(canvas: PartCanvas, leg: Frame, length: float, fur: Colour, light: Colour) -> None:
    canvas.solid(leg, limb([(0, 0), (0, length * 0.5), (0, length)], [0.19, 0.15, 0.15]), fur, "legs")
    hoof = np.array([(-0.17, length - 0.2), (0.17, length - 0.2), (0.25, length + 0.2), (-0.25, length + 0.2)])
    canvas.fill(leg, hoof, (44, 52, 84), "legs")
    canvas.fill(leg, ellipse(0, length - 0.22, 0.22, 0.1), (250, 246, 236), "legs")


_FOOT = np.array([(-0.08, -0.14), (0.08, -0.14), (0.38, 0.2), (0.14, 0.13), (0, 0.22), (-0.14, 0.13), (-0.38, 0.2)])


def _webbed(canvas: PartCanvas, leg: Frame, length: float, fur: Colour, light: Colour) -> None:
    canvas.fill(leg, limb([(0, 0), (0, length * 0.5), (0, length)], [0.11, 0.1, 0.1]), (214, 106, 20), "legs")
    foot = moved(_FOOT, 0, length)
    canvas.fill(leg, foot, (214, 106, 20), "legs")
    canvas.fill(leg, shrunk(foot, 0.75), (255, 156, 46), "legs")


def _striped(canvas: PartCanvas, leg: Frame, length: float, fur: Colour, light: Colour) -> None:
    canvas.solid(leg, limb([(0, 0), (0, length * 0.6), (0, length)], [0.22, 0.2, 0.2]), (250, 246, 240), "legs")
    for level in (0.15, 0.45, 0.75):
        band = np.array(
            [
                (-0.2, length * level),
                (0.2, length * level),
                (0.19, length * level + 0.13),
                (-0.19, length * level + 0.13),
            ]
        )
        canvas.fill(leg, band, (40, 104, 96), "legs")
    canvas.solid(leg, ellipse(0, length + 0.03, 0.28, 0.18), (40, 104, 96), "legs")


LEG_STYLES: dict[str, Callable[[PartCanvas, Frame, float, Colour, Colour], None]] = {
    "slim": _slim,
    "sturdy": _sturdy,
    "hoof": _hoof,
    "webbed": _webbed,
    "striped": _striped,
}


def _leg(
    canvas: PartCanvas,
    body: Frame,
    scene: Scene,
    anatomy: Anatomy,
    x: float,
    y: float,
    length: float,
    turn: float = 0.0,
    scale: float = 1.0,
) -> None:
    """One leg from its root (x, y) in the body's frame."""
    coat = scene.coat
    fur = coat.mark if coat.pattern == "points" else coat.base
    size = scale * scene.leg_size
    LEG_STYLES[anatomy.legs](canvas, body.child(x, y, size, turn), length / size, fur, coat.light)
    canvas.anchor(body, "legs", x - np.sin(np.radians(turn)) * length, y + np.cos(np.radians(turn)) * length)


def _tail(canvas: PartCanvas, body: Frame, scene: Scene, x: float, y: float, sign: int) -> None:
    """The tail, its root at (x, y), swinging to the side of ``sign``."""
    spines: dict[str, tuple[list[tuple[float, float]], list[float]]] = {
        "long": ([(0, 0), (0.55, 0.05), (0.9, -0.45), (0.86, -1.05), (1.1, -1.4)], [0.17, 0.17, 0.16, 0.14, 0.1]),
        "curl": ([(0, 0), (0.6, 0.0), (0.95, -0.5), (0.6, -0.9), (0.3, -0.6)], [0.18, 0.18, 0.17, 0.15, 0.12]),
        "bushy": ([(0, 0), (0.45, -0.1), (0.85, -0.6), (0.95, -1.15)], [0.18, 0.27, 0.34, 0.2]),
        "short": ([(0, 0), (0.3, -0.15), (0.45, -0.35)], [0.2, 0.2, 0.16]),
    }
    spine, widths = spines[scene.tail]
    colour = scene.coat.mark if scene.coat.pattern in ("points", "stripes") else scene.coat.base
    canvas.solid(body, moved(mirrored(limb(spine, widths), sign), x, y), colour)
    tip = moved(mirrored(limb(spine[-2:], widths[-2:]), sign), x, y)
    canvas.fill(body, shrunk(tip, 0.6), lighter(colour, 0.25))


def _collar(canvas: PartCanvas, body: Frame, scene: Scene, x: float, y: float) -> None:
    if scene.collar:
        canvas.solid(
            body,
            smooth(
                [
                    (x - 0.72, y - 0.08),
                    (x, y + 0.08),
                    (x + 0.72, y - 0.08),
                    (x + 0.68, y + 0.16),
                    (x, y + 0.34),
                    (x - 0.68, y + 0.16),
                ]
            ),
            scene.accent,
        )
        canvas.solid(body, ellipse(x, y + 0.4, 0.15, 0.15), (246, 206, 84))


_PEAR = smooth(
    [
        (0, -0.75),
        (0.62, -0.45),
        (0.98, 0.5),
        (1.0, 1.2),
        (0.6, 1.62),
        (0, 1.68),
        (-0.6, 1.62),
        (-1.0, 1.2),
        (-0.98, 0.5),
        (-0.62, -0.45),
    ]
)


def draw_front(canvas: PartCanvas, body: Frame, scene: Scene, anatomy: Anatomy) -> None:
    """Sitting, facing us; also the portrait, whose frame leaves the legs outside."""
    coat = scene.coat
    _tail(canvas, body, scene, 0.75, 1.3, 1)
    for sign in (-1, 1) if scene.hind_legs else ():
        _leg(canvas, body, scene, anatomy, 0.86 * sign, 1.1, 0.5, scale=0.95)
    canvas.solid(body, _PEAR, coat.base)
    draw_markings(canvas, body, coat, (0, 0.75, 0.95, 0.85), scene.detail + 1)
    canvas.fill(body, ellipse(0, 0.45, 0.5, 0.72), mix(coat.base, coat.light, 0.75))
    for sign in (-1, 1):
        _leg(canvas, body, scene, anatomy, 0.36 * sign, 0.55, 1.0)
    _collar(canvas, body, scene, 0, -0.45)
    draw_head(canvas, body.child(0, -1.12, 1, scene.head_turn), scene, anatomy)


def draw_side(canvas: PartCanvas, body: Frame, scene: Scene, anatomy: Anatomy) -> None:
    """Standing in profile, facing left."""
    coat = scene.coat
    _tail(canvas, body, scene, 1.2, -0.05, 1)
    for x in (-0.62, 1.18):
        _leg(canvas, body, scene, anatomy, x, 0.55, 0.9, scale=0.95)
    torso = smooth(
        [(-1.25, -0.5), (0, -0.6), (1.25, -0.55), (1.5, 0.1), (1.1, 0.68), (0, 0.72), (-1.05, 0.74), (-1.45, 0.15)]
    )
    canvas.solid(body, torso, coat.base)
    draw_markings(canvas, body, coat, (0, 0.05, 1.4, 0.62), scene.detail + 1)
    canvas.fill(body, ellipse(-0.1, 0.5, 0.9, 0.18), mix(coat.base, coat.light, 0.6))
    for x in (-0.98, 0.82):
        _leg(canvas, body, scene, anatomy, x, 0.45, 1.05)
    draw_head(canvas, body.child(-1.22, -0.85, 0.92, scene.head_turn), scene, anatomy)


def draw_back(canvas: PartCanvas, body: Frame, scene: Scene, anatomy: Anatomy) -> None:
    """Sitting, seen from behind: no eyes, no nose."""
    coat = scene.coat
    for sign in (-1, 1):
        _leg(canvas, body, scene, anatomy, 0.8 * sign, 0.95, 0.68)
    canvas.solid(body, _PEAR * (0.93, 1), coat.base)
    draw_markings(canvas, body, coat, (0, 0.6, 0.88, 0.95), scene.detail + 1)
    draw_head(canvas, body.child(0, -1.12, 1, scene.head_turn), scene, anatomy)
    _tail(canvas, body, scene, 0.05, 1.35, -1 if scene.detail % 2 else 1)


def draw_lying(canvas: PartCanvas, body: Frame, scene: Scene, anatomy: Anatomy) -> None:
    """Lying with the head towards us, the legs stretched forward or tucked under the body."""
    coat = scene.coat
    _tail(canvas, body, scene, 1.3, 0.95, 1)
    torso = smooth(
        [
            (-0.95, -0.1),
            (0.1, -0.42),
            (1.15, -0.25),
            (1.72, 0.45),
            (1.55, 1.15),
            (0.4, 1.28),
            (-0.9, 1.25),
            (-1.25, 0.6),
        ]
    )
    if scene.legs == "bare" and scene.hind_legs:
        _leg(canvas, body, scene, anatomy, 1.25, 0.95, 0.42, turn=25)
    canvas.solid(body, torso, coat.base)
    draw_markings(canvas, body, coat, (0.45, 0.45, 1.05, 0.68), scene.detail + 1)
    canvas.fill(body, ellipse(-0.35, 0.85, 0.62, 0.36), mix(coat.base, coat.light, 0.75))
    for x, turn in ((-0.82, 12.0), (0.16, -12.0)) if scene.legs == "bare" else ():
        _leg(canvas, body, scene, anatomy, x, 0.78, 0.62, turn=turn)
    draw_head(canvas, body.child(-0.35, -0.3, 1, scene.head_turn), scene, anatomy)


POSES: dict[str, Callable[[PartCanvas, Frame, Scene, Anatomy], None]] = {
    "front": draw_front,
    "portrait": draw_front,
    "side": draw_side,
    "back": draw_back,
    "lying": draw_lying,
}
