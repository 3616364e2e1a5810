"""Where the concepts of a set of vectors come from: layers, saved searches, folders."""

import numpy as np
import pytest
from PIL import Image

from sxai.errors import SpaceError, UnknownName
from sxai.search.verbs.search import save_search
from sxai.vectors.verbs.tests import perturbation_table
from sxai.vectors.verbs.vectors import attributes, semantic_vectors


def test_positions_of_a_layer_are_units_too(demo_project):
    found = semantic_vectors(demo_project, tap="relu4_2", n=8)
    assert found.tap == "relu4_2"
    assert len(found.zero) == 128 * 12 * 12
    assert not found.gates
    with pytest.raises(SpaceError, match="without --tap"):
        perturbation_table(demo_project, found)


def test_saved_searches_are_concepts(demo_project):
    save_search(demo_project, "sure cats", "p(cat) > 0.9")
    save_search(demo_project, "nothing", "p(cat) > 0.99 and p(dog) > 0.99")
    found = semantic_vectors(demo_project, "searches")
    assert found.words == ("sure cats",)


def test_a_folder_is_a_set_of_attributes(demo_project, tmp_path):
    rng = np.random.default_rng(0)
    for name, colour in {"red": (200, 30, 30), "striped": (90, 90, 90)}.items():
        (tmp_path / "looks" / name).mkdir(parents=True)
        for at in range(4):
            pixels = np.clip(np.array(colour) + rng.normal(0, 8, (64, 64, 3)), 0, 255).astype(np.uint8)
            if name == "striped":
                pixels[:, (np.arange(64) // 4) % 2 == 0] = 240
            Image.fromarray(pixels).save(tmp_path / "looks" / name / f"{at}.png")
    found = semantic_vectors(demo_project, str(tmp_path / "looks"), level=0.5)
    assert (found.source, found.words) == ("looks", ("red", "striped"))
    assert (found.made.sum(), (~found.made).sum()) == (4, 4)
    picture = (tmp_path / "looks" / "striped" / "1.png").read_bytes()
    best, cosine, standing = attributes(demo_project, found, picture)[0]
    assert best == "striped"
    assert 0 <= standing <= 1
    assert cosine == pytest.approx(found.similarity[list(found.names).index("striped/1.png"), 1], abs=1e-5)
    assert attributes(demo_project, found, demo_project.catalogue.images(limit=1)[0].id)
    assert str(tmp_path) not in str(found.parameters)


def test_nothing_to_make_vectors_of_is_said(demo_project, empty_project):
    with pytest.raises(UnknownName, match="no data set 'zoo'"):
        semantic_vectors(demo_project, dataset="zoo")
    with pytest.raises(SpaceError, match="no concept of searches"):
        semantic_vectors(demo_project, "searches")
    with pytest.raises(UnknownName, match="model add"):
        semantic_vectors(empty_project)
