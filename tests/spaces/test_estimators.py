import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score

from sxai.errors import SpaceError, UnknownName
from sxai.spaces.direction import ConceptDirection
from sxai.spaces.estimators import ESTIMATORS, estimate, fisher, linear, paired_component, weights_named
from sxai.spaces.space import extract_space

C = 12


def pairs(n=60, seed=0, noise=1.0):
    """Masking lowers channels 1 and 4; channel 7 varies a lot between images but hardly with the mask."""
    random = np.random.default_rng(seed)
    base = random.gamma(3.0, 1.0, (n, C))
    base[:, 7] += random.gamma(2.0, 8.0, n)
    unmasked = base + random.normal(0, 0.1 * noise, (n, C))
    masked = base + random.normal(0, 0.1 * noise, (n, C))
    unmasked[:, 1] += 3.0
    unmasked[:, 4] += 2.0
    return unmasked, masked


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_gives_a_direction_that_masking_lowers(name):
    unmasked, masked = pairs()
    found = estimate("cat.eyes", unmasked, masked, name, n_ssn=3)
    assert isinstance(found.space, ConceptDirection)
    assert found.space.estimator == name
    assert found.n == 60
    fresh, filled = pairs(seed=1)
    assert (found.space.activation(filled) < found.space.activation(fresh)).mean() > 0.9


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "s-xai"])
def test_the_space_holds_the_whole_direction_strongest_channel_first(name):
    found = estimate("cat.eyes", *pairs(), name)
    np.testing.assert_allclose(found.space.vector(C), found.difference)
    assert (np.diff(np.abs(found.space.delta)) <= 0).all()


def test_the_papers_way_is_left_as_it_is():
    pair = pairs()
    expected = extract_space("cat.eyes", *pair, n_ssn=3)
    found = estimate("cat.eyes", *pair, n_ssn=3)
    assert found.space == expected.space
    np.testing.assert_array_equal(found.difference, expected.difference)


def test_all_channels_is_the_papers_difference_without_a_choice():
    pair = pairs()
    np.testing.assert_array_equal(
        estimate("cat.eyes", *pair, "all-channels").difference, extract_space("cat.eyes", *pair).difference
    )


def test_the_paired_component_is_the_leading_eigenvector_of_the_differences():
    unmasked, masked = pairs()
    differences = unmasked - masked
    values, vectors = np.linalg.eigh(differences.T @ differences)
    found = paired_component(unmasked, masked)
    assert abs(found @ vectors[:, np.argmax(values)]) == pytest.approx(1.0)
    assert (differences @ found).mean() > 0


def test_fisher_is_linear_discriminant_analysis_with_ledoit_wolfs_shrinkage():
    unmasked, masked = pairs()
    rows, labels = np.concatenate([unmasked, masked]), np.repeat([1, 0], len(unmasked))
    # scikit-learn shrinks each class's standardised covariance, ours the pooled one: directions agree, not numbers.
    expected = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(rows, labels).coef_[0]
    found = fisher(unmasked, masked)
    assert found @ expected / np.linalg.norm(found) / np.linalg.norm(expected) > 0.98


def test_fisher_ignores_what_varies_anyway():
    unmasked, masked = pairs()
    unmasked[:, 7] += 1.0
    found = np.abs(fisher(unmasked, masked))
    assert found[7] < 0.1 * found[1]


def test_linear_does_not_depend_on_the_units_of_a_channel():
    unmasked, masked = pairs()
    scale = np.ones(C)
    scale[1] = 100.0
    np.testing.assert_allclose(linear(unmasked * scale, masked * scale) * scale, linear(unmasked, masked), atol=1e-3)


def test_linear_tells_images_it_was_not_made_from():
    space = estimate("cat.eyes", *pairs(noise=5), "linear").space
    fresh, filled = pairs(seed=3, noise=5)
    scores = np.concatenate([space.activation(fresh), space.activation(filled)])
    assert roc_auc_score(np.repeat([1, 0], len(fresh)), scores) > 0.9


@pytest.mark.parametrize("name", ["linear", "fisher"])
def test_a_channel_that_never_changes_is_no_trouble(name):
    unmasked, masked = pairs()
    unmasked[:, 9] = masked[:, 9] = 2.0
    found = estimate("cat.eyes", unmasked, masked, name)
    assert np.isfinite(found.difference).all()
    assert abs(found.difference[9]) < 1e-6


def test_an_unknown_estimator_names_those_that_there_are():
    with pytest.raises(UnknownName, match="no estimator 'pca'; there are s-xai, all-channels"):
        weights_named("pca")


def test_a_mask_that_changes_nothing_has_no_direction():
    unmasked, _ = pairs()
    with pytest.raises(SpaceError, match="changes no channel"):
        estimate("cat.eyes", unmasked, unmasked, "linear")
