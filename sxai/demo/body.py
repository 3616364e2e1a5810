"""Heads, bodies, legs and tails, by view. Lengths in head units (see :mod:`sxai.demo.face`), y pointing down."""

from collections.abc import Callable

import numpy as np

from sxai.demo import face
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
from sxai.demo.scene import Coat, Scene
from sxai.demo.species import Anatomy

_INK: Colour = (40, 28, 32)


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


def _forehead(canvas: PartCanvas, head: Frame, coat: Coat, seed: int) -> None:
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
        _forehead(canvas, head, scene.coat, scene.detail)
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
