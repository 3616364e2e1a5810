"""Regions of pixels as other programs write them: outlines, COCO's compressed run lengths, other sizes.

Outlines run along the borders between pixels, so that they give a region back exactly. Points are (x, y) with (0, 0)
the upper left corner of the first pixel; a pixel belongs to an outline when its centre is inside.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import label

from sxai.errors import MaskError
from sxai.masks.mask import MAX_PIXELS

Outline = np.ndarray
"""(n, 2) float64 points x, y of a closed line; the last is joined to the first."""

RIGHT, DOWN, LEFT, UP = range(4)
STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))


def resized(region: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A boolean region (h, w) at another size (H, W) by nearest pixel.

    Enlarging and shrinking back gives the same region: each small pixel is read from the centre of its block.
    """
    if region.shape == tuple(shape):
        return region
    rows, columns = ((2 * np.arange(new) + 1) * old // (2 * new) for old, new in zip(region.shape, shape, strict=True))
    scaled: np.ndarray = region[np.ix_(rows, columns)]
    return scaled


def outlines(region: np.ndarray) -> list[Outline]:
    """The outlines of a boolean region (H, W), one for each 4-connected component.

    A hole is part of its component's outline, joined by a bridge without width, so that formats without holes keep it.

    >>> [line.tolist() for line in outlines(np.array([[False, True, True]]))]
    [[[1.0, 0.0], [3.0, 0.0], [3.0, 1.0], [1.0, 1.0]]]
    """
    pieces, count = label(region)
    return [_bridged(_borders(pieces == number)) for number in range(1, count + 1)]


def _borders(piece: np.ndarray) -> list[Outline]:
    """Every closed border of a component, which lies to its right: the outer border first, then those of holes."""
    ahead = _border_steps(piece)
    borders = []
    while ahead:
        start = min(ahead, key=lambda point: (point[1], point[0]))
        borders.append(_walk(ahead, start))
    return borders


def _border_steps(piece: np.ndarray) -> dict[tuple[int, int], list[int]]:
    """Directions in which a border leaves each corner (x, y)."""
    padded = np.pad(piece, 1)
    inner = padded[1:-1, 1:-1]
    sides = (
        (RIGHT, inner & ~padded[:-2, 1:-1], 0, 0),
        (DOWN, inner & ~padded[1:-1, 2:], 1, 0),
        (LEFT, inner & ~padded[2:, 1:-1], 1, 1),
        (UP, inner & ~padded[1:-1, :-2], 0, 1),
    )
    steps: dict[tuple[int, int], list[int]] = {}
    for direction, edges, right, down in sides:
        for row, column in np.argwhere(edges).tolist():
            steps.setdefault((column + right, row + down), []).append(direction)
    return steps


def _walk(ahead: dict[tuple[int, int], list[int]], start: tuple[int, int]) -> Outline:
    """Follow one border from ``start`` until it closes, taking its steps out of ``ahead``; its corners only.

    Where two pixels touch by a corner it turns right, so that components that only touch stay apart.
    """
    at, heading, corners = start, -1, []
    while at in ahead:
        choices = ahead[at]
        turn = min(choices, key=lambda direction: (heading + 1 - direction) % 4)
        choices.remove(turn)
        if not choices:
            del ahead[at]
        if turn != heading:
            corners.append(at)
        at, heading = (at[0] + STEPS[turn][0], at[1] + STEPS[turn][1]), turn
        if at == start and start not in ahead:
            break
    return np.asarray(corners, dtype=np.float64)


def _bridged(borders: Sequence[Outline]) -> Outline:
    """One outline out of an outer border and those of its holes: out to a hole, around it and back."""
    whole, *holes = borders
    for hole in holes:
        distances = ((whole[:, None] - hole[None]) ** 2).sum(axis=2)
        leave, arrive = np.unravel_index(distances.argmin(), distances.shape)
        around = np.concatenate([hole[arrive:], hole[: arrive + 1]])
        whole = np.concatenate([whole[: leave + 1], around, whole[leave:]])
    return whole


def filled(lines: Sequence[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W) whose centres lie inside any of the outlines, each by the even-odd rule.

    >>> filled([np.array([[0, 0], [2, 0], [2, 1], [0, 1]])], (2, 3)).tolist()
    [[True, True, False], [False, False, False]]
    """
    region = np.zeros(shape, dtype=bool)
    for line in lines:
        region |= _inside(_points(line), shape)
    return region


def _points(line: np.ndarray) -> Outline:
    points = np.asarray(line, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3 or not np.isfinite(points).all():
        raise MaskError("An outline needs at least three points (x, y), all of them finite. Draw it again.")
    return points


def _inside(points: Outline, shape: tuple[int, int]) -> np.ndarray:
    """Even-odd: a centre is inside when a line to its left crosses the outline an odd number of times."""
    height, width = shape
    crossings = np.zeros((height, width + 1), dtype=np.int64)
    middle = np.arange(height) + 0.5
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        rows = np.flatnonzero((middle >= min(y0, y1)) & (middle < max(y0, y1)))
        x = x0 + (middle[rows] - y0) * (x1 - x0) / (y1 - y0) if len(rows) else rows
        crossings[rows, np.clip(np.floor(x + 0.5), 0, width).astype(np.int64)] += 1
    inside: np.ndarray = crossings[:, :width].cumsum(axis=1) % 2 == 1
    return inside


def compress(counts: Sequence[int]) -> str:
    """COCO's compressed text of run lengths: differences to the run before last, five bits a letter.

    >>> compress([2, 2])
    '22'
    """
    letters = []
    for at, count in enumerate(counts):
        rest = count - (counts[at - 2] if at > 2 else 0)
        more = True
        while more:
            bits = rest & 0x1F
            rest >>= 5
            more = rest != (-1 if bits & 0x10 else 0)
            letters.append(chr((bits | 0x20 if more else bits) + 48))
    return "".join(letters)


def decompress(text: str | bytes) -> list[int]:
    """The run lengths of a text by :func:`compress`; MaskError for any other text."""
    counts: list[int] = []
    value = shift = 0
    for letter in text.encode() if isinstance(text, str) else text:
        bits = letter - 48
        if not 0 <= bits < 64 or shift > 40:
            raise MaskError("The compressed run lengths of a mask are damaged. Export it again.")
        value |= (bits & 0x1F) << shift
        shift += 5
        if not bits & 0x20:
            value -= (1 << shift) if bits & 0x10 else 0
            counts.append(value + (counts[-2] if len(counts) > 2 else 0))
            value = shift = 0
    if shift:
        raise MaskError("The compressed run lengths of a mask end too early. Export it again.")
    return counts


def row_runs(region: np.ndarray) -> list[int]:
    """Run lengths row by row, beginning with a (possibly empty) run of False.

    >>> row_runs(np.array([[True, True], [False, True]]))
    [0, 2, 1, 1]
    """
    flat = np.asarray(region, dtype=bool).ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts: list[int] = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    return [0, *counts] if flat.size and flat[0] else counts


def undo_row_runs(counts: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    """The boolean region (H, W) of run lengths by :func:`row_runs`; MaskError when they do not sum to H · W."""
    height, width = shape
    lengths = np.asarray(counts, dtype=np.int64).reshape(-1)
    if min(shape) < 0 or height * width > MAX_PIXELS or (lengths < 0).any() or lengths.sum() != height * width:
        raise MaskError(f"The run lengths of a mask do not add up to {height} × {width} pixels. Export it again.")
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(shape)


def turned(points: np.ndarray, centre: np.ndarray, degrees: float) -> np.ndarray:
    """Points (n, 2) x, y turned clockwise on the screen, where y grows downwards, around ``centre``."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    result: np.ndarray = (points - centre) @ turn + centre
    return result


def ellipse(centre: np.ndarray, radii: np.ndarray, degrees: float = 0.0, corners: int = 96) -> np.ndarray:
    """The outline (n, 2) of an ellipse with ``radii`` along x and y, turned clockwise by ``degrees``."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return turned(centre + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1), centre, degrees)
