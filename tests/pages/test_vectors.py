"""The Concept vectors page and the tab Saliency: what is kept is drawn, what is missing can be started."""

from sxai.vectors.verbs.checks import vector_tests
from sxai.vectors.verbs.vectors import semantic_vectors
from widgets.spaces import spaces
from widgets.vectors import vectors


def charts(app):
    return " ".join(chart.proto.id for chart in app.get("plotly_chart"))


def words(app):
    return " ".join(one.value for one in [*app.caption, *app.info, *app.markdown])


def test_at_first_vectors_are_made_by_a_job(visit, project, at_once):
    app = visit("lab/vectors")
    assert "mean pattern of the units" in words(app)
    assert not charts(app)
    app.button(key="vectors-go").click().run()
    assert not app.exception
    assert at_once == [("vectors", {"n": 300, "level": 0.9})]
    app.run()
    assert "vectors-map" not in charts(app), "two concepts make no map"
    assert "vectors-tree" not in charts(app)
    for key in ("vectors-relevance", "vectors-retrieval", "vectors-attributes"):
        assert key in charts(app)
    assert "units of GAP" in words(app)


def test_enough_concepts_make_a_map_and_a_tree(visit, project, monkeypatch):
    monkeypatch.setattr(vectors, "MAPPED", 2)
    semantic_vectors(project)
    app = visit("lab/vectors")
    assert "vectors-map" in charts(app)
    assert "vectors-tree" in charts(app)


def test_the_tests_are_started_and_then_drawn(visit, project):
    semantic_vectors(project)
    app = visit("lab/vectors")
    assert "vectors-test-go" in {button.key for button in app.button}
    vector_tests(project, composites=1)
    app.run()
    assert not app.exception
    for key in ("vectors-shifts", "vectors-colour", "vectors-pointing", "vectors-gain"):
        assert key in charts(app)


def test_a_folder_has_to_be_named(visit, project):
    app = visit("lab/vectors")
    app.segmented_control(key="vectors-source").select("A folder").run()
    assert app.button(key="vectors-go").disabled
    app.segmented_control(key="vectors-source").select("Saved searches").run()
    assert "save one on the page Search" in words(app)


def test_an_empty_project_says_what_comes_first(visit, empty_home):
    assert "No images yet" in words(visit("lab/vectors"))


def test_saliency_waits_for_vectors_and_then_shows_both_classes(visit, project):
    app = visit("trust/assess", view="Saliency")
    assert "No vectors of the classes yet" in words(app)
    semantic_vectors(project)
    app = visit("trust/assess", view="Saliency")
    assert charts(app).count("saliency-") == 10
    assert "the network says" in words(app)
    app.selectbox(key="saliency-first").select("dog").run()
    app.selectbox(key="saliency-beside").select("dog").run()
    assert not app.exception
    assert [app.selectbox(key=f"saliency-{at}").value for at in ("first", "second")] == ["cat", "dog"]
    assert charts(app).count("saliency-") == 10


def test_saliency_in_an_empty_project_says_what_comes_first(visit, empty_home):
    assert "No images yet" in words(visit("trust/assess", view="Saliency"))


def test_saliency_needs_vectors_but_no_spaces(visit, project, monkeypatch):
    semantic_vectors(project)
    monkeypatch.setattr(spaces, "missing", lambda project: True)
    assert charts(visit("trust/assess", view="Saliency")).count("saliency-") == 10
