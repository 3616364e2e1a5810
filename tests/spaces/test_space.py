import dataclasses
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from sxai.errors import SpaceError, TooFewMasks
from sxai.spaces.calibration import fit_calibration
from sxai.spaces.space import SemanticSpace, extract_space, largest, readings


def pairs(n=40, channels=30, seed=0, moved=(3, 11, 17, 22, 28, 5)):
    """Features whose ``moved`` channels fall (the last one rises) when the concept is masked."""
    random = np.random.default_rng(seed)
    unmasked = random.gamma(2.0, 1.0, channels) * random.uniform(0.7, 1.3, (n, 1)) + random.gamma(
        0.5, 0.5, (n, channels)
    )
    masked = unmasked + random.normal(0, 0.01, (n, channels))
    for place, channel in enumerate(moved):
        unmasked[:, channel] += 6.0 - 0.5 * place
    unmasked[:, moved[-1]], masked[:, moved[-1]] = masked[:, moved[-1]], unmasked[:, moved[-1]].copy()
    return unmasked, masked


def paper_in_plain_scipy(unmasked, masked, references, images, n_ssn=5):
    """The whole chain from the paper's text, sharing no code with the library."""

    def first_component(X):
        p = X.shape[1]
        X_hat = np.array([row - row.mean() for row in X])
        U, singular, _ = linalg.svd(X_hat @ X_hat.T / (p - 1))
        u = U[:, 0] if U[:, 0].sum() >= 0 else -U[:, 0]
        return np.array([sum(u[i] * X[i, j] for i in range(len(X))) for j in range(p)]), singular[0] / singular.sum()

    (s_unmask, ratio_unmask), (s_mask, ratio_mask) = first_component(unmasked), first_component(masked)
    delta = s_unmask - s_mask
    neurons = sorted(range(len(delta)), key=lambda j: -abs(delta[j]))[:n_ssn]

    def activation(z):
        return sum(z[j] * delta[j] for j in neurons) / n_ssn

    values = np.array([activation(z) for z in references])
    normal = stats.norm(values.mean(), values.std())
    span = normal.cdf(values.max()) - normal.cdf(values.min())
    probabilities = [(normal.cdf(activation(z)) - normal.cdf(values.min())) / span for z in images]
    return {
        "delta": delta,
        "neurons": neurons,
        "ratios": (ratio_unmask, ratio_mask),
        "probabilities": np.array(probabilities),
        "activations": np.array([activation(z) for z in images]),
    }


# --- against the paper's text


@pytest.mark.parametrize(("n", "channels", "n_ssn"), [(40, 30, 5), (10, 60, 5), (25, 25, 1), (6, 12, 12)])
def test_the_whole_chain_equals_an_independent_reading_of_the_paper(n, channels, n_ssn):
    moved = (3, 11, 7, 9, 10, 5)
    unmasked, masked = pairs(n, channels, 0, moved)
    references, images = pairs(200, channels, 1, moved)[0], np.vstack(pairs(15, channels, 2, moved))
    oracle = paper_in_plain_scipy(unmasked, masked, references, images, n_ssn)
    extraction = extract_space("cat.eyes", unmasked, masked, n_ssn=n_ssn)
    space = extraction.space.with_reference(references)
    np.testing.assert_allclose(extraction.difference, oracle["delta"], atol=1e-9)
    assert list(space.channels) == oracle["neurons"]
    np.testing.assert_allclose(space.delta, oracle["delta"][oracle["neurons"]], atol=1e-9)
    assert (extraction.ratio_unmasked, extraction.ratio_masked) == pytest.approx(oracle["ratios"])
    np.testing.assert_allclose(space.activation(images), oracle["activations"], atol=1e-8)
    np.testing.assert_allclose(space.probability(images), oracle["probabilities"], atol=1e-9)


def test_channels_that_react_are_found_with_their_sign():
    extraction = extract_space("cat.eyes", *pairs(), n_ssn=6)
    assert set(extraction.space.channels) == {3, 11, 17, 22, 28, 5}
    signs = dict(zip(extraction.space.channels, np.sign(extraction.space.delta), strict=True))
    assert signs == {3: 1, 11: 1, 17: 1, 22: 1, 28: 1, 5: -1}


def test_channels_come_with_the_largest_difference_first():
    magnitudes = np.abs(extract_space("cat.eyes", *pairs(), n_ssn=30).space.delta)
    assert (np.diff(magnitudes) <= 0).all()


def test_difference_is_the_gap_between_the_scores():
    extraction = extract_space("cat.eyes", *pairs())
    np.testing.assert_array_equal(extraction.difference, extraction.scores_unmasked - extraction.scores_masked)
    assert extraction.n == 40


def test_masked_images_have_a_lower_probability():
    unmasked, masked = pairs()
    space = extract_space("cat.eyes", unmasked, masked).space.with_reference(np.vstack(pairs(100, seed=3)))
    assert (space.probability(masked) < space.probability(unmasked)).all()


def test_swapping_the_two_sets_turns_every_difference_round():
    unmasked, masked = pairs()
    forward, backward = (extract_space("cat.eyes", unmasked, masked), extract_space("cat.eyes", masked, unmasked))
    assert forward.space.channels == backward.space.channels
    np.testing.assert_allclose(forward.space.delta, -np.asarray(backward.space.delta))


@given(st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_images_does_not_matter(random):
    unmasked, masked = pairs()
    order = list(range(len(unmasked)))
    random.shuffle(order)
    plain, moved = (extract_space("a.b", unmasked, masked), extract_space("a.b", unmasked[order], masked[order]))
    assert plain.space.channels == moved.space.channels
    np.testing.assert_allclose(plain.difference, moved.difference, atol=1e-8)


def test_the_authors_scores_can_be_chosen():
    unmasked, masked = pairs()
    other = extract_space("cat.eyes", unmasked, masked, scores="centred-relu")
    assert (other.scores_unmasked >= 0).all()
    assert not np.allclose(other.difference, extract_space("cat.eyes", unmasked, masked).difference)


def test_equal_differences_are_taken_by_lower_index():
    assert largest(np.array([1.0, -2.0, 2.0, 0.0, 2.0]), 3) == [1, 2, 4]


# --- what cannot be extracted


@pytest.mark.parametrize(("n", "words"), [(1, "1 masked image:"), (2, "2 masked images:")])
def test_too_few_masks_say_how_many_there_are_and_are_needed(n, words):
    unmasked, masked = pairs()
    with pytest.raises(TooFewMasks, match=f"dog.nose has {words} a semantic space needs at least 3"):
        extract_space("dog.nose", unmasked[:n], masked[:n])


def test_the_minimum_can_be_raised_and_is_met_at_equality():
    unmasked, masked = pairs(10)
    assert extract_space("a.b", unmasked, masked, minimum=10).n == 10
    with pytest.raises(TooFewMasks):
        extract_space("a.b", unmasked, masked, minimum=11)


def test_tables_that_do_not_match_are_refused():
    unmasked, masked = pairs()
    with pytest.raises(SpaceError, match="do not match"):
        extract_space("a.b", unmasked, masked[:-1])


@pytest.mark.parametrize("which", ["unmasked", "masked"])
def test_features_that_are_not_finite_are_refused_by_name(which):
    tables = dict(zip(("unmasked", "masked"), pairs(), strict=True))
    tables[which][4, 2] = np.nan
    with pytest.raises(SpaceError, match=rf"^the table of {which} a\.b is not finite in sample 4"):
        extract_space("a.b", **tables)


@pytest.mark.parametrize("n_ssn", [0, -1, 31])
def test_a_number_of_neurons_that_the_network_has_not_is_refused(n_ssn):
    with pytest.raises(SpaceError, match="sensitive channels"):
        extract_space("a.b", *pairs(), n_ssn=n_ssn)


def test_a_mask_that_changes_nothing_is_refused():
    unmasked, _ = pairs()
    with pytest.raises(SpaceError, match="changes no channel"):
        extract_space("a.b", unmasked, unmasked.copy())


def test_dead_features_are_refused():
    with pytest.raises(SpaceError, match="nothing to compress"):
        extract_space("a.b", np.zeros((4, 8)), np.zeros((4, 8)))


# --- the space itself


def test_activation_is_the_average_of_signed_products():
    space = SemanticSpace("cat.eyes", (2, 0), (3.0, -1.0))
    features = [[1.0, 100.0, 4.0], [0.0, 100.0, 0.0]]
    np.testing.assert_allclose(space.activation(features), [(4 * 3 - 1 * 1) / 2, 0.0])


def test_single_precision_features_are_summed_in_double():
    space = SemanticSpace("cat.eyes", (0, 1), (1.0, -1.0))
    activation = space.activation(np.array([[1e8, 1.0]], dtype=np.float32))
    assert activation.dtype == np.float64
    assert activation[0] == (1e8 - 1) / 2


def test_activation_is_linear():
    space = extract_space("cat.eyes", *pairs()).space
    first, second = pairs(5, seed=8)
    np.testing.assert_allclose(
        space.activation(2 * first - 3 * second), 2 * space.activation(first) - 3 * space.activation(second)
    )


def test_channels_outside_the_space_do_not_matter():
    space = SemanticSpace("cat.eyes", (1,), (2.0,))
    np.testing.assert_array_equal(space.activation([[5.0, 1.0, 9.0]]), space.activation([[0.0, 1.0, -3.0]]))


def test_an_image_with_unknown_features_is_unknown_alone():
    space = SemanticSpace("cat.eyes", (0,), (1.0,)).with_reference(np.arange(10.0)[:, None])
    probabilities = space.probability([[np.nan], [9.0]])
    assert np.isnan(probabilities[0])
    assert probabilities[1] == 1.0


def test_no_image_gives_no_probability():
    space = SemanticSpace("cat.eyes", (0,), (1.0,)).with_reference(np.arange(10.0)[:, None])
    assert space.probability(np.empty((0, 4))).shape == (0,)


def test_probability_without_a_reference_says_what_to_do():
    with pytest.raises(SpaceError, match=r"cat\.eyes has no reference distribution yet"):
        SemanticSpace("cat.eyes", (0,), (1.0,)).probability([[1.0]])


def test_features_of_another_network_are_refused():
    with pytest.raises(SpaceError, match="another network"):
        SemanticSpace("cat.eyes", (200,), (1.0,)).activation(np.ones((2, 128)))


def test_the_dense_vector_is_zero_outside_the_space():
    vector = SemanticSpace("cat.eyes", (2, 0), (3.0, -1.0)).vector(4)
    np.testing.assert_array_equal(vector, [-1.0, 0.0, 3.0, 0.0])
    with pytest.raises(SpaceError, match="too few"):
        SemanticSpace("cat.eyes", (2, 0), (3.0, -1.0)).vector(2)


@pytest.mark.parametrize(
    ("channels", "delta"), [((), ()), ((1, 2), (1.0,)), ((-1,), (1.0,)), ((1, 1), (1.0, 2.0)), ((1,), (float("nan"),))]
)
def test_a_space_that_makes_no_sense_cannot_exist(channels, delta):
    with pytest.raises(SpaceError, match=r"cat\.eyes"):
        SemanticSpace("cat.eyes", channels, delta)


def test_a_space_holds_plain_numbers_and_compares_by_value():
    space = extract_space("cat.eyes", *pairs()).space
    assert all(type(channel) is int for channel in space.channels)
    assert all(type(value) is float for value in space.delta)
    assert SemanticSpace("a.b", [1, 2], np.array([0.5, 0.25])) == SemanticSpace("a.b", (1, 2), (0.5, 0.25))


def test_a_space_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SemanticSpace("cat.eyes", (0,), (1.0,)).name = "dog.eyes"


@pytest.mark.parametrize("channels", [5, 64, 1000])
def test_an_activation_does_not_depend_on_the_batch_to_the_last_bit(channels):
    random = np.random.default_rng(0)
    table = random.gamma(1.0, 1.0, (37, 1000)).astype(np.float32)
    space = SemanticSpace("cat.eyes", tuple(range(channels)), tuple(random.normal(size=channels)))
    whole = space.activation(table)
    np.testing.assert_array_equal(np.concatenate([space.activation(row[None]) for row in table]), whole)
    np.testing.assert_array_equal(space.activation(table[3:20]), whole[3:20])


def test_readings_of_many_spaces_are_those_of_each(rng):
    features = rng.random((6, 8), dtype=np.float32)
    plain = SemanticSpace("cat.eyes", (1, 5), (0.5, -0.25)).with_reference(rng.random((9, 8)))
    calibrated = replace(
        SemanticSpace("dog.nose", (7,), (1.5,)).with_reference(rng.random((9, 8))),
        calibration=fit_calibration(np.arange(8.0), np.arange(8) % 2 == 1, "platt"),
    )
    found = readings([plain, calibrated], features)
    for space in (plain, calibrated):
        np.testing.assert_array_equal(found.activations[space.name], space.activation(features))
        np.testing.assert_array_equal(found.paper[space.name], space.paper_probability(features))
        np.testing.assert_array_equal(found.probabilities[space.name], space.probability(features))
    assert not np.array_equal(found.paper["dog.nose"], found.probabilities["dog.nose"])
    with pytest.raises(SpaceError, match="another network"):
        readings([plain, calibrated], features[:, :7])
