"""From the bytes of a picture file to RGB pixels, with limits, and from pixels to the canvas.

Only the formats that the product offers are ever handed to Pillow, chosen by their first bytes, and by
calling the format's own reader: the size is then known from the header before a single pixel is decoded,
and Pillow's process-wide settings are neither needed nor changed, so that any number of threads can decode
at once.
"""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Literal

import numpy as np
from PIL import BmpImagePlugin, GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin
from PIL import WebPImagePlugin as WebpImagePlugin

from sxai.errors import ImageTooLarge, UnreadableImage

CANVAS_SHORT = 256
CANVAS_LONG = 1024

_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow's readers raise on damaged files, found by feeding them damaged files. Warning is here for
# callers who turn warnings into errors.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class DecodeLimits:
    """How large a picture may be: ``max_pixels`` (width × height), ``max_side``, ``max_bytes`` (of the file)."""

    max_pixels: int = 100_000_000
    max_bytes: int = 200 * 2**20
    max_side: int = 60_000


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture: ``pixels`` uint8 (H, W, 3) RGB, the file's ``format``, and ``sha256`` of shape and pixels.

    The hash is of what is seen, not of the file, so a picture saved twice in lossless formats counts once.
    """

    pixels: np.ndarray
    format: str
    sha256: str


@dataclass(frozen=True)
class _Format:
    name: str
    matches: Callable[[bytes], bool]
    read: Callable[[io.BytesIO], Image.Image]


_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_OTHERS = {"A web page": (b"<!doctype html", b"<html"), "An SVG drawing": (b"<svg", b"<?xml"), "A PDF": (b"%pdf",)}


class PixelBudget:
    """Pixels that all threads together decode at one time: several huge pictures wait for each other."""

    def __init__(self, most: int) -> None:
        self.most, self.used, self.changed = most, 0, Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Wait until there is room for so many pixels; one picture alone always has it."""
        with self.changed:
            self.changed.wait_for(lambda: self.used == 0 or self.used + pixels <= self.most)
            self.used += pixels
        try:
            yield
        finally:
            with self.changed:
                self.used -= pixels
                self.changed.notify_all()


_BUDGET = PixelBudget(120_000_000)


def _starts(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(signatures)


_FORMATS = (
    _Format("JPEG", _starts(b"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    _Format("PNG", _starts(b"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    _Format("GIF", _starts(b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    _Format("WEBP", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WebpImagePlugin.WebPImageFile),
    _Format("TIFF", _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), TiffImagePlugin.TiffImageFile),
    _Format("BMP", _starts(b"BM"), BmpImagePlugin.BmpImageFile),
)


def decode(source: bytes | Path, limits: DecodeLimits = DecodeLimits()) -> Decoded:
    """Read a JPEG, PNG, WebP, BMP, TIFF (first page) or GIF (first frame) as RGB.

    EXIF orientation is applied; palettes are resolved; transparency is laid over white; 16-bit greys are
    scaled to 8 bits (never clipped); CMYK is converted. Raises :class:`~sxai.errors.ImageTooLarge` from the
    header alone, before decoding, and :class:`~sxai.errors.UnreadableImage` for anything damaged or not
    offered.
    """
    data = _read(source, limits)
    form = _format_of(data)
    with _told(form), _opened(form, data, limits) as image, _BUDGET.taken(image.width * image.height):
        image.load()
        pixels = _rgb(_upright(image))
    return Decoded(pixels, form.name, pixel_hash(pixels))


def read_header(data: bytes, limits: DecodeLimits = DecodeLimits()) -> tuple[str, int, int]:
    """Format, width and height of a picture from the beginning of its file; no pixel is decoded.

    Raises
    ------
    ImageTooLarge, UnreadableImage
        as :func:`decode` raises them, as far as the header tells.
    """
    form = _format_of(data)
    with _told(form), _opened(form, data, limits) as image:
        return form.name, *image.size


def _format_of(data: bytes) -> _Format:
    if not data:
        raise UnreadableImage("The file is empty (0 bytes). Get it again, or leave it out.")
    form = next((form for form in _FORMATS if form.matches(data[:16])), None)
    if form is None:
        raise UnreadableImage(f"{_kind_of(data)} Offered formats: JPEG, PNG, WebP, BMP, GIF and TIFF; convert it.")
    return form


def _kind_of(data: bytes) -> str:
    """What a file that is not offered is, as far as its beginning tells; its bytes themselves are never shown."""
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in _HEIC:
            return (
                "A HEIC photograph, whatever its name says; iPhones take them (Settings, Camera, Formats, Most "
                "Compatible makes them take JPEG)."
            )
        return "An AVIF picture, whatever its name says." if brand in (b"avif", b"avis") else "A video."
    known = next((name for name, begins in _OTHERS.items() if data.lstrip()[:16].lower().startswith(begins)), None)
    return f"{known}, not a picture that can be read." if known else "Not a picture that can be read."


@contextmanager
def _opened(form: _Format, data: bytes, limits: DecodeLimits) -> Iterator[Image.Image]:
    """The picture with its header read and its size within the limits."""
    if form.name == "WEBP":
        _refuse_oversize(*_webp_size(data), limits)
    if form.name == "PNG":
        data = _without_text(data)
    with form.read(io.BytesIO(data)) as image:
        _refuse_oversize(*image.size, limits)
        yield image


@contextmanager
def _told(form: _Format) -> Iterator[None]:
    """What Pillow's readers raise, told as an error of this project."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise ImageTooLarge(f"The {form.name} picture is too large to decode: {error} Shrink it.") from error
    except MemoryError as error:
        raise ImageTooLarge(f"Not enough memory to decode the {form.name} picture. Shrink it.") from error
    except (ImageTooLarge, UnreadableImage):
        raise
    except _DAMAGE as error:
        raise UnreadableImage(
            f"The {form.name} picture is damaged or incomplete ({error}). "
            "Open it in an image editor and save it again, or leave it out."
        ) from error


def pixel_hash(pixels: np.ndarray) -> str:
    """SHA-256 (hexadecimal) over the shape and the RGB bytes of ``pixels`` uint8 (H, W, 3)."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def canvas(pixels: np.ndarray, short: int = CANVAS_SHORT, long: int = CANVAS_LONG) -> np.ndarray:
    """Shrink ``pixels`` uint8 (H, W, 3) until the shorter side is ≤ ``short`` and the longer ≤ ``long``.

    Never enlarges. Superpixels, masks and fills all live on this canvas, whatever network looks at it later.
    """
    height, width = pixels.shape[:2]
    scale = min(1.0, short / min(height, width), long / max(height, width))
    if scale == 1.0:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # reducing_gap first shrinks huge pictures by an integer box filter: as good, and many times faster.
    shrunk = Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(shrunk)


def encode(pixels: np.ndarray, format: Literal["png", "jpeg"] = "png") -> bytes:
    """``pixels`` uint8 (H, W, 3) as the bytes of a PNG (lossless) or JPEG (quality 92) file."""
    buffer = io.BytesIO()
    if format == "png":
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
    else:
        Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _read(source: bytes | Path, limits: DecodeLimits) -> bytes:
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if isinstance(source, Path) and not source.is_file():
            raise UnreadableImage(f"{source} is not a file. Give the path of one picture.")
        if size > limits.max_bytes:
            raise ImageTooLarge(
                f"The file has {size / 2**20:,.1f} MiB; the limit is {limits.max_bytes / 2**20:,.0f} MiB. "
                "Save it smaller (JPEG, or fewer pixels)."
            )
        return source.read_bytes() if isinstance(source, Path) else bytes(source)
    except OSError as error:
        raise UnreadableImage(f"Cannot read {source!s}: {error.strerror or error}. Check the path.") from error


def _refuse_oversize(width: int, height: int, limits: DecodeLimits) -> None:
    if width < 1 or height < 1:
        raise UnreadableImage(f"The picture claims to be {width} × {height} pixels. Leave it out.")
    if max(width, height) > limits.max_side:
        raise ImageTooLarge(
            f"The picture has a side of {max(width, height):,} pixels; the limit is {limits.max_side:,}. Shrink it."
        )
    if width * height > limits.max_pixels:
        raise ImageTooLarge(
            f"The picture has {width:,} × {height:,} = {width * height / 1e6:,.0f} megapixels; the limit is "
            f"{limits.max_pixels / 1e6:,.0f}. Shrink it first: only a few hundred pixels a side are used."
        )


def _without_text(data: bytes) -> bytes:
    """A PNG without its text chunks: they may be huge, and say nothing of the pixels."""
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] not in (b"tEXt", b"zTXt", b"iTXt"):
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]]) if len(kept) > 1 else data


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from a WebP header, because Pillow allocates the frame as soon as it opens one."""
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        raise ValueError("the header is cut off")
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", head[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation; an orientation that cannot be read counts as upright."""
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DAMAGE:
        return image
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.uint32)
        return np.repeat(((grey + 128) // 257).astype(np.uint8)[..., None], 3, axis=2)
    if image.mode in ("I", "F"):
        kind = "32-bit integer" if image.mode == "I" else "floating-point"
        raise UnreadableImage(
            f"The picture has {kind} pixels, for which no white point is agreed. Save it with 8 or 16 bits."
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return np.array(image.convert("RGB"))
