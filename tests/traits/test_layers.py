import numpy as np
import pytest

from sxai.errors import Cancelled, SpaceError
from sxai.traits import layers
from sxai.traits.compression import compress
from sxai.traits.layers import compress_maps


def feature_maps(n=8, channels=12, height=3, width=4, seed=0):
    random = np.random.default_rng(seed)
    return random.gamma(1.0, 1.0, (1, channels, height, width)) + random.gamma(0.5, 1.0, (n, channels, height, width))


@pytest.mark.parametrize(("n", "channels"), [(8, 12), (20, 6)])
def test_every_position_equals_the_compression_of_its_own_table(n, channels):
    maps = feature_maps(n, channels)
    result = compress_maps(maps, components=3)
    assert result.scores.shape == (3, channels, 3, 4)
    for y in range(3):
        for x in range(4):
            alone = compress(maps[:, :, y, x], components=3)
            np.testing.assert_allclose(result.scores[:, :, y, x].T, alone.scores, atol=1e-9)
            assert result.ratios[y, x] == pytest.approx(alone.ratios[0])


def test_the_layers_ratio_is_the_mean_over_positions():
    result = compress_maps(feature_maps())
    assert result.ratio == pytest.approx(result.ratios.mean())
    assert result.dead == 0


def test_maps_of_one_position_are_plain_features():
    maps = feature_maps(height=1, width=1)
    alone = compress(maps[:, :, 0, 0], components=1)
    result = compress_maps(maps)
    np.testing.assert_allclose(result.scores[0, :, 0, 0], alone.scores[:, 0])
    assert result.ratio == pytest.approx(alone.ratios[0])


def test_dead_positions_are_counted_and_left_out_of_the_ratio():
    maps = feature_maps()
    maps[:, :, 0, 1] = 0.0
    maps[:, :, 2, 2] = 0.3
    result = compress_maps(maps)
    assert result.dead == 2
    assert np.isnan(result.ratios[0, 1])
    assert np.isnan(result.ratios[2, 2])
    assert (result.scores[:, :, 0, 1] == 0).all()
    assert result.ratio == pytest.approx(np.nanmean(result.ratios))


@pytest.mark.parametrize("shape", [(5, 9), (9, 5)])
def test_a_position_of_lower_rank_has_zero_scores_beyond_it(shape):
    maps = feature_maps(*shape)
    maps[:, :, 1, 1] = np.outer(np.arange(1, shape[0] + 1), maps[0, :, 1, 1])
    result = compress_maps(maps, components=2)
    assert result.ratios[1, 1] == pytest.approx(1.0)
    assert (result.scores[1, :, 1, 1] == 0).all()
    assert (result.scores[1, :, 0, 0] != 0).any()


def test_batches_do_not_change_the_result(monkeypatch):
    maps = feature_maps()
    whole = compress_maps(maps, components=2)
    monkeypatch.setattr(layers, "BATCH_ELEMENTS", 8 * 12 * 5)
    split = compress_maps(maps, components=2)
    np.testing.assert_allclose(split.scores, whole.scores, atol=1e-12)
    np.testing.assert_allclose(split.ratios, whole.ratios)


def test_positions_of_very_different_strength_share_a_batch():
    maps = feature_maps()
    maps[:, :, 0, 0] *= 1e-12
    result = compress_maps(maps)
    alone = compress(maps[:, :, 0, 0], components=1)
    assert result.ratios[0, 0] == pytest.approx(alone.ratios[0])
    np.testing.assert_allclose(result.scores[0, :, 0, 0], alone.scores[:, 0], rtol=1e-6)


def test_progress_counts_positions_and_may_stop_the_work(monkeypatch):
    monkeypatch.setattr(layers, "BATCH_ELEMENTS", 8 * 12 * 5)
    seen = []
    compress_maps(feature_maps(), progress=lambda stage, done, total, detail=None: seen.append((done, total)))
    assert seen == [(0, 12), (5, 12), (10, 12), (12, 12)]

    def stop(stage, done, total, detail=None):
        if done:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        compress_maps(feature_maps(), progress=stop)


def test_single_precision_maps_are_computed_in_double():
    maps = feature_maps().astype(np.float32)
    np.testing.assert_array_equal(compress_maps(maps).scores, compress_maps(maps.astype(np.float64)).scores)


@pytest.mark.parametrize(
    ("maps", "components", "message"),
    [
        (np.ones((3, 4)), 1, "samples, channels, height, width"),
        (np.ones((0, 4, 2, 2)), 1, "samples, channels, height, width"),
        (np.full((3, 4, 2, 2), "a"), 1, "samples, channels, height, width"),
        (np.ones((3, 1, 2, 2)), 1, "one channel"),
        (np.ones((3, 4, 2, 2)), 1, "no sample varies"),
        (feature_maps(), 0, "0 components asked for: these maps give 1 to 8"),
        (feature_maps(), 9, "9 components asked for"),
    ],
)
def test_maps_that_cannot_be_compressed_are_refused(maps, components, message):
    with pytest.raises(SpaceError, match=message):
        compress_maps(maps, components)


def test_maps_that_are_not_finite_name_the_sample():
    maps = feature_maps()
    maps[5, 0, 0, 0] = np.nan
    with pytest.raises(SpaceError, match="not finite in sample 5"):
        compress_maps(maps)
