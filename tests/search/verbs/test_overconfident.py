"""The list of images that the network is sure of although it shows nothing of their class."""

import numpy as np
import pytest

from sxai.errors import QueryError
from sxai.search.verbs.overconfident import overconfident, overconfident_query, overconfident_table
from sxai.search.verbs.search import search


def test_the_list_is_what_the_search_of_each_class_finds(spaced_project):
    found = overconfident(spaced_project, 0.6, 0.4)
    expected = {
        hit.image_id
        for name in ("cat", "dog")
        for hit in search(spaced_project, overconfident_query(name, 0.6, 0.4), limit=None).hits
        if hit.predicted == name
    }
    assert {image.image_id for image in found.images} == expected
    assert expected
    assert (found.considered, found.unjudged) == (48, 0)


def test_it_is_ranked_by_how_far_certainty_exceeds_what_is_seen(spaced_project):
    found = overconfident(spaced_project, 0.5, 1.0)
    gaps = [image.confidence - image.p_max for image in found.images]
    assert gaps == sorted(gaps, reverse=True)
    assert len(found.images) <= found.certain


def test_each_image_tells_its_clearest_concept(spaced_project):
    for image in overconfident(spaced_project, 0.5, 0.9).images[:5]:
        hit = next(h for h in search(spaced_project, "p(cat) >= 0", limit=None).hits if h.image_id == image.image_id)
        own = {name: value for name, value in hit.probabilities.items() if name.startswith(f"{image.predicted}.")}
        assert image.concept == max(own, key=own.get)
        assert image.p_max == pytest.approx(max(own.values()))
        assert image.confidence == pytest.approx(hit.outputs[image.predicted])


def test_a_class_without_spaces_is_not_judged(spaced_project):
    for name in ("dog.eyes", "dog.nose"):
        space = next(one for one in spaced_project.catalogue.spaces() if one.full_name == name)
        spaced_project.catalogue.remove_space(space.id)
    found = overconfident(spaced_project, 0.5, 1.0)
    assert {image.predicted for image in found.images} <= {"cat"}
    assert found.unjudged > 0


@pytest.mark.parametrize("bounds", [(1.2, 0.2), (0.9, -0.1), (float("nan"), 0.2)])
def test_bounds_are_probabilities(spaced_project, bounds):
    with pytest.raises(QueryError, match="from 0 to 1"):
        overconfident(spaced_project, *bounds)


def test_the_table_keeps_its_columns_when_nothing_is_found(spaced_project):
    empty = overconfident_table(overconfident(spaced_project, 1.0, 0.0).images)
    assert list(empty.columns)[:2] == ["image_id", "file"]
    assert len(empty) == 0
    full = overconfident_table(overconfident(spaced_project, 0.5, 1.0).images)
    assert np.isfinite(full["p_max"]).all()
