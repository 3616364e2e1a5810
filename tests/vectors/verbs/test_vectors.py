"""Semantic vectors of a small demo: against the definition over its features, and what is kept and refused."""

from dataclasses import replace

import numpy as np
import pytest

from sxai.errors import UnknownName
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.vectors.vectors import precision_at, quantile_zero, semantic_vector
from sxai.vectors.verbs.vectors import attributes, semantic_vectors, stored_vectors


def features(project, images):
    record = model_record(project)
    return features_of(project, record, load_network(project, record), images).features


def test_vectors_are_those_of_the_definition(demo_project):
    found = semantic_vectors(demo_project, n=500)
    images = {
        name: [one for one in demo_project.catalogue.images(class_name=name) if one.split != "val"]
        for name in found.words
    }
    values = {name: features(demo_project, chosen) for name, chosen in images.items()}
    groups = [name for name, table in values.items() for _ in table]
    zero = quantile_zero(np.concatenate(list(values.values())), groups, 0.9)
    np.testing.assert_allclose(found.zero, zero)
    for concept in found.concepts:
        expected = semantic_vector(concept.name, values[concept.name] > zero)
        np.testing.assert_allclose(concept.vector, expected.vector, atol=1e-12)
        assert concept.diversity == pytest.approx(expected.diversity)
    assert found.words == ("cat", "dog")
    assert all(row.precision > 0.9 for row in found.retrieval(5))
    for row in found.retrieval(5):
        assert row.by_cosine == precision_at(
            found.similarity[~found.made, found.words.index(row.name)],
            found.labels[~found.made] == found.words.index(row.name),
            5,
        )


def test_the_same_vectors_are_not_made_twice_and_others_are(demo_project):
    first, again = semantic_vectors(demo_project), semantic_vectors(demo_project)
    assert again.created == first.created
    paper = semantic_vectors(demo_project, level=0.0)
    assert (paper.level, paper.threshold) == (0.0, 0.5)
    assert (paper.zero == 0).all()
    assert [one.level for one in stored_vectors(demo_project)] == [0.0, 0.9]


def test_a_set_says_all_about_its_concepts(demo_project):
    found = semantic_vectors(demo_project)
    told = found.summary()
    assert told["concepts"][0]["images"] == found.concept("cat").n
    assert told["relevance"][0][1] == pytest.approx(found.others("cat")[0][1])
    assert len(told["merges"]) == 1
    near = found.nearest("dog", 4)
    assert [value for _, value in near] == sorted((value for _, value in near), reverse=True)
    assert {demo_project.catalogue.image(image_id).split for image_id, _ in near} == {"val"}
    with pytest.raises(UnknownName, match="cat, dog"):
        found.concept("cow")


def test_a_picture_without_a_unit_in_common_stands_out_in_nothing(demo_project):
    found = semantic_vectors(demo_project)
    silent = replace(found, zero=np.full_like(found.zero, 1e9))
    image = demo_project.catalogue.images()[0]
    assert {(cosine, share) for _, cosine, share in attributes(demo_project, silent, image.id)} == {(0.0, 0.0)}
