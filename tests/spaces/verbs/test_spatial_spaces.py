"""Spaces that read positions: stored, assessed, searched and compared like any other."""

import numpy as np
import pytest
import toy
from toy_spaces import NAMES

from sxai.assess.verbs.evidence import evidence_image, position_figure
from sxai.attacks.verbs.attack import attack_image
from sxai.errors import SpaceError
from sxai.networks.verbs.networks import load_network, model_record
from sxai.search.verbs.search import search
from sxai.spaces.presence_auc import presence_auc
from sxai.spaces.verbs.details import distribution_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.reader import Reader
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.score import score_spaces
from sxai.spaces.verbs.stored import list_spaces, space_of, space_record


@pytest.mark.parametrize("name", NAMES)
def test_it_tells_pictures_with_the_part_from_those_without(spatial_ws, name):
    class_name, part = name.split(".")
    images = spatial_ws.catalogue.images(class_name=class_name)
    seen = {hit.image_id: hit.probabilities[name] for hit in search(spatial_ws, f"true = {class_name}", None).hits}
    truth = np.array([toy.draw(class_name, toy.seed_of(image))[1][part].any() for image in images])
    assert presence_auc(np.array([seen[image.id] for image in images]), truth, 50).value > 0.95


def told_from_the_other_class(project, name, estimator):
    """How often a picture that shows the part has a higher activation than a picture of the other class: an AUC."""
    extract_spaces(project, [name], estimator=estimator, n_ssn=2)
    class_name, part = name.split(".")
    images = [
        image
        for image in project.catalogue.images()
        if image.class_name != class_name or toy.draw(class_name, toy.seed_of(image))[1][part].any()
    ]
    record, network = space_record(project, name), model_record(project)
    rows = Reader.of(project, network, load_network(project, network), [record]).images(images)
    return presence_auc(
        space_of(record, project).activation(rows), [image.class_name == class_name for image in images], 20
    ).value


def test_a_space_apart_is_told_from_the_same_part_of_other_classes(toy_project):
    before = told_from_the_other_class(toy_project, "cat.eyes", "spatial")
    after = told_from_the_other_class(toy_project, "cat.eyes", "spatial-apart")
    assert after > before + 0.03
    [space] = list_spaces(toy_project)
    assert (space.estimator, space.masked.share_lower) == ("spatial-apart", 1.0)
    assert space_of(space_record(toy_project, "cat.eyes"), toy_project).estimator == "spatial-apart"


def test_apart_needs_another_class_with_that_part(toy_project):
    for mask in toy_project.catalogue.masks(class_name="dog", concept="eyes"):
        toy_project.catalogue.delete_mask(mask.image_id, "dog", "eyes", "someone", mask.version)
    with pytest.raises(SpaceError, match=r"no other class has masks of the eyes.*use 'spatial'"):
        extract_spaces(toy_project, ["cat.eyes"], estimator="spatial-apart")


def test_masking_lowers_it_also_where_it_was_not_made_from(toy_project):
    toy.add_pictures(toy_project, "cat", range(24, 54))
    for image in toy_project.catalogue.images(class_name="cat")[24:]:
        if toy.draw("cat", toy.seed_of(image))[1]["eyes"].any():
            toy.mask_part(toy_project, "cat.eyes", image)
    [space] = extract_spaces(toy_project, ["cat.eyes"], estimator="spatial", n_ssn=2).spaces
    assert space.estimator == "spatial"
    assert space.n_masks > 15
    assert space.masked.p_masked < space.masked.p_unmasked
    assert space.masked.share_lower_held_out > 0.9


def test_distributions_evidence_scores_and_attacks_work_with_it(mixed_ws):
    image = mixed_ws.catalogue.images(class_name="cat")[0]
    assert distribution_detail(mixed_ws, "cat.eyes").summary.estimator == "spatial"
    refitted = refit_spaces(mixed_ws, ["cat.eyes"], fit="empirical").spaces[0]
    assert (refitted.estimator, refitted.fit) == ("spatial", "empirical")
    found = evidence_image(mixed_ws, image.id, count=12)
    assert found.found.names == tuple(NAMES)
    assert np.isfinite(found.found.activation_drops).all()
    assert set(found.where) == {"cat.eyes", "dog.eyes"}
    _, regions = toy.draw("cat", toy.seed_of(image))
    top, left = np.argwhere(regions["eyes"]).mean(axis=0) / toy.SIDE
    strengths = found.where["cat.eyes"]
    row, column = np.argwhere(strengths > 0.5).mean(axis=0) / len(strengths)
    assert abs(row - top) < 0.15
    assert abs(column - left) < 0.15
    assert "clearest at the top" in position_figure(found, "cat.eyes").layout.meta["caption"]
    [score] = score_spaces(mixed_ws, ["cat.eyes"], draws=50).spaces
    assert score.auc > 0.95
    assert score.stability is None
    attacked = attack_image(mixed_ws, image.id, steps=2)
    assert set(attacked.adversarial.probabilities) == set(NAMES)
