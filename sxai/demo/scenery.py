"""Rooms, gardens and beaches behind the pets, and the things that stand before them."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from sxai.demo.canvas import Colour, Frame, PartCanvas, darker, ellipse, lighter, mix, moved, shrunk, smooth
from sxai.demo.scene import Scene

Painter = Callable[[PartCanvas, Frame, np.random.Generator], None]


def _gradient(canvas: PartCanvas, *bands: Colour) -> None:
    """Fill the canvas from top to bottom with blending colours."""
    strip = Image.fromarray(np.array(bands, dtype=np.uint8)[:, None, :])
    canvas.backdrop(strip.resize((canvas.full, canvas.full), Image.Resampling.BILINEAR))


def _box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def _choose(rng: np.random.Generator, *colours: Colour) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _room(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    wall = _choose(rng, (238, 214, 190), (196, 216, 214), (222, 206, 226), (236, 226, 190), (190, 204, 226))
    floor = _choose(rng, (190, 142, 100), (164, 120, 88), (208, 172, 130))
    _gradient(canvas, lighter(wall, 0.2), wall, darker(wall, 0.06))
    line = rng.uniform(0.58, 0.72)
    canvas.fill(page, _box(0, line, 1, 1), floor)
    for level in np.linspace(line, 1, 5)[1:]:
        canvas.stroke(page, np.array([(0, level), (1, level)]), 0.006, darker(floor, 0.2))
    canvas.fill(page, _box(0, line - 0.03, 1, line), lighter(wall, 0.6))
    _window(canvas, page, rng)
    rug = ellipse(0.5, 0.93, 0.46, 0.12)
    colour = _choose(rng, (186, 82, 78), (86, 120, 160), (118, 146, 98), (228, 196, 140))
    canvas.fill(page, rug, darker(colour, 0.2))
    canvas.fill(page, shrunk(rug, 0.93), colour)
    canvas.fill(page, shrunk(rug, 0.72), lighter(colour, 0.25))


def _window(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    x = rng.uniform(0.02, 0.62)
    canvas.fill(page, _box(x, 0.08, x + 0.34, 0.44), (252, 248, 240))
    for dx in (0.02, 0.18):
        canvas.fill(page, _box(x + dx, 0.1, x + dx + 0.14, 0.42), (176, 214, 240))
        canvas.fill(page, ellipse(x + dx + 0.07, 0.38, 0.07, 0.05), (134, 178, 122))


def _garden(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    _gradient(canvas, (140, 196, 238), (196, 226, 244), (232, 242, 236))
    for x in rng.uniform(0, 1, 3):
        bush = _choose(rng, (92, 150, 88), (112, 166, 92), (78, 136, 96))
        canvas.fill(page, ellipse(x, 0.6, 0.24, rng.uniform(0.12, 0.26)), bush)
    _cloud(canvas, page, rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.2))
    canvas.fill(page, ellipse(0.5, 1.1, 1.1, 0.5), (142, 192, 98))
    canvas.fill(page, ellipse(0.4, 1.22, 1.1, 0.5), (128, 180, 88))
    _flowers(canvas, page, rng, 8, 0.68, 0.98)


def _cloud(canvas: PartCanvas, page: Frame, x: float, y: float) -> None:
    for dx, r in ((-0.08, 0.05), (0.0, 0.07), (0.09, 0.05)):
        canvas.fill(page, ellipse(x + dx, y, r * 1.3, r * 0.75), (252, 253, 255))


def _flowers(canvas: PartCanvas, page: Frame, rng: np.random.Generator, count: int, top: float, bottom: float) -> None:
    for x, y in zip(rng.uniform(0, 1, count), rng.uniform(top, bottom, count), strict=True):
        petal = _choose(rng, (250, 236, 240), (246, 196, 92), (222, 138, 178))
        canvas.fill(page, ellipse(x, y, 0.016, 0.016), petal)
        canvas.fill(page, ellipse(x, y, 0.006, 0.006), (240, 190, 60))


def _beach(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    _gradient(canvas, (120, 190, 236), (206, 232, 244), (250, 238, 214))
    line = rng.uniform(0.42, 0.54)
    canvas.fill(page, _box(0, line, 1, 0.7), (74, 158, 190))
    canvas.fill(page, ellipse(0.5, 0.68, 0.9, 0.07), (240, 246, 244))
    canvas.fill(page, ellipse(0.5, 1.12, 1.1, 0.48), (240, 214, 164))
    canvas.fill(page, ellipse(0.3, 1.26, 1.1, 0.48), (230, 200, 148))
    canvas.fill(page, ellipse(rng.uniform(0.1, 0.9), 0.14, 0.07, 0.07), (255, 240, 178))


def _snow(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    _gradient(canvas, (146, 172, 204), (194, 212, 232), (226, 236, 246))
    for x in rng.uniform(0, 1, 4):
        height = rng.uniform(0.25, 0.42)
        for step in range(3):
            top = 0.62 - height + step * 0.09
            canvas.fill(
                page,
                np.array([(x, top), (x + 0.06 + 0.03 * step, top + 0.14), (x - 0.06 - 0.03 * step, top + 0.14)]),
                (88, 124, 122),
            )
    canvas.fill(page, ellipse(0.5, 1.1, 1.2, 0.5), (238, 244, 250))
    for x, y in rng.uniform(0, 1, (18, 2)):
        canvas.fill(page, ellipse(x, y, 0.009, 0.009), (255, 255, 255))


def _evening(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    _gradient(canvas, (52, 50, 96), (112, 84, 138), (226, 146, 128))
    canvas.fill(page, ellipse(rng.uniform(0.12, 0.88), 0.16, 0.08, 0.08), (252, 240, 204))
    for x, y in rng.uniform(0, 0.5, (12, 2)) * (2, 1):
        canvas.fill(page, ellipse(x, y, 0.006, 0.006), (255, 248, 220))
    canvas.fill(page, ellipse(rng.uniform(0.2, 0.8), 0.78, 0.8, 0.22), (86, 72, 112))
    canvas.fill(page, ellipse(0.5, 1.14, 1.1, 0.45), (98, 94, 118))


def _studio(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    colour = _choose(rng, (246, 200, 190), (188, 222, 206), (200, 204, 240), (250, 226, 172), (214, 196, 226))
    _gradient(canvas, lighter(colour, 0.35), colour, darker(colour, 0.12))
    for x, y in rng.uniform(0, 1, (7, 2)) * (1, 0.7):
        radius = rng.uniform(0.03, 0.11)
        canvas.fill(page, ellipse(x, y, radius, radius), lighter(colour, rng.uniform(0.15, 0.45)))
    canvas.fill(page, ellipse(0.5, 0.96, 0.6, 0.14), darker(colour, 0.2))


def _sofa(canvas: PartCanvas, page: Frame, rng: np.random.Generator) -> None:
    wall = _choose(rng, (232, 220, 202), (206, 220, 222), (226, 210, 214))
    cloth = _choose(rng, (98, 134, 138), (176, 106, 92), (128, 122, 160), (204, 164, 92))
    _gradient(canvas, lighter(wall, 0.2), wall, wall)
    canvas.fill(page, _box(0.3, 0.04, 0.66, 0.24), (250, 246, 238))
    canvas.fill(page, _box(0.33, 0.065, 0.63, 0.215), mix(wall, cloth, 0.6))
    canvas.solid(page, smooth([(-0.1, 0.4), (0.5, 0.34), (1.1, 0.4), (1.1, 0.85), (-0.1, 0.85)]), cloth, rim=0.02)
    canvas.solid(
        page, smooth([(-0.2, 0.74), (0.5, 0.7), (1.2, 0.74), (1.2, 1.2), (-0.2, 1.2)]), lighter(cloth, 0.15), rim=0.02
    )


BACKDROPS: dict[str, Painter] = {
    "room": _room,
    "garden": _garden,
    "beach": _beach,
    "snow": _snow,
    "evening": _evening,
    "studio": _studio,
    "sofa": _sofa,
}


def draw_backdrop(canvas: PartCanvas, page: Frame, scene: Scene) -> None:
    """What lies behind the pet. ``page`` has the picture's side as its unit."""
    BACKDROPS[scene.backdrop](canvas, page, np.random.default_rng(scene.detail))


def _tufts(canvas: PartCanvas, page: Frame, rng: np.random.Generator, top: float) -> None:
    colour = _choose(rng, (98, 152, 72), (120, 166, 80), (84, 138, 84))
    canvas.fill(page, _box(0, top + 0.03, 1, 1), colour)
    for x in np.linspace(-0.02, 1.02, 27):
        lean, height = rng.uniform(-0.03, 0.03), rng.uniform(0.02, 0.07)
        canvas.fill(
            page,
            np.array([(x - 0.022, top + 0.05), (x + lean, top + 0.03 - height), (x + 0.022, top + 0.05)]),
            mix(colour, (190, 214, 120), rng.uniform(0, 0.4)),
        )
    _flowers(canvas, page, rng, 6, top + 0.03, 1.0)


def _carton(canvas: PartCanvas, page: Frame, rng: np.random.Generator, top: float) -> None:
    canvas.fill(page, _box(-0.1, top, 1.1, 1), (150, 108, 66))
    canvas.fill(page, _box(-0.1, top + 0.012, 1.1, 1), (204, 158, 104))
    canvas.fill(page, _box(0.42, top + 0.012, 0.58, 1), (222, 184, 134))
    canvas.fill(page, _box(-0.1, top + 0.012, 1.1, top + 0.03), (224, 182, 130))


def _blanket(canvas: PartCanvas, page: Frame, rng: np.random.Generator, top: float) -> None:
    colour = _choose(rng, (202, 96, 92), (104, 136, 178), (226, 190, 120), (134, 166, 132))
    edge = smooth(
        [
            (-0.1, top + 0.02),
            (0.2, top - 0.005),
            (0.5, top + 0.015),
            (0.8, top),
            (1.1, top + 0.02),
            (1.1, 1.2),
            (-0.1, 1.2),
        ]
    )
    canvas.fill(page, edge, darker(colour, 0.3))
    canvas.fill(page, moved(edge, 0, 0.012), colour)
    for level in np.arange(top + 0.06, 1, 0.07):
        canvas.stroke(page, np.array([(0, level + 0.01), (0.5, level), (1, level + 0.01)]), 0.012, lighter(colour, 0.4))
    for x in np.arange(0.06, 1, 0.14):
        canvas.stroke(page, np.array([(x, top + 0.03), (x + 0.01, 1)]), 0.012, lighter(colour, 0.25))


def _cushion(canvas: PartCanvas, page: Frame, rng: np.random.Generator, top: float) -> None:
    colour = _choose(rng, (188, 168, 206), (232, 178, 164), (150, 190, 190))
    shape = smooth([(-0.08, top + 0.03), (0.5, top), (1.08, top + 0.03), (1.12, 1.3), (-0.12, 1.3)])
    canvas.solid(page, shape, colour, rim=0.02)
    for x, y in zip(np.linspace(0.08, 0.92, 7), np.tile([0.07, 0.12], 4), strict=False):
        canvas.fill(page, ellipse(x, top + y, 0.018, 0.018), lighter(colour, 0.5))


COVERS: dict[str, Callable[[PartCanvas, Frame, np.random.Generator, float], None]] = {
    "grass": _tufts,
    "box": _carton,
    "blanket": _blanket,
    "cushion": _cushion,
}


def draw_cover(canvas: PartCanvas, page: Frame, scene: Scene) -> None:
    """Grass, a box or a blanket before the pet, as high as the scene says."""
    if scene.cover > 0:
        COVERS[scene.cover_kind](canvas, page, np.random.default_rng(scene.detail + 2), 1 - scene.cover)


def _beach_ball(canvas: PartCanvas, toy: Frame, colour: Colour) -> None:
    canvas.solid(toy, ellipse(0, -1, 1, 1), (250, 246, 238))
    stripe = smooth([(-0.15, -1.9), (0.35, -1.5), (0.42, -0.6), (-0.05, -0.08), (-0.42, -0.6), (-0.5, -1.4)])
    canvas.fill(toy, stripe, colour)
    canvas.fill(toy, ellipse(-0.1, -1.78, 0.16, 0.1), (250, 246, 238))


def _flower_pot(canvas: PartCanvas, toy: Frame, colour: Colour) -> None:
    for x, top, petal in ((-0.45, -1.75, colour), (0.1, -2.0, lighter(colour, 0.4)), (0.55, -1.6, (250, 206, 70))):
        canvas.stroke(toy, np.array([(x * 0.5, -0.9), (x, top)]), 0.12, (96, 146, 84))
        canvas.solid(toy, ellipse(x, top, 0.3, 0.28), petal)
        canvas.fill(toy, ellipse(x, top, 0.1, 0.1), (252, 240, 200))
    canvas.solid(toy, np.array([(-0.75, -0.95), (0.75, -0.95), (0.55, 0), (-0.55, 0)]), (202, 112, 74))
    canvas.solid(toy, np.array([(-0.88, -1.15), (0.88, -1.15), (0.84, -0.82), (-0.84, -0.82)]), (214, 128, 88))


def _parcel(canvas: PartCanvas, toy: Frame, colour: Colour) -> None:
    canvas.solid(toy, np.array([(-0.95, -1.4), (0.95, -1.4), (0.95, 0), (-0.95, 0)]), lighter(colour, 0.25))
    canvas.fill(toy, np.array([(-0.18, -1.38), (0.18, -1.38), (0.18, -0.03), (-0.18, -0.03)]), (252, 238, 190))
    for sign in (-1, 1):
        canvas.solid(toy, ellipse(0.28 * sign, -1.55, 0.3, 0.18, 20 * sign), (252, 238, 190))


def _tuft(canvas: PartCanvas, toy: Frame, colour: Colour) -> None:
    blades = ((-0.7, -0.5, 1.2), (-0.35, -0.2, 1.7), (0.0, 0.05, 2.0), (0.35, 0.25, 1.6), (0.7, 0.5, 1.25))
    for x, lean, height in blades:
        blade = np.array([(x - 0.32, 0), (x + lean, -height), (x + 0.32, 0)])
        canvas.fill(toy, blade, mix((104, 156, 78), (150, 190, 96), abs(x)))


_TOYS: dict[str, Callable[[PartCanvas, Frame, Colour], None]] = {
    "ball": _beach_ball,
    "pot": _flower_pot,
    "parcel": _parcel,
    "tuft": _tuft,
}


def draw_toy(canvas: PartCanvas, body: Frame, scene: Scene) -> None:
    """A ball, a flower pot, a parcel or some grass standing before some of the legs."""
    if scene.toy:
        _TOYS[scene.toy](canvas, body.child(scene.toy_x, 1.82, scene.toy_size), scene.accent)


def draw_shadow(canvas: PartCanvas, page: Frame, x: float, y: float, reach: float) -> None:
    """A soft dark pool under the pet, blended into whatever ground is there."""
    box = [int(v * canvas.full) for v in (x - reach, y - reach * 0.2, x + reach, y + reach * 0.2)]
    width, height = max(2, box[2] - box[0]), max(2, box[3] - box[1])
    grid_y, grid_x = np.mgrid[-1:1:12j, -1:1:24j]
    alpha = np.clip(1.15 - np.hypot(grid_x, grid_y), 0, 1) * 110
    soft = Image.fromarray(alpha.astype(np.uint8)).resize((width, height), Image.Resampling.BILINEAR)
    canvas.image.paste((46, 34, 44), (box[0], box[1]), soft)
