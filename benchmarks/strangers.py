"""Pictures that are no cat or dog, near and far, and what a network reads of them; shared by two benchmarks."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from skimage.draw import disk, ellipse, line_aa, polygon, rectangle

from benchmarks.real_photographs import CLASSES
from sxai.images.decode import canvas, decode
from sxai.networks.features import extract
from sxai.networks.network import Network

NEAR = ("wild canine/hyena", "fox", "wild cat", "bear")
"""Groups of near relatives of cats and dogs: 4 wolves, dingo, dhole, hunting dog, 4 foxes, 8 cats from the cougar to
the tiger, 4 bears."""

OWN = ("dog", "domestic cat")
SIDE = 256


@dataclass(frozen=True)
class Picture:
    """A picture to read: a file, or pixels uint8 (H, W, 3) drawn by code."""

    name: str
    source: Path | np.ndarray

    def canvas(self) -> np.ndarray:
        """Its pixels as the network gets them."""
        return canvas(decode(self.source.read_bytes()).pixels if isinstance(self.source, Path) else self.source)


def strangers(data: Path) -> dict[str, list[Picture]]:
    """Sets of pictures that are neither cat nor dog."""
    groups: dict[str, list[Picture]] = {"near relatives": [], "other animals": []}
    with (data / "other_animals" / "labels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["group"] not in OWN:
                name = "near relatives" if row["group"] in NEAR else "other animals"
                groups[name].append(Picture(row["file"], data / "other_animals" / row["file"]))
    farm = [path for kind in ("cow", "horse", "sheep") for path in sorted((data / "animals" / kind).glob("*.jp*g"))]
    groups["farm animals"] = [Picture(path.name, path) for path in farm]
    groups["textures"] = [Picture(path.name, path) for path in sorted((data / "textures").glob("*/*.jpg"))]
    groups["drawn by code"] = drawn()
    return groups


def drawn(seed: int = 0) -> list[Picture]:
    """Plain colours, noise, screenshots of text, cars and faces of a few strokes: 60 pictures."""
    kinds = {"plain": _plain, "noise": _noise, "screen": _screen, "car": _car, "face": _face}
    return [
        Picture(f"{kind}-{number}", draw(np.random.default_rng([seed, number, len(kind)])))
        for kind, draw in kinds.items()
        for number in range(12)
    ]


def _ground(rng: np.random.Generator) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), rng.integers(0, 256, 3), dtype=np.uint8)


def _plain(rng: np.random.Generator) -> np.ndarray:
    return _ground(rng)


def _noise(rng: np.random.Generator) -> np.ndarray:
    grain = int(rng.choice([1, 2, 4, 8]))
    small = rng.integers(0, 256, (SIDE // grain, SIDE // grain, 3), dtype=np.uint8)
    return small.repeat(grain, axis=0).repeat(grain, axis=1)


def _screen(rng: np.random.Generator) -> np.ndarray:
    """A window with a title bar and lines of words."""
    pixels = np.full((SIDE, SIDE, 3), 245, dtype=np.uint8)
    pixels[:22] = rng.integers(30, 120, 3)
    for row in range(34, SIDE - 10, int(rng.integers(10, 16))):
        at = 10
        while at < SIDE - 50 and rng.random() < 0.93:
            width = int(rng.integers(8, 40))
            pixels[row : row + 5, at : at + width] = rng.integers(20, 90)
            at += width + 6
    return pixels


def _car(rng: np.random.Generator) -> np.ndarray:
    pixels, body = _ground(rng), rng.integers(0, 256, 3)
    pixels[190:] = rng.integers(60, 130)
    pixels[rectangle((130, 30), (185, 226), shape=(SIDE, SIDE))] = body
    pixels[polygon([130, 85, 85, 130], [65, 95, 165, 200], (SIDE, SIDE))] = body
    pixels[polygon([126, 92, 92, 126], [78, 100, 128, 128], (SIDE, SIDE))] = (190, 215, 230)
    for column in (75, 180):
        pixels[disk((188, column), 24, shape=(SIDE, SIDE))] = (25, 25, 25)
        pixels[disk((188, column), 10, shape=(SIDE, SIDE))] = (160, 160, 160)
    return pixels


def _face(rng: np.random.Generator) -> np.ndarray:
    pixels = _ground(rng)
    pixels[ellipse(130, 128, 95, 72, shape=(SIDE, SIDE))] = rng.integers((150, 100, 70), (250, 200, 170))
    for column in (100, 156):
        pixels[ellipse(110, column, 8, 14, shape=(SIDE, SIDE))] = (250, 250, 250)
        pixels[disk((110, column), 6, shape=(SIDE, SIDE))] = rng.integers(20, 120, 3)
    rows, columns, weight = line_aa(175, 100, 175 + int(rng.integers(-8, 9)), 156)
    pixels[rows, columns] = (pixels[rows, columns] * (1 - weight[:, None])).astype(np.uint8)
    pixels[ellipse(145, 128, 12, 8, shape=(SIDE, SIDE))] = (200, 140, 110)
    return pixels


def features(network: Network, pictures: Sequence[Picture], cache: Path) -> np.ndarray:
    """Features (n, C) of pictures, kept in ``cache``."""
    if not cache.exists():
        found = extract(network, (picture.canvas() for picture in pictures), total=len(pictures)).features
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.save(cache, found)
    return np.asarray(np.load(cache))


def own_kind(data: Path) -> Mapping[str, list[Path]]:
    """Photographs of cats and dogs from another collection than the training ones."""
    return {name: sorted((data / "animals" / name).glob("*.jp*g")) for name in CLASSES}
