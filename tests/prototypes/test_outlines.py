"""Outlines of concepts: regions that teach a sharper reading of themselves."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import Ridge

from sxai.prototypes.outlines import RIDGE, SIDE, Outline, _Cells, _Fit, _small, learn_outlines
from sxai.prototypes.regions import RegionRule, cut_of, outlined, overlap_of, region, threshold_of, upsampled

GRID, PIXELS, PICTURES = 16, 96, 24


@pytest.fixture(scope="module")
def planted():
    """Blue squares on grey, maps that know them among much else, and a similarity that spreads about them."""
    rng = np.random.default_rng(5)
    pictures, truths, maps, similarity = [], [], [], []
    mixed = rng.normal(size=(6, 6))
    for _ in range(PICTURES):
        truth = np.zeros((PIXELS, PIXELS), bool)
        top, left = rng.integers(12, 60, 2)
        truth[top : top + 20, left : left + 20] = True
        pixels = np.where(truth[..., None], (20, 40, 200), (150, 150, 150)) + rng.integers(-6, 7, (PIXELS, PIXELS, 3))
        share = truth.reshape(GRID, 6, GRID, 6).mean(axis=(1, 3))
        around = gaussian_filter(share, 1.5)
        hidden = np.stack([share, around, *rng.normal(0, 0.3, (4, GRID, GRID))])
        hidden[:2] += rng.normal(0, 0.03, (2, GRID, GRID))
        pictures.append(pixels.astype(np.uint8))
        truths.append(truth)
        maps.append(np.einsum("ij,jhw->ihw", mixed, hidden))
        similarity.append(around / around.max() + rng.normal(0, 0.05, share.shape))
    return pictures, truths, np.stack(maps), np.stack(similarity)


def mean_overlap(maps, pictures, truths, threshold, at):
    grown = [outlined(upsampled(one, truths[0].shape), pixels) for one, pixels in zip(maps, pictures, strict=True)]
    found = [region(one, cut_of(one, threshold, at=at)) for one in grown]
    return np.mean([overlap_of(one, truth) for one, truth in zip(found, truths, strict=True)])


def test_a_region_that_spreads_beyond_the_part_shrinks_to_it(planted):
    pictures, truths, maps, similarity = planted
    seen, unseen = slice(0, 16), slice(16, None)
    threshold = threshold_of(similarity[seen])
    [found] = learn_outlines(maps[seen], pictures[seen], [similarity[seen]], [threshold])
    before = mean_overlap(similarity[unseen], pictures[unseen], truths[unseen], threshold, 0.4)
    own = [found.map(one) for one in maps[unseen]]
    after = mean_overlap(own, pictures[unseen], truths[unseen], found.threshold, found.cut)
    assert after > max(0.8, before)
    assert 0.5 < found.fit < 1


def test_it_is_the_same_again(planted):
    pictures, _, maps, similarity = planted
    first, second = (
        learn_outlines(maps[:8], pictures[:8], [similarity[:8]], [threshold_of(similarity)])[0] for _ in range(2)
    )
    np.testing.assert_array_equal(first.weights, second.weights)
    assert (first.cut, first.offset, first.threshold) == (second.cut, second.offset, second.threshold)


def test_no_outline_where_pictures_do_not_bear_each_other_out(planted):
    pictures, _, maps, similarity = planted
    nothing = np.random.default_rng(3).random((6, GRID, GRID))
    assert learn_outlines(maps[:6], pictures[:6], [similarity[:6], nothing], [9.0, 0.5]) == [None, None]


def test_progress_counts_concepts(planted):
    pictures, _, maps, similarity = planted
    seen = []
    learn_outlines(
        maps[:4], pictures[:4], [similarity[:4]] * 2, [0.5, 0.5], progress=lambda *said: seen.append(said[:3])
    )
    assert seen == [("outlines", 0, 2), ("outlines", 1, 2), ("outlines", 2, 2)]


def test_a_map_is_what_its_weights_say():
    outline = Outline(np.array([2.0, -1.0], np.float32), 0.5, 0.5, 0.0, 1.0)
    maps = np.arange(12, dtype=np.float16).reshape(2, 2, 3)
    np.testing.assert_allclose(outline.map(maps), 2 * maps[0] - maps[1] + 0.5)


def test_pieces_give_the_same_regions_as_pixels(planted):
    pictures, _, _, similarity = planted
    for pixels, map_ in zip(pictures[:4], similarity, strict=False):
        grown = outlined(upsampled(map_, pixels.shape[:2]), pixels)
        cells = _Cells(pixels, map_.shape, RegionRule())
        np.testing.assert_allclose((cells.means @ map_.ravel())[cells.piece], grown, atol=1e-5)
        inside = region(grown, cut_of(grown, 0.2, at=0.45))
        expected = inside.reshape(GRID, 6, GRID, 6).mean(axis=(1, 3)).ravel()
        np.testing.assert_allclose(cells.covered(map_, 0.2, 0.45), expected, atol=0.03)


def test_pieces_of_a_picture_that_is_not_square():
    pixels = np.random.default_rng(0).integers(0, 255, (50, 81, 3), np.uint8)
    map_ = np.random.default_rng(1).normal(size=(4, 7))
    cells = _Cells(pixels, map_.shape, RegionRule())
    grown = outlined(upsampled(map_, (50, 81)), pixels)
    np.testing.assert_allclose((cells.means @ map_.ravel())[cells.piece], grown, atol=1e-5)
    assert cells.pixels.sum() == 50 * 81


def test_each_half_is_judged_by_the_other():
    rng = np.random.default_rng(2)
    maps, covered = rng.normal(size=(6, 5, 3, 3)), rng.random((6, 9))
    rows = maps.transpose(0, 2, 3, 1).reshape(-1, 5)
    rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    fitted, judged = _Fit(maps), np.empty_like(covered)
    even = np.arange(6) % 2 == 0
    for half in (even, ~even):
        mine = np.repeat(half, 9)
        other = Ridge(RIDGE * mine.sum()).fit(rows[mine], covered[half].ravel())
        judged[~half] = other.predict(rows[~mine]).reshape(-1, 9)
    np.testing.assert_allclose(fitted.crosswise(covered), judged, atol=1e-6)
    whole = Ridge(RIDGE * 54).fit(rows, covered.ravel()).predict(rows)
    weights, offset = fitted.direction(covered)
    own = np.stack([Outline(weights, offset, 0.5, 0.0, 1.0).map(one).ravel() for one in maps])
    np.testing.assert_allclose(own.ravel(), whole, atol=1e-5)


def test_large_pictures_are_outlined_small():
    assert _small(np.zeros((40, 60, 3), np.uint8)).shape == (40, 60, 3)
    assert _small(np.zeros((256, 512, 3), np.uint8)).shape == (SIDE // 2, SIDE, 3)
    assert _small(np.full((512, 300, 3), 77, np.uint8)).max() == 77
