"""Training set of the built-in network: pictures, some with parts painted over, and their labels."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation, gaussian_filter, zoom

from sxai.demo.canvas import PARTS
from sxai.demo.pets import MIN_VISIBLE, Pet, draw_pet, seed_of
from sxai.demo.species import ANATOMY, STYLES
from sxai.errors import MaskError
from sxai.masks.mask import apply_mask, mask_from_pixels
from sxai.progress import Progress, silent, tracked

HIDING_SHARE = 0.5
STRAY_SHARE = 0.35
NOT_SHOWN = len(next(iter(STYLES.values())))
"""The style label of a part that does not show."""

Task = tuple[str, int]
Row = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """``pixels`` uint8 (n, S, S, 3); ``labels`` (n,) index of the class; ``areas`` (n, 4) pixels of each part that
    show (of 128 × 128); ``styles`` (n, 4) style of each part or NOT_SHOWN."""

    pixels: np.ndarray
    labels: np.ndarray
    areas: np.ndarray
    styles: np.ndarray


def _covered(pixels: np.ndarray, region: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``pixels`` with ``region`` in the mean colour of a ring of random width around it."""
    try:
        return apply_mask(pixels, mask_from_pixels(pixels, region, ring_width=int(rng.integers(3, 10))))
    except MaskError:
        return pixels


def _patch(region: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The part grown a little, or with a ragged patch around it as a person's superpixels would have."""
    if rng.random() < 0.6:
        return binary_dilation(region, iterations=int(rng.integers(1, 4)))
    close = binary_dilation(region, iterations=int(rng.integers(2, 7)))
    noise = zoom(gaussian_filter(rng.standard_normal((32, 32)), 2), len(region) / 32, order=1)
    ragged: np.ndarray = close | (binary_dilation(close, iterations=6) & (noise > 0))
    return ragged


def _stray(size: int, rng: np.random.Generator) -> np.ndarray:
    """An ellipse anywhere: being painted over is no sign of a missing part by itself."""
    y, x = np.ogrid[:size, :size]
    row, column = rng.uniform(0.08, 0.92, 2) * size
    a, b = rng.uniform(0.03, 0.14, 2) * size
    blob: np.ndarray = ((x - column) / a) ** 2 + ((y - row) / b) ** 2 < 1
    return blob


def painted_over(pet: Pet, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The picture with none, one or two of its parts painted over, and the pixels that still show each part."""
    pixels, size = pet.pixels, len(pet.pixels)
    shown = [part for part in PARTS if pet.visible[part]]
    patches = []
    if shown and rng.random() < HIDING_SHARE:
        count = min(len(shown), 1 if rng.random() < 0.7 else 2)
        patches = [_patch(pet.parts[part], rng) for part in rng.choice(shown, count, replace=False)]
    if rng.random() < STRAY_SHARE:
        patches.append(_stray(size, rng))
    for region in patches:
        pixels = _covered(pixels, region, rng)
    hidden = np.any(patches, axis=0) if patches else np.zeros((size, size), dtype=bool)
    return pixels, {part: mask & ~hidden for part, mask in pet.parts.items()}


def _row(size: int, hide: bool, task: Task) -> Row:
    species, seed = task
    pet = draw_pet(species, seed)
    pixels, parts = pet.pixels, dict(pet.parts)
    if hide:
        pixels, parts = painted_over(pet, np.random.default_rng([seed, 99]))
    small = np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR))
    return small, np.array([parts[part].sum() for part in PARTS])


def _mapped(work: Callable[[Task], Row], tasks: Sequence[Task], workers: int, progress: Progress) -> list[Row]:
    if workers <= 1:
        return [work(task) for task in tracked(tasks, "drawing", len(tasks), progress)]
    with ProcessPoolExecutor(workers) as pool:
        return list(tracked(pool.map(work, tasks, chunksize=50), "drawing", len(tasks), progress))


def draw_training_set(
    n: int,
    seed: int,
    classes: Sequence[str],
    size: int,
    hide: bool = True,
    workers: int = 1,
    progress: Progress = silent,
) -> TrainingSet:
    """Draw ``n`` pictures of side ``size``, the classes taking turns; with ``hide`` parts are painted over."""
    tasks = [(classes[index % len(classes)], seed_of(seed, index)) for index in range(n)]
    rows = _mapped(partial(_row, size, hide), tasks, workers, progress)
    areas = np.stack([area for _, area in rows])
    labels = np.arange(n) % len(classes)
    own = np.array([_style_row(name) for name in classes])[labels]
    styles = np.where(areas >= MIN_VISIBLE, own, NOT_SHOWN)
    return TrainingSet(np.stack([pixels for pixels, _ in rows]), labels, areas, styles)


def _style_row(species: str) -> list[int]:
    own: Mapping[str, str] = vars(ANATOMY[species])
    return [STYLES[part].index(own[part]) for part in PARTS]
