from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from sxai.errors import Cancelled, SpaceError
from sxai.traits.search.landscape import Evaluator, compose
from sxai.traits.search.running import search, search_each
from sxai.traits.search.settings import Method, SearchSettings

METHODS = ("flips", "genetic", "script", "exhaustive")
SHORT = SearchSettings(population=10, generations=6, ranking="float32", budget=None)


@pytest.fixture
def evaluated(monkeypatch):
    """Every combination that is sent through the network to rank it: (mark of the picture, genome)."""
    seen = []
    real = Evaluator.fitness

    def counting(self, cases):
        seen.extend((case.mark, genome.tobytes()) for case, genome in cases)
        return real(self, cases)

    monkeypatch.setattr(Evaluator, "fitness", counting)
    return seen


def found(network, scenes, method: Method = "flips", **changes):
    pictures, labels = zip(*scenes, strict=True)
    targets = [int(pixels.sum()) % 3 for pixels in pictures]
    return search(network, pictures, labels, targets, replace(SHORT, method=method, **changes), "cpu")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ranking", ["float32", "bfloat16"])
def test_what_is_told_is_true(network, scene, evaluated, method, ranking):
    pixels, labels = scene(3, 4)
    [result] = search(network, [pixels], [labels], [1], replace(SHORT, method=method, ranking=ranking), "cpu")
    assert result.genome.shape == (9,)
    assert result.forwards == len(evaluated) == len(set(evaluated))
    for genome, told in ((result.genome, result.fitness), (np.ones(9, bool), result.full_fitness)):
        logits = network(network.prepare([compose(pixels, labels, genome)])).detach().double().numpy()[0]
        others = np.delete(logits, 1)
        assert told == pytest.approx(logits[1] - np.logaddexp(*others), rel=1e-3, abs=1e-3)
    assert result.probability == pytest.approx(1 / (1 + np.exp(-result.fitness)))
    features = network.features(network.prepare([compose(pixels, labels, result.genome)])).detach().numpy()[0]
    np.testing.assert_allclose(result.features, features, rtol=1e-3, atol=1e-5)


@examples(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.sampled_from(METHODS), st.sampled_from(["float32", "bfloat16"]))
def test_the_history_rises_to_the_result(network, scene, seed, method, ranking):
    [result] = found(network, [scene(3, seed)], method, ranking=ranking, seed=seed)
    counts, values = zip(*result.history, strict=True)
    assert list(counts) == sorted(set(counts))
    assert list(values) == sorted(set(values))
    assert 1 <= counts[0] <= counts[-1] <= result.forwards
    assert values[-1] == result.fitness
    if method != "script":
        assert result.fitness >= result.full_fitness


@pytest.mark.parametrize("method", METHODS)
def test_a_result_does_not_depend_on_its_companions(network, scene, method):
    scenes = [scene(columns, seed) for columns, seed in ((2, 1), (3, 2), (3, 3), (1, 4), (2, 5))] * 2
    together = found(network, scenes, method, ranking="bfloat16")
    alone = [found(network, [each], method, ranking="bfloat16")[0] for each in scenes[:5]]
    for one, other in zip(together, alone * 2, strict=True):
        assert (one.fitness, one.history, one.forwards) == (other.fitness, other.history, other.forwards)
        np.testing.assert_array_equal(one.genome, other.genome)


def test_the_seed_decides(network, scene):
    scenes = [scene(3, 8)]
    first, again, other = (found(network, scenes, "script", seed=seed)[0] for seed in (3, 3, 4))
    assert first.history == again.history != other.history


@pytest.mark.parametrize("seed", range(4))
def test_flips_and_genetic_reach_the_optimum_of_small_pictures(network, scene, seed):
    scenes = [scene(3, seed)]
    [best] = found(network, scenes, "exhaustive")
    assert best.forwards == 2**9
    assert found(network, scenes, "flips")[0].fitness == pytest.approx(best.fitness, rel=1e-5)
    assert found(network, scenes, "genetic", population=50, generations=30)[0].fitness <= best.fitness + 1e-5


def test_the_budget_holds(network, scene, evaluated):
    for method in METHODS:
        evaluated.clear()
        [result] = found(network, [scene(3, 1)], method, budget=23)
        assert result.forwards == len(evaluated) == 23


def test_the_untouched_picture_is_in_the_genetic_search_but_not_in_the_script(network, scene, evaluated):
    full = np.ones(9, dtype=bool).tobytes()
    found(network, [scene(3, 1)], "genetic", generations=1)
    assert full in {genome for _, genome in evaluated}
    evaluated.clear()
    found(network, [scene(3, 1)], "script", generations=1)
    assert full not in {genome for _, genome in evaluated}


def test_the_best_of_a_coarse_ranking_is_the_best_in_float32(network, scene):
    [result] = found(network, [scene(3, 6)], "exhaustive", ranking="bfloat16")
    [exact] = found(network, [scene(3, 6)], "exhaustive", ranking="float32")
    assert result.fitness == pytest.approx(exact.fitness, rel=2e-2)
    assert result.rechecked > exact.rechecked == 2


def test_pictures_are_handed_over_as_soon_as_they_are_done_and_what_is_done_stays(network, scene, monkeypatch):
    monkeypatch.setattr("sxai.traits.search.running.PARALLEL_SEARCHES", 2)
    cases = ((*scene(2, seed), 0) for seed in range(6))
    done = {}

    def stop(stage, count, total, detail=None):
        assert (stage, total) == ("combinations", 6)
        if count == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        search_each(network, cases, done.__setitem__, SHORT, "cpu", stop, 6)
    assert len(done) == 3
    assert set(done) <= {0, 1, 2, 3}


def test_pictures_are_taken_when_their_turn_comes(network, scene, monkeypatch):
    monkeypatch.setattr("sxai.traits.search.running.PARALLEL_SEARCHES", 2)
    taken, waiting = [], []

    def cases():
        for seed in range(5):
            taken.append(seed)
            yield (*scene(2, seed), 0)

    def finished(index, combination):
        waiting.append(len(taken) - len(waiting))

    search_each(network, cases(), finished, SHORT, "cpu")
    assert len(waiting) == 5
    assert max(waiting) <= 2


def test_no_pictures_need_no_search(network):
    assert search(network, [], [], [], SHORT, "cpu") == []


def test_too_many_superpixels_for_every_combination_are_told(network, scene):
    with pytest.raises(SpaceError, match="18 superpixels"):
        found(network, [scene(6, 0)], "exhaustive")
