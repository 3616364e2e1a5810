import hashlib
import io
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sxai.errors import ImageError, ImageTooLarge, UnreadableImage
from sxai.images.decode import DecodeLimits, canvas, decode, encode, pixel_hash


def gradient(height=24, width=32):
    """A picture that differs under every flip and turn."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows * 255 // height, columns * 255 // width, (rows * columns) % 256], axis=2).astype(np.uint8)


def saved(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width, height, depth=8, colour=2):
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


LOSSLESS = [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True})]


@pytest.mark.parametrize(("form", "options"), LOSSLESS)
def test_lossless_formats_return_the_very_pixels(form, options):
    picture = gradient()
    decoded = decode(saved(Image.fromarray(picture), form, **options))
    assert decoded.format == form
    assert decoded.pixels.dtype == np.uint8
    np.testing.assert_array_equal(decoded.pixels, picture)


@pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 97, "subsampling": 0}), ("WEBP", {"quality": 98})])
def test_lossy_formats_return_nearly_the_pixels(form, options):
    smooth = np.broadcast_to(np.linspace(20, 230, 32).astype(np.uint8)[None, :, None], (24, 32, 3))
    decoded = decode(saved(Image.fromarray(np.ascontiguousarray(smooth)), form, **options))
    assert decoded.format == form
    assert np.abs(decoded.pixels.astype(int) - smooth).max() <= 6


def test_only_the_first_frame_of_a_gif_is_read():
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue")]
    decoded = decode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert decoded.format == "GIF"
    np.testing.assert_array_equal(decoded.pixels, np.full((4, 5, 3), (255, 0, 0)))


def test_only_the_first_page_of_a_tiff_is_read():
    pages = [Image.new("RGB", (5, 4), colour) for colour in ("lime", "blue")]
    decoded = decode(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    np.testing.assert_array_equal(decoded.pixels, np.full((4, 5, 3), (0, 255, 0)))


# How a reader must turn the stored picture, from the definition of the eight orientations.
TURNS = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(orientation, form):
    picture = gradient()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {}
    decoded = decode(saved(Image.fromarray(picture), form, exif=exif, **options))
    np.testing.assert_array_equal(decoded.pixels, TURNS[orientation](picture))


def test_exif_orientation_of_a_jpeg_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6
    decoded = decode(saved(Image.fromarray(gradient()), "JPEG", exif=exif))
    assert decoded.pixels.shape == (32, 24, 3)


def test_an_orientation_that_does_not_exist_counts_as_upright():
    exif = Image.Exif()
    exif[0x0112] = 77
    decoded = decode(saved(Image.fromarray(gradient()), "PNG", exif=exif))
    np.testing.assert_array_equal(decoded.pixels, gradient())


def test_a_palette_is_resolved():
    picture = Image.fromarray(gradient()).quantize(16)
    np.testing.assert_array_equal(decode(saved(picture, "PNG")).pixels, np.asarray(picture.convert("RGB")))


def test_transparency_is_laid_over_white():
    alpha = np.array([[0, 128, 255]], np.uint8)
    rgba = np.dstack([np.full((1, 3, 3), (200, 100, 0), np.uint8), alpha])
    expected = [[round(255 + (colour - 255) * a / 255) for colour in (200, 100, 0)] for a in alpha[0].tolist()]
    assert np.abs(decode(saved(Image.fromarray(rgba), "PNG")).pixels[0].astype(int) - expected).max() <= 1


def test_a_transparent_palette_entry_becomes_white():
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([0, 1])
    np.testing.assert_array_equal(
        decode(saved(picture, "PNG", transparency=0)).pixels, [[[255, 255, 255], [0, 0, 255]]]
    )


def test_grey_with_alpha_is_laid_over_white():
    picture = Image.fromarray(np.array([[[100, 255], [100, 0]]], np.uint8), "LA")
    np.testing.assert_array_equal(decode(saved(picture, "PNG")).pixels, [[[100] * 3, [255] * 3]])


def test_one_bit_pictures_are_black_and_white():
    picture = Image.fromarray(np.array([[True, False]]))
    np.testing.assert_array_equal(decode(saved(picture, "PNG")).pixels, [[[255] * 3, [0] * 3]])


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_greys_are_scaled_and_not_clipped(form):
    values = np.array([[0, 257, 300, 32768, 65278, 65535]], np.uint16)
    decoded = decode(saved(Image.fromarray(values), form))
    np.testing.assert_array_equal(decoded.pixels[..., 0], np.rint(values / 257))


def test_big_endian_sixteen_bit_greys_are_read_in_their_own_order():
    picture = Image.frombytes("I;16B", (2, 1), struct.pack(">HH", 257 * 3, 65535))
    np.testing.assert_array_equal(decode(saved(picture, "TIFF")).pixels[..., 1], [[3, 255]])


def test_sixteen_bit_colours_are_scaled():
    rows = b"\0" + struct.pack(">6H", 0, 257 * 10, 65535, 257 * 100, 257 * 200, 257)
    data = png_header(2, 1, depth=16) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    np.testing.assert_array_equal(decode(data).pixels, [[[0, 10, 255], [100, 200, 1]]])


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_is_converted(form):
    picture = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert np.abs(decode(saved(picture, form)).pixels.astype(int) - (255, 0, 0)).max() <= 4


@pytest.mark.parametrize(("mode", "words"), [("F", "floating-point"), ("I", "32-bit integer")])
def test_pictures_without_a_white_point_are_refused_with_the_reason(mode, words):
    with pytest.raises(UnreadableImage, match=words):
        decode(saved(Image.new(mode, (4, 4)), "TIFF"))


def test_a_huge_png_is_refused_from_its_header_in_milliseconds():
    line = zlib.compress(b"\0" * (30_000 * 3 + 1) * 20, 9)
    data = png_header(30_000, 30_000) + png_chunk(b"IDAT", line)
    before = time.perf_counter()
    with pytest.raises(ImageTooLarge, match=r"30,000 × 30,000 = 900 megapixels; the limit is 100\. Shrink"):
        decode(data)
    assert time.perf_counter() - before < 0.1


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_the_pixel_limit_holds_for_every_format_and_is_inclusive(form):
    data = saved(Image.new("RGB", (20, 10)), form)
    assert decode(data, DecodeLimits(max_pixels=200)).pixels.shape == (10, 20, 3)
    with pytest.raises(ImageTooLarge, match="20 × 10"):
        decode(data, DecodeLimits(max_pixels=199))


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}, {"quality": 80, "exif": b"Exif\0\0"}])
def test_every_kind_of_webp_header_is_measured(options):
    data = saved(Image.new("RGB", (301, 17), "teal"), "WEBP", **options)
    with pytest.raises(ImageTooLarge, match="301 × 17"):
        decode(data, DecodeLimits(max_pixels=300))


def test_a_huge_webp_is_refused_before_its_frame_is_allocated():
    side = (16_383).to_bytes(3, "little")
    data = b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + side * 2 + b"\0" * 20
    with pytest.raises(ImageTooLarge, match="16,384 × 16,384"):
        decode(data)


def test_the_byte_limit_is_checked_before_reading(tmp_path):
    path = tmp_path / "big.png"
    with path.open("wb") as file:
        file.truncate(3 * 2**20)
    with pytest.raises(ImageTooLarge, match=r"3\.0 MiB; the limit is 2 MiB"):
        decode(path, DecodeLimits(max_bytes=2 * 2**20))
    with pytest.raises(ImageTooLarge, match="MiB"):
        decode(b"\0" * 11, DecodeLimits(max_bytes=10))


def test_a_path_and_its_bytes_give_the_same(tmp_path):
    data = saved(Image.fromarray(gradient()), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    assert decode(tmp_path / "a.png").sha256 == decode(data).sha256


def test_missing_files_and_folders_are_unreadable(tmp_path):
    with pytest.raises(UnreadableImage, match="Check the path"):
        decode(tmp_path / "none.png")
    with pytest.raises(UnreadableImage, match="not a file"):
        decode(tmp_path)


def test_an_empty_file_is_called_empty():
    with pytest.raises(UnreadableImage, match=r"empty \(0 bytes\)"):
        decode(b"")


@pytest.mark.parametrize("data", [b"\x89PN", b"<svg/>", b"%PDF-1.7", b"\0" * 100, b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_not_an_offered_picture_is_refused(data):
    with pytest.raises(UnreadableImage, match="Offered formats"):
        decode(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_truncated_files_are_refused(form, share):
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), form)
    with pytest.raises(UnreadableImage):
        decode(data[: int(len(data) * share)])


def test_the_name_of_a_file_does_not_decide_its_format(tmp_path):
    path = tmp_path / "actually_a_png.jpg"
    path.write_bytes(saved(Image.fromarray(gradient()), "PNG"))
    assert decode(path).format == "PNG"


SAMPLES = [saved(Image.fromarray(gradient()), form) for form in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")]


@pytest.mark.filterwarnings("default")
@settings(max_examples=150, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    damage=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_damaged_files_decode_or_are_refused_but_never_crash(sample, damage):
    data = bytearray(sample)
    for position, value in damage:
        data[position % len(data)] = value
    try:
        decoded = decode(bytes(data), DecodeLimits(max_pixels=1_000_000))
    except ImageError:
        return
    assert decoded.pixels.ndim == 3
    assert decoded.pixels.shape[2] == 3


def test_decoding_changes_no_setting_of_pillow_and_works_in_threads():
    before = Image.MAX_IMAGE_PIXELS
    data = [saved(Image.fromarray(gradient(24 + i, 40)), "PNG") for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        hashes = list(pool.map(lambda one: decode(one).sha256, data * 4))
    assert hashes == [decode(one).sha256 for one in data] * 4
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_hash_is_of_what_is_seen():
    picture = gradient()
    png = decode(saved(Image.fromarray(picture), "PNG"))
    bmp = decode(saved(Image.fromarray(picture), "BMP"))
    assert png.sha256 == bmp.sha256 == pixel_hash(picture)
    assert pixel_hash(picture) == hashlib.sha256(b"(24, 32, 3)" + picture.tobytes()).hexdigest()
    assert pixel_hash(picture.reshape(32, 24, 3)) != pixel_hash(picture)


@given(height=st.integers(1, 700), width=st.integers(1, 700))
@settings(max_examples=30, deadline=None)
def test_a_canvas_keeps_the_shape_within_a_pixel_and_never_grows(height, width):
    shrunk = canvas(np.zeros((height, width, 3), np.uint8), short=64, long=200)
    h, w = shrunk.shape[:2]
    assert min(h, w) <= 64
    assert max(h, w) <= 200
    assert h <= height
    assert w <= width
    scale = min(1, 64 / min(height, width), 200 / max(height, width))
    assert abs(h - max(1, height * scale)) <= 0.5
    assert abs(w - max(1, width * scale)) <= 0.5


def test_a_small_picture_is_its_own_canvas():
    picture = gradient(256, 300)
    np.testing.assert_array_equal(canvas(picture), picture)


def test_a_canvas_has_a_shorter_side_of_256():
    assert canvas(np.zeros((512, 1000, 3), np.uint8)).shape == (256, 500, 3)
    assert canvas(np.zeros((300, 4096, 3), np.uint8)).shape == (75, 1024, 3)


def test_shrinking_averages_instead_of_skipping_pixels():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(canvas(stripes)[2:-2, 2:-2].astype(int) - 127).max() <= 8


def test_encoding_as_png_is_lossless_and_as_jpeg_is_close():
    picture = gradient()
    np.testing.assert_array_equal(decode(encode(picture)).pixels, picture)
    grey = np.full((16, 16, 3), 90, np.uint8)
    assert decode(encode(grey, "jpeg")).format == "JPEG"
    assert np.abs(decode(encode(grey, "jpeg")).pixels.astype(int) - 90).max() <= 2
