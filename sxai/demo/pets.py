"""Pictures of pets drawn by code, with exact masks of their parts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sxai.demo.body import POSES
from sxai.demo.canvas import PARTS, Frame, PartCanvas
from sxai.demo.scene import VIEWS, Scene, sample_scene
from sxai.demo.scenery import draw_backdrop, draw_cover, draw_shadow, draw_toy
from sxai.demo.species import ANATOMY, PETS
from sxai.errors import UnknownName

MIN_VISIBLE = 10
"""A part shows when it has at least this many pixels; pictures with fewer (but some) are drawn anew."""


@dataclass(frozen=True)
class Pet:
    """One picture and what is known about it.

    ``pixels`` uint8 (S, S, 3); ``parts`` bool (S, S) for each of eyes, nose, ears and legs, True where any of the
    part shows; ``visible`` whether it shows at all; ``keypoints`` for each part (n, 3): x, y in pixels and the
    COCO flag (2 seen, 1 covered or outside the picture), without rows when the part is not drawn.
    """

    pixels: np.ndarray
    species: str
    view: str
    seed: int
    parts: Mapping[str, np.ndarray]
    visible: Mapping[str, bool]
    keypoints: Mapping[str, np.ndarray]
    scene: Scene


def _paint(scene: Scene, species: str, size: int, leave_out: Collection[str]) -> PartCanvas:
    canvas = PartCanvas(size, leave_out)
    page = Frame.at(0, 0, size)
    draw_backdrop(canvas, page, scene)
    reach = scene.scale * (1.75 if scene.view in ("side", "lying") else 1.3)
    if scene.view != "portrait":
        draw_shadow(canvas, page, scene.x, scene.y + scene.scale * 1.55, reach)
    body = Frame.at(scene.x * size, scene.y * size, scene.scale * size, scene.turn, scene.mirror)
    POSES[scene.view](canvas, body, scene, ANATOMY[species])
    if scene.view != "portrait":
        draw_toy(canvas, body, scene)
    draw_cover(canvas, page, scene)
    return canvas


@lru_cache(maxsize=4)
def _grain(size: int) -> np.ndarray:
    """Faint film grain, float32 (size, size, 1), the same for all pictures."""
    return np.random.default_rng(0).normal(0, 2.2, (size, size, 1)).astype(np.float32)


def _lit(canvas: PartCanvas, scene: Scene) -> np.ndarray:
    """Light falling from one side, darker corners and a little grain, whatever the pixels show."""
    rng = np.random.default_rng(scene.detail + 3)
    along = np.linspace(-1, 1, canvas.size, dtype=np.float32)
    x, y = (slope * along - 0.06 * along**2 for slope in rng.uniform(-0.07, 0.07, 2))
    light = np.float32(rng.normal(1.0, 0.05)) + x[None, :] + y[:, None]
    pixels = canvas.pixels() * light[..., None].astype(np.float32)
    pixels += np.roll(_grain(canvas.size), int(rng.integers(canvas.size)), axis=0)
    return np.clip(pixels, 0, 255, out=pixels).astype(np.uint8)


def draw_pet(species: str, seed: int, view: str | None = None, size: int = 128, leave_out: Collection[str] = ()) -> Pet:
    """Draw one picture of ``species``: the same arguments always give the same pixels.

    ``view`` is one of front, side, back, lying and portrait, by lot when None; ``size`` the side in pixels.
    ``leave_out`` names parts that are not drawn, everything else staying as it was. Raises
    :class:`~sxai.errors.UnknownName` for an unknown species, view or part.
    """
    _known("species", species, tuple(ANATOMY))
    _known("view", view or VIEWS[0], VIEWS)
    for part in leave_out:
        _known("part", part, PARTS)
    for attempt in range(20):
        rng = np.random.default_rng([seed, attempt, sum(species.encode())])
        scene = sample_scene(species, rng, view)
        canvas = _paint(scene, species, size, ())
        areas = [int(mask.sum()) for mask in canvas.parts().values()]
        if not any(0 < area < MIN_VISIBLE * (size / 128) ** 2 for area in areas):
            break
    if leave_out:
        canvas = _paint(scene, species, size, leave_out)
    parts = canvas.parts()
    visible = {part: bool(mask.any()) for part, mask in parts.items()}
    return Pet(_lit(canvas, scene), species, scene.view, seed, parts, visible, canvas.keypoints(), scene)


def _known(kind: str, name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise UnknownName(f"There is no {kind} {name!r} in the demo; choose one of {', '.join(names)}.")


def seed_of(seed: int, index: int) -> int:
    """The seed of picture number ``index`` in the series ``seed``."""
    return seed * 1_000_003 + index


def demo_pets(n: int, seed: int = 0, classes: Sequence[str] = PETS, size: int = 128) -> Iterator[Pet]:
    """Yield ``n`` pictures, the classes taking turns; the same arguments give the same pictures."""
    for index in range(n):
        yield draw_pet(classes[index % len(classes)], seed_of(seed, index), size=size)
