"""Relations between concepts against SciPy, scikit-learn and constructions whose answer is known."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import pearsonr

from sxai.errors import SpaceError
from sxai.vectors.relations import concept_map, correlation, distances, hierarchy, relevance, scaled
from sxai.vectors.vectors import units


def three_families(rng):
    """Nine unit vectors in three families of three."""
    centres = np.eye(12)[:3]
    return units(np.concatenate([centre + 0.05 * np.abs(rng.normal(size=(3, 12))) for centre in centres]))


def test_relevance_and_distances_are_cosines(rng):
    vectors = three_families(rng)
    np.testing.assert_allclose(distances(vectors), squareform(pdist(vectors, "cosine")), atol=1e-12)
    np.testing.assert_allclose(relevance(vectors).diagonal(), 1)


def test_the_hierarchy_joins_families_first(rng):
    vectors = three_families(rng)
    found = hierarchy(vectors)
    families = [leaf // 3 for leaf in found.order]
    assert families == sorted(families, key=families.index)
    below = sorted(found.merges[:6, 3].tolist())
    assert below == [2, 2, 2, 3, 3, 3]
    with pytest.raises(SpaceError, match="at least two"):
        hierarchy(vectors[:1])


def test_scaling_gives_a_plane_back(rng):
    plane = rng.normal(size=(8, 2))
    apart = squareform(pdist(plane))
    np.testing.assert_allclose(squareform(pdist(scaled(apart))), apart, atol=1e-10)


@pytest.mark.parametrize("method", ["tsne", "scaling"])
def test_maps_keep_families_together_and_come_out_the_same_again(rng, method):
    vectors = three_families(rng)
    places = concept_map(vectors, method, seed=1)
    np.testing.assert_array_equal(places, concept_map(vectors, method, seed=1))
    assert places.shape == (9, 2)
    if method == "scaling":
        apart = squareform(pdist(places))
        within = max(apart[i, j] for i in range(9) for j in range(9) if i // 3 == j // 3)
        between = min(apart[i, j] for i in range(9) for j in range(9) if i // 3 != j // 3)
        assert within < between


def test_few_concepts_have_a_map_too(rng):
    for count in (1, 2, 3):
        places = concept_map(three_families(rng)[:count], "tsne")
        assert places.shape == (count, 2)
        assert np.isfinite(places).all()
    with pytest.raises(SpaceError, match="tsne, scaling"):
        concept_map(three_families(rng), "umap")


def test_correlation_is_scipys_and_says_when_there_is_none(rng):
    x, y = rng.normal(size=12), rng.normal(size=12)
    found, expected = correlation(x, y), pearsonr(x, y)
    assert (found.r, found.p, found.n) == (pytest.approx(expected.statistic), pytest.approx(expected.pvalue), 12)
    assert correlation([1, 2], [1, 2]).r is None
    assert correlation([1, 1, 1], [1, 2, 3]).p is None
