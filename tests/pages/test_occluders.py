"""The Occluders page: what is kept is drawn, what is missing can be started."""

from sxai.occluders.verbs.learn import learn_occluders

FEW = {"epsilon": 0.1, "steps": 20, "images": 8}


def charts(app):
    return " ".join(chart.proto.id for chart in app.get("plotly_chart"))


def words(app):
    return " ".join(one.value for one in [*app.caption, *app.info, *app.markdown])


def test_at_first_occluders_are_learned_by_a_job(visit, project, at_once):
    app = visit("lab/occluders")
    assert "so little that a person hardly sees it" in words(app)
    assert not charts(app)
    app.multiselect(key="occluders-classes").select("cat").run()
    app.multiselect(key="occluders-epsilon").set_value([20]).run()
    app.number_input(key="occluders-seen").set_value(0.8).run()
    app.number_input(key="occluders-steps").set_value(10).run()
    app.number_input(key="occluders-images").set_value(5).run()
    app.button(key="occluders-go").click().run()
    assert not app.exception
    wanted = {"classes": ["cat"], "epsilon": [20 / 255], "seen": 0.8, "steps": 10, "images": 5}
    assert at_once == [("occlude", wanted)]
    app.run()
    for key in ("occluders-effects", "occluders-matrix", "occluders-space", "occluders-curve"):
        assert key in charts(app)
    assert "Of " in words(app)
    assert "unseen images of cat" in words(app)
    assert "ΔE (S-CIELAB; below 1 hardly noticeable)" in words(app)


def test_a_sweep_is_drawn_and_another_set_can_be_chosen(visit, project):
    learn_occluders(project, epsilon=[0.05, 0.1], steps=4, images=5)
    app = visit("lab/occluders")
    assert "occluders-sweep" in charts(app)
    learn_occluders(project, epsilon=[0.05], seen=None, steps=4, images=5)
    app = visit("lab/occluders")
    assert app.selectbox(key="page.occluders.set").options[:2] == [
        "ε = 12.8/255: 2 classes, 4 steps",
        "ε = 25.5/255, visible difference up to 0.45: 2 classes, 4 steps",
    ]
    assert "occluders-sweep" not in charts(app), "other limits are no part of a sweep"
    app.selectbox(key="page.occluders.set").select_index(1).run()
    app.selectbox(key="page.occluders.class").select("dog").run()
    assert not app.exception
    assert "unseen images of dog" in words(app)


def test_a_picture_stands_between_clean_and_occluded(visit, project):
    learn_occluders(project, **FEW)
    app = visit("lab/occluders")
    assert not app.exception
    assert len(app.get("image")) >= 5


def test_without_images_the_first_step_is_said(visit, empty_home):
    assert "No images yet" in words(visit("lab/occluders"))
