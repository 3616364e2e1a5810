"""Files of masks from elsewhere: what is read, and what is refused."""

import numpy as np
import pytest

from sxai.errors import MaskError
from sxai.masks.annotation_files import UNUSABLE, entry_mask, part_entries, read_json, text_of
from sxai.masks.mask import encode_rle
from sxai.masks.superpixels import SlicParameters

REGION = np.eye(4, dtype=bool)
ENTRY = {
    "rle": encode_rle(REGION),
    "labels": [1, 2],
    "slic": {"count": 9, "compactness": 8.0, "sigma": 1.0},
    "fill_label": None,
    "fill": [0, 128, 255],
}


def test_an_entry_is_a_mask():
    mask = entry_mask(ENTRY)
    np.testing.assert_array_equal(mask.pixels, REGION)
    assert (mask.labels, mask.slic, mask.fill_label, mask.fill) == (
        (1, 2),
        SlicParameters(9, 8.0, 1.0),
        None,
        (0, 128, 255),
    )
    drawn = entry_mask(ENTRY | {"labels": None, "slic": None})
    assert (drawn.labels, drawn.slic) == (None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"fill": [0, 0, 256]},
        {"fill": [0, 0]},
        {"fill": [0.5, 0, 0]},
        {"fill": None},
        {"labels": ["1"]},
        {"labels": [-1]},
        {"labels": 3},
        {"labels": [2**40]},
        {"slic": {"pieces": 3}},
        {"slic": {"count": 2.5}},
        {"slic": {"sigma": float("inf")}},
        {"slic": {"compactness": 0}},
        {"slic": 3},
        {"fill_label": True},
        {"rle": {"size": [4, 4], "counts": [3]}},
        {"rle": {"size": [4, 4], "counts": [16]}},
        {"rle": "x"},
    ],
    ids=str,
)
def test_an_entry_that_describes_no_mask_is_refused(change):
    with pytest.raises((*UNUSABLE, MaskError)):
        entry_mask(ENTRY | change)


@pytest.mark.parametrize("missing", ENTRY)
def test_every_key_of_an_entry_is_needed(missing):
    with pytest.raises(KeyError, match=missing):
        entry_mask({key: value for key, value in ENTRY.items() if key != missing})


def test_a_file_that_is_not_there_cannot_be_read(tmp_path):
    with pytest.raises(MaskError, match="cannot be read"):
        read_json(tmp_path / "none.json")
    with pytest.raises(MaskError, match="cannot be read"):
        part_entries(tmp_path)


def test_text_is_what_the_catalogue_can_store():
    assert text_of("é") == "é"
    for value in (None, 3, "\ud800"):
        with pytest.raises((TypeError, ValueError)):
            text_of(value)
