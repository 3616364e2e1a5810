"""Contact sheets: pictures in rows, with titles, notes and frames, as one picture (H, W, 3) uint8."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of a tile's own picture."""

INK = (49, 51, 63)
FAINT_INK = (118, 123, 133)
FRAME = (213, 94, 0)
PAPER = (255, 255, 255)
GAP = 12
LINE = 19
SPOKEN = str.maketrans(
    {"–": "-", "−": "-", "…": "...", "≤": "<=", "≥": ">=", "→": "->", "Δ": "delta ", "ε": "eps", "’": "'"}
)
"""Signs that the font lacks, and their replacements."""

TITLE_SIZE = 15
NOTE_SIZE = 13


@dataclass(frozen=True, eq=False)
class Tile:
    """One picture (H, W, 3) uint8 with a title above it, notes below it and framed boxes on it."""

    pixels: np.ndarray
    title: str = ""
    notes: tuple[str, ...] = ()
    frames: tuple[Box, ...] = ()


def contact_sheet(rows: Sequence[Sequence[Tile]], height: int = 224, headings: Sequence[str] = ()) -> np.ndarray:
    """All tiles at one height, row under row, each row under its heading (where there is one).

    >>> grey = np.full((10, 20, 3), 128, np.uint8)
    >>> contact_sheet([[Tile(grey), Tile(grey)]], height=10).shape
    (34, 76, 3)
    """
    drawn = [_row(row, height, headings[at] if at < len(headings) else "") for at, row in enumerate(rows) if row]
    if not drawn:
        return np.full((2 * GAP, 2 * GAP, 3), 255, dtype=np.uint8)
    width = max(picture.width for picture in drawn)
    sheet = Image.new("RGB", (width, sum(picture.height for picture in drawn) - GAP * (len(drawn) - 1)), PAPER)
    top = 0
    for picture in drawn:
        sheet.paste(picture, (0, top))
        top += picture.height - GAP
    return np.asarray(sheet)


def framed(pixels: np.ndarray, boxes: Sequence[Box], width: int = 2) -> np.ndarray:
    """A copy of a picture (H, W, 3) uint8 with boxes drawn on it."""
    picture = Image.fromarray(pixels)
    pen = ImageDraw.Draw(picture)
    for box in boxes:
        pen.rectangle(box, outline=FRAME, width=width)
    return np.asarray(picture)


def enlarged(pixels: np.ndarray, box: Box) -> np.ndarray:
    """The part of a picture inside a box, at the whole picture's height."""
    part = Image.fromarray(pixels).crop(box)
    factor = pixels.shape[0] / max(part.height, 1)
    return np.asarray(part.resize((max(1, round(part.width * factor)), pixels.shape[0]), Image.Resampling.BICUBIC))


def _row(tiles: Sequence[Tile], height: int, heading: str) -> Image.Image:
    """One row of tiles with room around it."""
    pictures = [_tile(tile, height) for tile in tiles]
    heading = heading.translate(SPOKEN)
    above = LINE + 6 if heading else 0
    width = max(sum(p.width + GAP for p in pictures) + GAP, _length(heading, TITLE_SIZE) + 2 * GAP)
    row = Image.new("RGB", (width, max(p.height for p in pictures) + above + 2 * GAP), PAPER)
    if heading:
        ImageDraw.Draw(row).text((GAP, GAP), heading, fill=INK, font=_font(TITLE_SIZE))
    left = GAP
    for picture in pictures:
        row.paste(picture, (left, GAP + above))
        left += picture.width + GAP
    return row


def _tile(tile: Tile, height: int) -> Image.Image:
    """One picture, scaled, between its title and its notes; as wide as the widest of them."""
    pixels = framed(tile.pixels, tile.frames) if tile.frames else tile.pixels
    picture = Image.fromarray(pixels)
    picture = picture.resize((max(1, round(picture.width * height / picture.height)), height), Image.Resampling.LANCZOS)
    title, notes = tile.title.translate(SPOKEN), [note.translate(SPOKEN) for note in tile.notes]
    words = [(title, TITLE_SIZE), *((note, NOTE_SIZE) for note in notes)]
    width = max(picture.width, *(_length(text, size) for text, size in words))
    above = LINE if title else 0
    whole = Image.new("RGB", (width, above + height + LINE * len(notes)), PAPER)
    pen = ImageDraw.Draw(whole)
    pen.text((0, 0), title, fill=INK, font=_font(TITLE_SIZE))
    whole.paste(picture, (0, above))
    for at, note in enumerate(notes):
        pen.text((0, above + height + at * LINE + 2), note, fill=FAINT_INK, font=_font(NOTE_SIZE))
    return whole


def _length(text: str, size: int) -> int:
    return int(np.ceil(_font(size).getlength(text))) if text else 0


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise OSError("this Pillow was built without FreeType, which titles of contact sheets need.")
    return font
