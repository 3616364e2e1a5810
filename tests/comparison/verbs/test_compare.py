"""Two networks over the same concepts: numbers by hand, what is kept, and what cannot be compared."""

import numpy as np
import pytest
import toy
from scipy.stats import rankdata

from sxai.assess.verbs.assess import Assessor
from sxai.comparison.verbs.compare import MEASURES, compare_models, compared_images, rank_correlation, shared_concepts
from sxai.errors import Cancelled, ModelError, SpaceError, UnknownName
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import add_model, load_network, model_record
from sxai.networks.verbs.train import train_model
from sxai.spaces.verbs.details import overlap_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces

CONCEPTS = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]


@pytest.fixture
def two_ws(spaced_project):
    """The toy project with a second network: the same body, another head, three of the four spaces."""
    add_model(spaced_project, "again", "toy:body")
    train_model(spaced_project, "again", learning_rate=0.1)
    extract_spaces(spaced_project, CONCEPTS[:3], model="again")
    return spaced_project


@pytest.fixture
def other_ws(spaced_project):
    """The toy project with a second network that sees other things, with all four spaces and no head."""
    add_model(spaced_project, "other", "small", weights="random")
    extract_spaces(spaced_project, CONCEPTS, model="other")
    return spaced_project


def probabilities(project, model):
    """P_s (n, m) of all images in the network's spaces, in the order of their names."""
    record = model_record(project, model)
    table = features_of(project, record, load_network(project, record), project.catalogue.images()).features
    spaces = Assessor.of(project, model).spaces
    return {space.name: space.probability(table) for space in spaces}


def test_the_same_body_sees_the_same_in_every_concept(two_ws):
    found = compare_models(two_ws, "toy", "again")
    assert found.models == ("toy", "again")
    assert [concept.name for concept in found.concepts] == CONCEPTS[:3]
    assert found.only == (("dog.nose",), ())
    for concept in found.concepts:
        for measure in MEASURES:
            assert getattr(concept, measure)[0] == pytest.approx(getattr(concept, measure)[1])
        assert concept.correlation == pytest.approx(1)
        assert concept.images == 24
    assert found.correlation == pytest.approx(1)
    assert found.images == 48


def test_the_numbers_are_those_of_the_spaces(other_ws):
    found = compare_models(other_ws, "toy", "other")
    assert found.channels == (toy.CHANNELS, 128)
    for side, model in enumerate(("toy", "other")):
        spaces = {space.name: space for space in list_spaces(other_ws, model)}
        between = overlap_detail(other_ws, model)
        for concept in found.concepts:
            space, row = spaces[concept.name], between.names.index(concept.name)
            assert concept.r2[side] == space.reference.r2
            assert concept.ratio[side] == space.ratios.unmasked
            assert concept.lowered[side] == space.masked.share_lower_held_out
            detail = space_detail(other_ws, concept.name, model)
            assert concept.p_unmasked[side] == pytest.approx(detail.p_unmasked.mean())
            assert concept.p_masked[side] == pytest.approx(detail.p_masked.mean())
            changes = np.abs(between.crosstalk[row])
            assert concept.own_share[side] == pytest.approx(changes[row] / changes.sum())


def test_the_own_share_counts_shared_concepts_only(two_ws):
    between = overlap_detail(two_ws, "toy")
    rows = [between.names.index(name) for name in CONCEPTS[:3]]
    changes = np.abs(between.crosstalk[np.ix_(rows, rows)])
    found = compare_models(two_ws, "toy", "again")
    assert [concept.own_share[0] for concept in found.concepts] == pytest.approx(np.diag(changes) / changes.sum(axis=1))


def test_images_are_those_of_the_class_and_ranks_are_compared(other_ws):
    compare_models(other_ws, "toy", "other")
    pairs = compared_images(other_ws, "toy", "other", "dog.eyes")
    dogs = [image.id for image in other_ws.catalogue.images(class_name="dog")]
    assert list(pairs.image_ids) == dogs
    record = model_record(other_ws, "toy")
    table = features_of(other_ws, record, load_network(other_ws, record), other_ws.catalogue.images(class_name="dog"))
    space = next(space for space in Assessor.of(other_ws, "toy").spaces if space.name == "dog.eyes")
    np.testing.assert_allclose(pairs.a, space.probability(table.features))
    concept = next(one for one in compare_models(other_ws, "toy", "other").concepts if one.name == "dog.eyes")
    ranks = np.corrcoef(rankdata(pairs.a), rankdata(pairs.b))[0, 1]
    assert concept.correlation == pytest.approx(ranks)


def test_images_that_differ_most_come_first(other_ws):
    compare_models(other_ws, "toy", "other")
    pairs = compared_images(other_ws, "toy", "other", "cat.eyes")
    gaps = np.clip(pairs.b, 0, 1) - np.clip(pairs.a, 0, 1)
    apart = pairs.apart(5)
    assert len(apart) == 5
    assert abs(apart[0][1]) == pytest.approx(np.abs(gaps).max())
    assert [abs(gap) for _, gap in apart] == sorted((abs(gap) for _, gap in apart), reverse=True)
    assert apart[0][0] == pairs.image_ids[int(np.abs(gaps).argmax())]


def test_agreement_counts_what_both_say(two_ws):
    images = two_ws.catalogue.images()
    said = []
    for model in ("toy", "again"):
        record = model_record(two_ws, model)
        table = features_of(two_ws, record, load_network(two_ws, record), images).features
        said.append(Assessor.of(two_ws, model).assess_all([image.name for image in images], table))
    agreement = compare_models(two_ws, "toy", "again").agreement
    pairs = list(zip(*said, strict=True))
    assert agreement.predicted == pytest.approx(np.mean([a.predicted == b.predicted for a, b in pairs]))
    assert agreement.level == pytest.approx(np.mean([a.assessment == b.assessment for a, b in pairs]))
    assert agreement.both <= min(agreement.predicted, agreement.level)


def test_without_a_head_there_is_no_agreement_but_all_else(other_ws):
    found = compare_models(other_ws, "toy", "other")
    assert found.agreement is None
    assert found.accuracy[1] is None
    assert len(found.concepts) == 4


def test_a_comparison_is_kept_until_a_space_or_a_network_changes(two_ws):
    assert compare_models.known(two_ws, "toy", "again") is None
    found = compare_models(two_ws, "toy", "again")
    assert compare_models.known(two_ws, "toy", "again") == found
    assert compare_models(two_ws, "toy", "again", progress=_never) == found
    assert compare_models.known(two_ws, "again", "toy") is None
    train_model(two_ws, "again", learning_rate=0.3)
    assert compare_models.known(two_ws, "toy", "again") is None
    compare_models(two_ws, "toy", "again")
    extract_spaces(two_ws, ["dog.nose"], model="again")
    assert compare_models.known(two_ws, "toy", "again") is None
    assert len(compare_models(two_ws, "toy", "again").concepts) == 4


def _never(*_, **__):
    raise Cancelled("nothing had to be computed")


def test_it_can_be_stopped_and_done_again(two_ws):
    def stop(stage, done, total, detail=None):
        if stage == "comparing":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        compare_models(two_ws, "toy", "again", progress=stop)
    assert compare_models.known(two_ws, "toy", "again") is None
    assert compare_models(two_ws, "toy", "again").concepts


def test_a_sample_is_drawn_by_the_seed(two_ws):
    found = compare_models(two_ws, "toy", "again", n=10)
    assert found.images == 10
    assert (
        sum(len(compared_images(two_ws, "toy", "again", f"{name}.eyes", n=10).image_ids) for name in ("cat", "dog"))
        == 10
    )


def test_what_cannot_be_compared_is_told(two_ws):
    with pytest.raises(ModelError, match="itself"):
        compare_models(two_ws, "toy", "toy")
    with pytest.raises(UnknownName, match="nobody"):
        compare_models(two_ws, "toy", "nobody")
    add_model(two_ws, "bare", "small")
    with pytest.raises(SpaceError, match="sxai space extract --all --model bare"):
        compare_models(two_ws, "toy", "bare")
    assert shared_concepts(two_ws, "toy", "bare") == ([], CONCEPTS, [])
    with pytest.raises(UnknownName, match="sxai model compare toy again"):
        compared_images(two_ws, "toy", "again", "cat.eyes")
    compare_models(two_ws, "toy", "again")
    with pytest.raises(UnknownName, match=r"cat\.tail"):
        compared_images(two_ws, "toy", "again", "cat.tail")


@pytest.mark.parametrize(("a", "b"), [([1.0, 2.0], [1.0, 2.0]), ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), ([], [])])
def test_ranks_that_cannot_be_compared_are_unknown(a, b):
    assert rank_correlation(np.asarray(a), np.asarray(b)) is None
