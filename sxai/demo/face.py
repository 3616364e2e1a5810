"""Ears, eyes and noses in their styles, seen from the front or from the side.

All lengths are in head units: the head is an ellipse of half width 1 around the frame's origin, y pointing down.
"""

from collections.abc import Callable

import numpy as np

from sxai.demo.canvas import Colour, Frame, PartCanvas, darker, ellipse, lighter, mirrored, mix, moved, shrunk, smooth
from sxai.demo.scene import Scene

_WHITE: Colour = (255, 255, 255)
_INK: Colour = (34, 26, 30)
_PINK: Colour = (240, 164, 164)

EyePainter = Callable[[PartCanvas, Frame, float], None]


def _shine(canvas: PartCanvas, eye: Frame, size: float) -> None:
    canvas.fill(eye, ellipse(-0.3 * size, -0.36 * size, 0.26 * size, 0.26 * size), _WHITE, "eyes")
    canvas.fill(eye, ellipse(0.28 * size, 0.34 * size, 0.12 * size, 0.12 * size), _WHITE, "eyes")


def _slit(canvas: PartCanvas, eye: Frame, iris: float) -> None:
    """A cat's: almond, green to amber, with an upright pupil."""
    almond = smooth([(-1.12, -0.12), (-0.3, -0.92), (0.7, -0.78), (1.15, 0.02), (0.5, 0.82), (-0.6, 0.7)])
    colour = mix((126, 200, 84), (246, 190, 48), iris)
    canvas.fill(eye, almond, _INK, "eyes")
    canvas.fill(eye, shrunk(almond, 0.84), darker(colour, 0.2), "eyes")
    canvas.fill(eye, shrunk(almond, 0.72, 0, 0.06), colour, "eyes")
    canvas.fill(eye, ellipse(0, -0.02, 0.2, 0.7), _INK, "eyes")
    _shine(canvas, eye, 0.8)


def _round(canvas: PartCanvas, eye: Frame, iris: float) -> None:
    """A dog's: round, dark brown, with white corners."""
    canvas.fill(eye, ellipse(0, 0, 1.0, 0.98), _INK, "eyes")
    canvas.fill(eye, ellipse(0, 0.05, 0.88, 0.84), (244, 236, 226), "eyes")
    canvas.fill(eye, ellipse(0, 0.0, 0.72, 0.8), mix((92, 50, 24), (146, 88, 40), iris), "eyes")
    canvas.fill(eye, ellipse(0, -0.02, 0.46, 0.5), (26, 16, 14), "eyes")
    _shine(canvas, eye, 1.0)


def _ring(canvas: PartCanvas, eye: Frame, iris: float) -> None:
    """An owl's: an orange ring around a small black disc."""
    canvas.fill(eye, ellipse(0, 0, 1.12, 1.12), _INK, "eyes")
    canvas.fill(eye, ellipse(0, 0, 0.98, 0.98), mix((250, 130, 40), (236, 84, 54), iris), "eyes")
    canvas.fill(eye, ellipse(0, 0, 0.46, 0.46), _INK, "eyes")
    canvas.fill(eye, ellipse(-0.16, -0.18, 0.16, 0.16), _WHITE, "eyes")


def _bar(canvas: PartCanvas, eye: Frame, iris: float) -> None:
    """A goat's: pale blue, with a lying bar for a pupil."""
    canvas.fill(eye, ellipse(0, 0, 1.1, 0.92), _INK, "eyes")
    canvas.fill(eye, ellipse(0, 0, 0.95, 0.77), mix((140, 208, 240), (170, 226, 226), iris), "eyes")
    canvas.fill(eye, ellipse(0, 0, 0.8, 0.23), _INK, "eyes")
    canvas.fill(eye, ellipse(-0.4, -0.4, 0.16, 0.16), _WHITE, "eyes")


def _wide(canvas: PartCanvas, eye: Frame, iris: float) -> None:
    """A lemur's: much white around a small violet iris."""
    canvas.fill(eye, ellipse(0, 0, 1.2, 1.16), _INK, "eyes")
    canvas.fill(eye, ellipse(0, 0, 1.06, 1.02), _WHITE, "eyes")
    canvas.fill(eye, ellipse(0.06, 0.06, 0.52, 0.52), mix((126, 84, 190), (190, 80, 170), iris), "eyes")
    canvas.fill(eye, ellipse(0.06, 0.06, 0.24, 0.24), _INK, "eyes")


EYE_STYLES: dict[str, EyePainter] = {"slit": _slit, "round": _round, "ring": _ring, "bar": _bar, "wide": _wide}
_EYE_RADIUS = 0.26
_LID_LINE = np.array([(-0.22, 0.0), (-0.12, 0.09), (0.0, 0.12), (0.12, 0.09), (0.22, 0.0)])
_LASH = np.array([(-0.16, 0), (0, 0.08), (0.16, 0)])
_LID_EDGE = np.array([(-1.25, -0.05), (-0.5, -0.14), (0.5, -0.14), (1.25, -0.05)])
_LID = np.concatenate([_LID_EDGE, [(1.1, -0.75), (0.5, -1.22), (-0.5, -1.22), (-1.1, -0.75)]])


def draw_eyes(canvas: PartCanvas, head: Frame, style: str, scene: Scene, side: bool) -> None:
    """Both eyes (the near one, narrowed, when the head is turned to the side): open, sleepy, or one winking."""
    for sign in (-1,) if side else (-1, 1):
        x, y = (-0.3, -0.06) if side else (0.43 * sign, 0.02)
        if scene.eyes == "closed" or (scene.eyes == "wink" and sign == 1):
            canvas.stroke(head, moved(_LID_LINE, x, y + 0.04), 0.07, darker(scene.coat.base, 0.75))
            continue
        eye = head.child(x, y, _EYE_RADIUS * scene.eye_size)
        squeeze = np.array([-1.0 * sign * (0.8 if side else 1.0), 1.0])
        eye = Frame(eye.matrix * squeeze, eye.origin)
        EYE_STYLES[style](canvas, eye, scene.iris)
        if scene.eyes == "sleepy":
            canvas.fill(eye, _LID, darker(scene.coat.base, 0.12))
            canvas.stroke(eye, _LID_EDGE, 0.2, darker(scene.coat.base, 0.7))
        canvas.anchor(head, "eyes", x, y)


def draw_shades(canvas: PartCanvas, head: Frame, accent: Colour, side: bool) -> None:
    """Sunglasses."""
    canvas.stroke(head, np.array([(-0.95, -0.1), (0.95, -0.1)]) * (1.0, 1.0), 0.08, accent)
    for sign in (-1,) if side else (-1, 1):
        lens = ellipse(-0.3 if side else 0.43 * sign, 0.04, 0.4, 0.34)
        canvas.fill(head, lens, accent)
        canvas.fill(head, shrunk(lens, 0.84), (44, 44, 58))
        canvas.stroke(head, np.array([(-0.16, 0.08), (0.02, -0.12)]) + lens.mean(axis=0), 0.05, (150, 156, 178))


def draw_sleep_mask(canvas: PartCanvas, head: Frame, accent: Colour, side: bool) -> None:
    """A sleeping mask."""
    band = smooth(
        [(-1.0, -0.2), (0, -0.36), (1.0, -0.2), (0.98, 0.18), (0.5, 0.36), (0, 0.2), (-0.5, 0.36), (-0.98, 0.18)]
    )
    canvas.solid(head, band * (0.96, 1) if not side else band * (0.8, 1), accent)
    for sign in (-1, 1):
        canvas.stroke(head, moved(_LASH, 0.43 * sign, 0.02), 0.045, lighter(accent, 0.7))


def _triangle(canvas: PartCanvas, nose: Frame) -> None:
    shape = smooth([(-1.15, -0.66), (0, -0.84), (1.15, -0.66), (0.68, 0.32), (0, 0.92), (-0.68, 0.32)])
    canvas.fill(nose, shape, (150, 62, 76), "nose")
    canvas.fill(nose, shrunk(shape, 0.8), (246, 128, 128), "nose")
    canvas.fill(nose, ellipse(-0.2, -0.36, 0.36, 0.16), (255, 200, 206), "nose")


def _button(canvas: PartCanvas, nose: Frame) -> None:
    canvas.fill(nose, ellipse(0, 0, 0.98, 0.98), (120, 16, 30), "nose")
    canvas.fill(nose, ellipse(0, 0, 0.82, 0.82), (214, 38, 52), "nose")
    canvas.fill(nose, ellipse(-0.3, -0.34, 0.26, 0.22), (255, 206, 204), "nose")


def _oval(canvas: PartCanvas, nose: Frame) -> None:
    shape = smooth([(-1.28, -0.3), (-0.6, -0.86), (0.6, -0.86), (1.28, -0.3), (0.6, 0.62), (0, 0.88), (-0.6, 0.62)])
    canvas.fill(nose, shape, (18, 14, 18), "nose")
    canvas.fill(nose, shrunk(shape, 0.84), (46, 40, 46), "nose")
    canvas.fill(nose, ellipse(-0.3, -0.44, 0.52, 0.22), (176, 174, 186), "nose")
    for sign in (-1, 1):
        canvas.fill(nose, ellipse(0.5 * sign, 0.16, 0.2, 0.16), (8, 6, 8), "nose")


def _snout(canvas: PartCanvas, nose: Frame) -> None:
    canvas.fill(nose, ellipse(0, 0, 1.5, 1.06), (176, 104, 92), "nose")
    canvas.fill(nose, ellipse(0, -0.04, 1.34, 0.92), (246, 178, 156), "nose")
    for sign in (-1, 1):
        canvas.fill(nose, ellipse(0.52 * sign, 0.02, 0.24, 0.4), (122, 58, 54), "nose")


def _beak(canvas: PartCanvas, nose: Frame) -> None:
    shape = smooth([(-1.4, -0.2), (0, -0.9), (1.4, -0.2), (0, 1.15)])
    canvas.fill(nose, shape, (150, 96, 8), "nose")
    canvas.fill(nose, shrunk(shape, 0.84), (252, 200, 36), "nose")
    canvas.stroke(nose, np.array([(-1.1, -0.05), (0, 0.2), (1.1, -0.05)]), 0.2, (168, 104, 8), "nose")


NOSE_STYLES: dict[str, Callable[[PartCanvas, Frame], None]] = {
    "triangle": _triangle,
    "button": _button,
    "oval": _oval,
    "snout": _snout,
    "beak": _beak,
}
_NOSE_RADIUS = 0.215


def draw_nose(canvas: PartCanvas, head: Frame, style: str, size: float, side: bool) -> None:
    """The nose, at the muzzle's tip when the head is turned to the side."""
    x, y = (-1.08, 0.24) if side else (0.0, 0.36)
    nose = head.child(x, y, _NOSE_RADIUS * size)
    squeeze = np.array([0.8 if side else 1.0, 1.0])
    NOSE_STYLES[style](canvas, Frame(nose.matrix * squeeze, nose.origin))
    canvas.anchor(head, "nose", x, y)


_SEAM = np.array([(-0.4, -0.1), (-0.1, 0.0), (0.1, 0.3), (0.1, 0.42)])


def draw_nose_cover(canvas: PartCanvas, head: Frame, kind: str, accent: Colour, side: bool) -> None:
    """A flower, a ball or a scarf before the nose."""
    x, y = (-0.98, 0.3) if side else (0.0, 0.4)
    if kind == "flower":
        for angle in np.arange(0, 2 * np.pi, 2 * np.pi / 6):
            canvas.solid(
                head, ellipse(x + 0.26 * np.cos(angle), y + 0.26 * np.sin(angle), 0.2, 0.2), lighter(accent, 0.45)
            )
        canvas.solid(head, ellipse(x, y, 0.2, 0.2), (250, 206, 70))
    elif kind == "ball" or side:
        canvas.solid(head, ellipse(x, y, 0.46, 0.46), (206, 222, 70))
        canvas.stroke(head, moved(_SEAM, x, y), 0.06, (250, 250, 240))
    elif kind == "scarf":
        band = smooth([(-1.06, 0.24), (0, 0.1), (1.06, 0.24), (1.0, 0.8), (0, 1.0), (-1.0, 0.8)])
        canvas.solid(head, band - (0.2 if side else 0, 0), accent)
        for level in (0.36, 0.6):
            canvas.stroke(head, np.array([(-0.8, level), (0, level - 0.06), (0.8, level)]), 0.06, lighter(accent, 0.5))


def draw_bow(canvas: PartCanvas, head: Frame, scene: Scene) -> None:
    """A bow where one ear would be."""
    knot = head.child(-0.34 if scene.view == "side" else -0.62, -0.72, 1.0, -24)
    for sign in (-1, 1):
        wing = smooth([(0.05, -0.08), (0.5, -0.34), (0.58, 0.0), (0.5, 0.34), (0.05, 0.08)])
        canvas.solid(knot, mirrored(wing, sign), scene.accent)
    canvas.solid(knot, ellipse(0, 0, 0.15, 0.17), lighter(scene.accent, 0.3))


_EARS: dict[str, tuple[np.ndarray, tuple[float, float], tuple[float, float]]] = {
    "pointed": (
        smooth([(0.1, -0.78), (0.45, -1.18), (0.86, -1.56), (0.98, -1.1), (0.97, -0.3), (0.5, -0.5)]),
        (0.55, -0.6),
        (0.02, 0.06),
    ),
    "floppy": (
        smooth([(0.5, -0.92), (0.95, -0.95), (1.28, -0.4), (1.36, 0.28), (1.12, 0.62), (0.86, 0.3), (0.78, -0.3)]),
        (0.7, -0.8),
        (0.02, 0.02),
    ),
    "round": (ellipse(0.78, -0.82, 0.44, 0.44), (0.6, -0.6), (0.0, 0.03)),
    "long": (ellipse(0.46, -1.36, 0.25, 0.78, 10), (0.4, -0.7), (0.0, 0.03)),
    "fan": (
        np.array([(0.75, -0.6), (1.1, -1.15), (1.18, -0.68), (1.6, -0.72), (1.3, -0.3), (1.55, 0.1), (0.85, 0.05)]),
        (0.85, -0.3),
        (-0.04, 0.0),
    ),
}
"""For each style the outline of a right ear, the root about which it grows, and how far its inside is shifted."""


def _ear_shape(style: str, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Outline and inside of a right ear, scaled about its root."""
    outline, root, shift = _EARS[style]
    outer = (outline - root) * size + root
    return outer, shrunk(outer, 0.62, *shift)


_EAR_INSIDE: dict[str, Colour] = {
    "pointed": (244, 168, 164),
    "round": (222, 150, 120),
    "long": (250, 196, 210),
    "fan": (92, 188, 178),
}


def draw_ears(canvas: PartCanvas, head: Frame, style: str, scene: Scene) -> None:
    """Both ears, or one beside a bow; from behind only their backs, from the side the far one half hidden."""
    outer, inside = _ear_shape(style, scene.ear_size)
    coat, view = scene.coat, scene.view
    fur = coat.mark if coat.pattern == "points" else coat.base
    colour = darker(fur, 0.3) if style == "floppy" else fur
    for sign in (1,) if view == "side" and style == "floppy" else (-1, 1):
        if scene.ears == "bow" and sign == -1:
            continue
        shift = np.array([-0.28 if sign == 1 else 0.5, -0.04]) if view == "side" else np.zeros(2)
        canvas.solid(head, mirrored(outer, sign) + shift, colour, "ears")
        if view != "back" and style != "floppy":
            canvas.fill(head, mirrored(inside, sign) + shift, _EAR_INSIDE[style], "ears")
        elif style == "floppy":
            canvas.fill(head, mirrored(inside, sign) + shift, darker(fur, 0.18), "ears")
        middle = (mirrored(outer, sign) + shift).mean(axis=0)
        canvas.anchor(head, "ears", float(middle[0]), float(middle[1]))
