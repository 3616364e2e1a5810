import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA

from sxai.errors import SpaceError
from sxai.traits.compression import compress

SHAPES = [(6, 40), (40, 6), (12, 12), (1, 9), (2, 3), (30, 31), (31, 30)]


def features(n, p, seed=0):
    """ReLU-like features: non-negative, skewed, with a shared part so that one component leads."""
    random = np.random.default_rng(seed)
    return random.gamma(1.0, 1.0, p) * random.uniform(0.5, 2.0, (n, 1)) + random.gamma(0.5, 1.0, (n, p))


def by_svd(X):
    """The paper's text with numpy's SVD of the centred table, as an independent route."""
    centred = X - X.mean(axis=1, keepdims=True)
    U, sigma, _ = np.linalg.svd(centred, full_matrices=False)
    rank = np.linalg.matrix_rank(centred)
    U = U[:, :rank] * np.where(U[:, :rank].sum(axis=0) < 0, -1.0, 1.0)
    eigenvalues = sigma[:rank] ** 2 / (X.shape[1] - 1)
    return U, eigenvalues, centred


tables = arrays(
    np.float64,
    st.tuples(st.integers(2, 8), st.integers(3, 9)),
    elements=st.floats(0, 100, allow_subnormal=False).map(lambda value: round(value, 3)),
)


def leading_gap_is_clear(X):
    """Whether the first component is well separated, so that its direction is determined."""
    centred = X - X.mean(axis=1, keepdims=True)
    sigma = np.linalg.svd(centred, compute_uv=False)
    return sigma[0] > 1e-3 and (len(sigma) < 2 or sigma[1] < 0.98 * sigma[0])


def first_is_determined(X):
    """Separated and with a loading sum that is clearly not zero, so that its sign is determined too."""
    if not leading_gap_is_clear(X):
        return False
    U = np.linalg.svd(X - X.mean(axis=1, keepdims=True))[0]
    return abs(U[:, 0].sum()) > 1e-3


# --- against independent routes


@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_everything_equals_the_svd_of_the_centred_table(n, p):
    X = features(n, p)
    U, eigenvalues, centred = by_svd(X)
    result = compress(X, components="all")
    np.testing.assert_allclose(result.eigenvalues, eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(result.loadings, U, atol=1e-8)
    np.testing.assert_allclose(result.scores, X.T @ U, atol=1e-7)
    np.testing.assert_allclose(result.ratios, eigenvalues / np.trace(centred @ centred.T / (p - 1)), rtol=1e-9)


@pytest.mark.parametrize(("n", "p"), [(6, 40), (40, 6), (30, 31), (31, 30)])
def test_centred_scores_and_ratios_equal_scikit_learn_pca_of_the_transposed_table(n, p):
    X = features(n, p, seed=1)
    # PCA of Xᵀ centres each column of Xᵀ, which is each row of X.
    oracle = PCA(svd_solver="full").fit(X.T)
    result = compress(X, components="all")
    centred = X - X.mean(axis=1, keepdims=True)
    ours = centred.T @ result.loadings
    theirs = oracle.transform(X.T)[:, : result.rank]
    signs = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours, theirs * signs, atol=1e-8)
    np.testing.assert_allclose(result.ratios, oracle.explained_variance_ratio_[: result.rank], rtol=1e-9)
    np.testing.assert_allclose(result.eigenvalues, oracle.explained_variance_[: result.rank], rtol=1e-9)


@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_authors_reading_is_the_rectified_centred_projection(n, p):
    X = features(n, p, seed=2)
    U, _, centred = by_svd(X)
    result = compress(X, components="all", scores="centred-relu")
    np.testing.assert_allclose(result.scores, np.maximum(centred.T @ U, 0.0), atol=1e-7)


@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_two_readings_differ_by_one_constant_a_component_before_clipping(n, p):
    X = features(n, p, seed=3)
    paper, authors = compress(X, "all"), compress(X, "all", scores="centred-relu")
    constant = X.mean(axis=1) @ paper.loadings
    np.testing.assert_allclose(np.maximum(paper.scores - constant, 0.0), authors.scores, atol=1e-7)


def test_more_samples_than_channels_give_the_same_as_the_large_gram_side():
    X = features(60, 10, seed=4)
    centred = X - X.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(centred @ centred.T / 9)
    result = compress(X, components=4)
    np.testing.assert_allclose(result.eigenvalues, values[::-1][: result.rank], rtol=1e-9)
    for ours, theirs in zip(result.loadings.T, vectors.T[::-1], strict=False):
        assert abs(ours @ theirs) == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize(("n", "p"), [(300, 64), (64, 300)])
def test_loadings_are_orthonormal_even_for_a_steep_spectrum(n, p):
    random = np.random.default_rng(5)
    X = sum(10.0**-k * np.outer(random.normal(size=n), random.normal(size=p)) for k in range(6))
    loadings = compress(X, components="all").loadings
    np.testing.assert_allclose(loadings.T @ loadings, np.eye(loadings.shape[1]), atol=1e-10)


# --- how many components


def test_the_default_keeps_the_fewest_components_that_reach_85_percent():
    result = compress(features(20, 50, seed=6))
    cumulated = np.cumsum(result.ratios)
    assert cumulated[result.components - 1] >= 0.85
    assert result.components == 1 or cumulated[result.components - 2] < 0.85
    assert result.kept == pytest.approx(cumulated[result.components - 1])


def test_a_share_reached_exactly_is_enough():
    # Two orthogonal centred rows with variances 3 : 1.
    X = np.array([[3.0**0.5, -(3.0**0.5), 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    assert compress(X, components=0.75).components == 1
    assert compress(X, components=0.7501).components == 2


def test_all_of_300_samples_in_512_channels_gives_300_components():
    result = compress(features(300, 512), components="all")
    assert result.scores.shape == (512, 300)
    assert result.components == result.rank == 300


def test_share_one_keeps_all_components():
    X = features(7, 20)
    assert compress(X, components=1.0).components == compress(X, components="all").components == 7


def test_numpy_numbers_are_welcome():
    X = features(7, 20)
    assert compress(X, components=np.int64(2)).components == 2
    assert compress(X, components=np.float32(0.5)).components == compress(X, components=0.5).components


@pytest.mark.parametrize("wish", [0, -1, 8, 0.0, -0.5, 1.5, float("nan"), True, "most", None])
def test_a_wish_that_cannot_be_met_is_refused(wish):
    with pytest.raises(SpaceError, match="components"):
        compress(features(7, 20), components=wish)


# --- odd tables


def test_one_sample_is_its_own_common_trait():
    X = features(1, 12)
    result = compress(X, components=1)
    np.testing.assert_allclose(result.scores[:, 0], X[0])
    np.testing.assert_allclose(result.loadings, [[1.0]])
    np.testing.assert_allclose(result.ratios, [1.0])


@pytest.mark.parametrize("p", [8, 3])
def test_a_zero_row_gets_no_loading(p):
    X = features(5, p)
    X[2] = 0.0
    np.testing.assert_allclose(compress(X, components=1).loadings[2], 0.0, atol=1e-12)


@pytest.mark.parametrize("copies", [(4, 30), (30, 4)])
def test_equal_samples_have_rank_one_and_share_the_loading(copies):
    n, p = copies
    X = np.repeat(features(1, p), n, axis=0)
    result = compress(X, components="all")
    assert result.rank == 1
    np.testing.assert_allclose(result.loadings[:, 0], 1 / np.sqrt(n))
    np.testing.assert_allclose(result.scores[:, 0], X[0] * np.sqrt(n))


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_rank_deficiency_is_found(shape):
    random = np.random.default_rng(7)
    X = random.normal(size=(shape[0], 3)) @ random.normal(size=(3, shape[1]))
    assert compress(X, components="all").rank == 3


def test_more_samples_than_channels_have_at_most_p_minus_one_components():
    assert compress(features(40, 6), components="all").rank == 5


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -7.3])
@pytest.mark.parametrize("shape", [(4, 512), (512, 4)])
def test_rows_without_variation_are_refused_rather_than_reading_rounding_as_a_trait(value, shape):
    with pytest.raises(SpaceError, match="nothing to compress"):
        compress(np.full(shape, value))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_the_sample(bad):
    X = features(5, 6)
    X[3, 1] = bad
    with pytest.raises(SpaceError, match="not finite in sample 3"):
        compress(X)


@pytest.mark.parametrize(
    "table",
    [np.zeros(5), np.zeros((0, 5)), np.zeros((5, 1)), np.zeros((2, 3, 4)), [[1, 2], [3]], [["a", "b"]], [[1j, 2]]],
    ids=["vector", "no samples", "one channel", "maps", "ragged", "text", "complex"],
)
def test_what_is_not_a_table_of_real_numbers_is_refused(table):
    with pytest.raises(SpaceError, match="feature table"):
        compress(table)


def test_unknown_scores_are_refused():
    with pytest.raises(SpaceError, match="'paper' or 'centred-relu'"):
        compress(features(3, 4), scores="relu")


@pytest.mark.parametrize("scale", [1e-150, 1e-30, 1e30, 1e150])
def test_very_small_and_very_large_units_keep_the_ratios(scale):
    X = features(6, 9)
    result, scaled = compress(X, "all"), compress(X * scale, "all")
    np.testing.assert_allclose(scaled.ratios, result.ratios, rtol=1e-9)
    np.testing.assert_allclose(scaled.scores, result.scores * scale, rtol=1e-6, atol=1e-9 * scale)


def test_narrow_numbers_are_computed_in_double_precision():
    X = features(30, 40).astype(np.float32)
    result = compress(X)
    assert result.scores.dtype == result.eigenvalues.dtype == np.float64
    np.testing.assert_array_equal(result.scores, compress(X.astype(np.float64)).scores)


def test_the_table_is_left_as_it_was():
    X = features(5, 6)
    before = X.copy()
    compress(X, scores="centred-relu")
    np.testing.assert_array_equal(X, before)


def test_the_same_table_gives_the_same_numbers():
    X = features(50, 30)
    first, second = compress(X, "all"), compress(X.copy(), "all")
    np.testing.assert_array_equal(first.scores, second.scores)
    np.testing.assert_array_equal(first.loadings, second.loadings)


# --- the sign


@given(tables.filter(leading_gap_is_clear))
@settings(max_examples=60, deadline=None)
def test_loadings_of_each_component_sum_to_zero_or_more(X):
    sums = compress(X, components="all").loadings.sum(axis=0)
    assert (sums >= -1e-12).all()


def test_a_loading_sum_of_zero_is_decided_by_the_largest_entry():
    row = np.array([1.0, -1.0, 0.5, -0.5])
    result = compress(np.array([row, -row]), components=1)
    assert result.loadings[0, 0] == pytest.approx(-result.loadings[1, 0])
    np.testing.assert_array_equal(result.scores, compress(np.array([row, -row]), components=1).scores)


def test_the_first_component_of_non_negative_features_is_a_positive_mixture():
    result = compress(features(40, 100), components=1)
    assert (result.loadings > 0).all()


# --- invariants


@given(tables.filter(leading_gap_is_clear))
@settings(max_examples=60, deadline=None)
def test_ratios_sum_to_one_and_fall(X):
    ratios = compress(X, components="all").ratios
    assert ratios.sum() == pytest.approx(1.0)
    assert (np.diff(ratios) <= 0).all()
    assert (ratios > 0).all()


@given(tables.filter(leading_gap_is_clear))
@settings(max_examples=60, deadline=None)
def test_eigenvalues_hold_the_whole_variance(X):
    trace = X.var(axis=1, ddof=1).sum()
    assert compress(X, components="all").eigenvalues.sum() == pytest.approx(trace)


@given(tables.filter(first_is_determined), st.randoms())
@settings(max_examples=60, deadline=None)
def test_reordering_samples_reorders_loadings_and_keeps_scores(X, random):
    order = list(range(len(X)))
    random.shuffle(order)
    result, moved = compress(X, 1), compress(X[order], 1)
    np.testing.assert_allclose(moved.loadings, result.loadings[order], atol=1e-6)
    np.testing.assert_allclose(moved.scores, result.scores, atol=1e-5 * (1 + np.abs(X).max()))


@given(tables.filter(first_is_determined), st.randoms())
@settings(max_examples=60, deadline=None)
def test_reordering_channels_reorders_scores(X, random):
    order = list(range(X.shape[1]))
    random.shuffle(order)
    result, moved = compress(X, 1), compress(X[:, order], 1)
    np.testing.assert_allclose(moved.scores, result.scores[order], atol=1e-5 * (1 + np.abs(X).max()))


@given(tables.filter(first_is_determined), st.floats(0.01, 1000))
@settings(max_examples=60, deadline=None)
def test_scaling_all_samples_scales_scores_and_squares_eigenvalues(X, factor):
    result, scaled = compress(X, 1), compress(X * factor, 1)
    np.testing.assert_allclose(scaled.loadings, result.loadings, atol=1e-6)
    np.testing.assert_allclose(scaled.eigenvalues[0], result.eigenvalues[0] * factor**2, rtol=1e-6)
    np.testing.assert_allclose(scaled.scores, result.scores * factor, atol=1e-5 * factor * (1 + np.abs(X).max()))


@given(tables.filter(first_is_determined), st.floats(0, 50), st.integers(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_constant_added_to_one_sample_changes_neither_loadings_nor_eigenvalues(X, constant, row):
    lifted = X.copy()
    lifted[row] += constant
    result, moved = compress(X, 1), compress(lifted, 1)
    np.testing.assert_allclose(moved.loadings, result.loadings, atol=1e-6)
    np.testing.assert_allclose(moved.eigenvalues[0], result.eigenvalues[0], rtol=1e-7)
    shift = constant * result.loadings[row, 0]
    np.testing.assert_allclose(moved.scores, result.scores + shift, atol=1e-4 * (1 + np.abs(X).max()))


@given(tables.filter(leading_gap_is_clear))
@settings(max_examples=60, deadline=None)
def test_no_mixture_of_samples_has_a_larger_variance_than_the_first_component(X):
    result = compress(X, 1)
    random = np.random.default_rng(0)
    mixtures = random.normal(size=(50, len(X)))
    mixtures /= np.linalg.norm(mixtures, axis=1, keepdims=True)
    assert (mixtures @ X).var(axis=1, ddof=1).max() <= result.eigenvalues[0] * (1 + 1e-9)
