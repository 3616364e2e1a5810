"""The Scoreboard page: verdicts, table, charts, what lacks ground truth, and the labelling pass."""

from dataclasses import replace

import pytest

from sxai.assess.verbs.assess import assess_image
from sxai.assess.verbs.gates import gates_in_use
from sxai.spaces.verbs.calibrate import probability_in_use
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.labels import known_visibility, label_visible
from sxai.spaces.verbs.recommend import recommend_estimators
from sxai.spaces.verbs.score import score_spaces
from sxai.spaces.verbs.stored import list_spaces, use_estimator
from widgets.spaces import scoreboard


def charts(app):
    return {chart.proto.id.split("-", 2)[-1] for chart in app.get("plotly_chart")}


def drawn(app, key):
    return any(name.endswith(key) for name in charts(app))


def score_table(app):
    return next(frame.value for frame in app.dataframe if "verdict" in frame.value)


@pytest.fixture
def scored(monkeypatch):
    """What the page asked to be scored; ``change`` may be set to a function of a space's score."""
    real, asked = score_spaces, []

    def score(project, *arguments, **settings):
        asked.append(settings.get("draws"))
        board = real(project, *arguments, **{**settings, "draws": 20})
        return replace(board, spaces=tuple(score.change(space) for space in board.spaces))

    score.change = lambda space: space
    score.asked = asked
    monkeypatch.setattr("widgets.spaces.scoreboard.score_spaces", score)
    return score


@pytest.fixture
def unknown(project):
    """Cats of which nobody knows yet whether their eyes are visible: all of them."""
    cats = [image.id for image in project.catalogue.images(class_name="cat")]
    for image_id in cats:
        parts = {name: (part.visible, part.rle) for name, part in project.catalogue.parts(image_id).items()}
        parts.pop("eyes", None)
        project.catalogue.set_parts(image_id, parts)
    return cats


def labelling(visit):
    return visit("concepts/scoreboard", show=scoreboard.LABELS, space="cat.eyes")


def shown(app):
    """The name of the picture that is asked about."""
    return app.get("image")[0].proto.imgs[0].caption


def known(project):
    return known_visibility(project, "cat", "eyes")


def test_the_table_lists_every_space_with_its_verdict_and_counts(visit, project, scored):
    table = score_table(visit("concepts/scoreboard"))
    assert list(table["space"]) == [space.name for space in list_spaces(project)]
    assert set(table["verdict"]) <= set(scoreboard.VERDICTS.values())
    truth = known_visibility(project, "dog", "nose")
    row = table.set_index("space").loc["dog.nose"]
    assert 0 < row["visible"] <= sum(truth.values())
    assert row["hidden"] <= len(truth) - sum(truth.values())


def test_the_intervals_come_from_a_thousand_draws_and_the_page_says_so(visit, scored):
    app = visit("concepts/scoreboard")
    assert scored.asked == [1000]
    assert any("network pets" in line.value and "1,000" in line.value for line in app.caption)


def test_the_scores_are_kept_until_something_changes(visit, project, scored):
    app = visit("concepts/scoreboard")
    app.run()
    assert len(scored.asked) == 1
    image_id, visible = next(iter(known(project).items()))
    label_visible(project, image_id, "cat.eyes", not visible)
    app.run()
    assert len(scored.asked) == 2


def test_every_chart_is_drawn(visit, scored):
    app = visit("concepts/scoreboard")
    for key in ("score-auc", "score-calibration", "score-crosstalk"):
        assert drawn(app, key)


def test_a_space_without_ground_truth_says_how_to_get_it_and_leads_there(visit, scored):
    def forget(space):
        if space.name != "cat.eyes":
            return space
        return replace(
            space,
            auc=None,
            auc_interval=None,
            n_visible=9,
            n_hidden=0,
            ece=None,
            ece_calibrated=None,
            curve=None,
            verdict="unknown",
            why="nothing to hold it against",
        )

    scored.change = forget
    app = visit("concepts/scoreboard")
    texts = [text.value for text in app.markdown]
    assert any("no image is known in which the part is hidden" in text for text in texts)
    assert any("keypoints" in text.value for text in app.caption)
    assert any("nothing to hold it against" in text for text in texts)
    app.button(key="score-label-cat.eyes").click().run()
    assert not app.exception
    assert app.selectbox(key="space").value == "cat.eyes"
    assert "known for every image" in app.success[0].value


def test_with_no_ground_truth_at_all_there_is_no_empty_chart(visit, scored):
    scored.change = lambda space: replace(space, auc=None, auc_interval=None, curve=None, verdict="unknown")
    app = visit("concepts/scoreboard")
    assert not drawn(app, "score-auc")
    assert not drawn(app, "score-calibration")


def test_an_answer_is_stored_at_once_and_the_next_image_comes(visit, project, unknown):
    app = labelling(visit)
    app.button(key="score-yes").click().run()
    assert list(known(project).values()) == [True]
    app.button(key="score-no").click().run()
    assert not app.exception
    assert sorted(known(project).values()) == [False, True]
    app.button(key="score-skip").click().run()
    assert len(known(project)) == 2
    app.button(key="score-yes").click().run()
    assert len(known(project)) == 3


def test_the_last_answer_can_be_undone(visit, project, unknown):
    app = labelling(visit)
    assert app.button(key="score-undo").disabled
    app.button(key="score-yes").click().run()
    (first,) = known(project)
    app.button(key="score-undo").click().run()
    assert known(project) == {}
    app.button(key="score-no").click().run()
    assert known(project) == {first: False}


def test_a_skipped_image_comes_back_by_undo(visit, project, unknown):
    app = labelling(visit)
    first = shown(app)
    app.button(key="score-skip").click().run()
    assert shown(app) != first
    app.button(key="score-undo").click().run()
    assert shown(app) == first


def test_the_pass_ends_where_every_image_was_asked_about(visit, project, unknown):
    for image_id in unknown[:-1]:
        label_visible(project, image_id, "cat.eyes", image_id != unknown[0])
    app = labelling(visit)
    app.button(key="score-skip").click().run()
    assert not app.exception
    assert "1 skipped" in app.success[0].value
    assert not app.button(key="score-undo").disabled
    app.button(key="score-undo").click().run()
    app.button(key="score-yes").click().run()
    assert "known for every image" in app.success[0].value


def test_labelling_asks_for_no_scores(visit, project, unknown, scored):
    labelling(visit).button(key="score-yes").click().run()
    assert scored.asked == []


def test_without_a_network_the_page_tells_the_next_step(visit, empty_home):
    app = visit("concepts/scoreboard")
    assert any("No network yet" in text.value for text in app.markdown)


def test_with_one_estimator_the_page_says_how_to_compare(visit, scored):
    assert any("by one estimator so far" in text.value for text in visit("concepts/scoreboard").caption)


def test_the_recommended_estimators_are_put_in_use_by_one_click(visit, project, scored):
    extract_spaces(project, ["cat.legs"], estimator="linear")
    advised = {one.name: one.best for one in recommend_estimators(project, ["cat.legs"]).concepts}
    app = visit("concepts/scoreboard")
    shown = next(frame.value for frame in app.dataframe if "best" in frame.value)
    assert dict(zip(shown["space"], shown["best"], strict=True)) == advised
    other = "s-xai" if advised["cat.legs"] == "linear" else "linear"
    use_estimator(project, ["cat.legs"], other)
    app.run()
    app.button(key="estimators-apply").click().run()
    assert advised.items() <= {space.name: space.estimator for space in list_spaces(project)}.items()
    assert all(button.key != "estimators-apply" for button in app.button)


def test_spaces_are_calibrated_and_assessments_run_on_it_when_chosen(visit, project, scored):
    app = visit("concepts/scoreboard")
    assert probability_in_use(project).calibrations == ()
    app.button(key="calibrate").click().run()
    found = probability_in_use(project)
    assert found.missing == ()
    assert found.kind == "paper"
    errors = next(frame.value for frame in app.dataframe if "error calibrated" in frame.value)
    assert list(errors["space"]) == [space.name for space in found.calibrations]
    app.get("button_group")[-1].set_value("calibrated").run()
    assert probability_in_use(project).kind == "calibrated"
    image = project.catalogue.images(limit=1)[0]
    said = assess_image(project, image.id, keep=False)
    assert said.probabilities != said.paper_probabilities


def test_the_gates_are_told_and_switched_off_as_in_the_paper(visit, project, scored):
    app = visit("concepts/scoreboard")
    assert any("Expected false alarms" in text.value for text in app.caption)
    next(field for field in app.number_input if field.key == "gates-rate").set_value(20.0).run()
    next(button for button in app.button if button.key == "gates-go").click().run()
    assert gates_in_use(project).settings.rate == pytest.approx(0.2)
    next(button for button in app.button if button.key == "gates-paper").click().run()
    assert not app.exception
    assert gates_in_use(project).settings.paper
    assert any("by the concepts alone" in text.value for text in app.info)
