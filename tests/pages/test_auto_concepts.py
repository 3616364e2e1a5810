"""The Auto concepts page: empty, training by job, naming, a picture, and the measures."""

import pytest

from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity
from sxai.prototypes.verbs.train import prototypes_in_use, train_concepts

QUICK = {"per_class": 2, "images": 8, "rounds": 1, "joint": 1, "resolution": "maps"}


@pytest.fixture
def trained(project):
    return train_concepts(project, **QUICK)


def charts(app):
    return {chart.proto.id.split("-", 2)[-1] for chart in app.get("plotly_chart")}


def test_nothing_to_look_into(empty_home, visit):
    app = visit("lab/auto_concepts")
    assert any("Two classes are needed" in text.value for text in app.markdown)


def test_finding_starts_a_job(project, visit, at_once, monkeypatch):
    asked = []
    monkeypatch.setattr("widgets.prototypes.work.begin", lambda project, verb, given: asked.append((verb, given)))
    app = visit("lab/auto_concepts")
    app.number_input(key="proto-count").set_value(2)
    app.button(key="proto-go").click().run()
    assert asked == [("proto", {"per_class": 2, "images": 400, "resolution": "fine"})]


def test_a_person_names_merges_and_drops(project, trained, visit):
    app = visit("lab/auto_concepts")
    fields = [field for field in app.text_input if field.label.startswith("Name of")]
    assert len(fields) == 2
    fields[0].set_value("eyes")
    fields[1].set_value("-")
    next(button for button in app.button if button.label == "Save names").click().run()
    assert not app.exception
    assert sorted(str(name) for name in prototypes_in_use(project).named_as[:2]) == ["", "eyes"]
    assert any(button.key == "proto-mask" for button in app.button)


def test_a_picture_in_concepts(project, trained, visit):
    app = visit("lab/auto_concepts", view="One picture")
    assert {"proto-bubbles", "proto-similarity"} <= charts(app)
    assert any("The network says" in text.value for text in app.markdown)


def test_measures(project, trained, visit):
    app = visit("lab/auto_concepts", view="Measures")
    assert {"proto-orthogonal", "proto-terms", "proto-ranks-cat"} <= charts(app)
    assert any(button.key == "proto-sense" for button in app.button)
    perceptual_sensitivity(project)
    app.run()
    assert "proto-sensitivity" in charts(app)
