"""The Compare models page: two networks over the same concepts, from nothing to the images that differ."""

import pytest

from sxai.comparison.verbs.compare import compare_models, shared_concepts
from sxai.networks.verbs.networks import add_model, use_model
from sxai.spaces.verbs.extract import extract_spaces

MODELS = ("pets", "other")


@pytest.fixture
def two(project):
    """The demo with a second network of random weights, and the spaces of two concepts in it."""
    add_model(project, "other", "small", weights="random")
    extract_spaces(project, ["cat.eyes", "dog.legs"], model="other")
    use_model(project, "pets")
    return project


def test_one_network_is_not_enough(visit):
    app = visit("lab/compare")
    assert any("Two networks are needed" in box.value for box in app.markdown)
    assert app.button(key="go-data/networks")


def test_networks_are_compared_by_a_job_and_shown(visit, two, at_once):
    app = visit("lab/compare")
    assert (app.selectbox(key="first").value, app.selectbox(key="second").value) == MODELS
    assert any("2 concepts in both" in box.value for box in app.markdown)
    app.button(key="compare-go").click().run()
    assert at_once == [("compare", {"a": "pets", "b": "other"})]
    assert not app.error
    assert not app.exception
    found = compare_models.known(two, *MODELS)
    shown = {one.label: one.value for one in app.metric}
    assert shown["Ranks agree"] == f"{found.correlation:.2f}"
    assert shown["Accuracy of other"] == "–"
    assert "Same class" not in shown
    keys = {chart.proto.id for chart in app.get("plotly_chart")}
    assert any("compare-r2" in key for key in keys)
    assert any("compare-scatter" in key for key in keys)
    assert "compare-go" not in {button.key for button in app.button}


def test_every_measure_and_concept_can_be_looked_at(visit, two):
    compare_models(two, *MODELS)
    app = visit("lab/compare")
    for measure in ("p_masked", "own_share", "ratio"):
        app.get("button_group")[0].set_value(measure).run()
        assert any(f"compare-{measure}" in chart.proto.id for chart in app.get("plotly_chart"))
    app.selectbox(key="space").select("dog.legs").run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "concept" in frame.value)
    assert list(table["concept"]) == ["cat.eyes", "dog.legs"]


def test_what_one_network_lacks_is_extracted_in_it(visit, project, at_once):
    add_model(project, "bare", "small")
    app = visit("lab/compare", first="pets", second="bare")
    assert "compare-go" not in {button.key for button in app.button}
    app.button(key="compare-extract-bare").click().run()
    (verb, arguments) = at_once[0]
    assert (verb, arguments["model"], len(arguments["names"])) == ("extract", "bare", 8)
    assert len(shared_concepts(project, "pets", "bare")[0]) == 8
    app.run()
    assert app.button(key="compare-go")
