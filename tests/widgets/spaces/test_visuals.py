"""Visualisations on a page."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from sxai import jobs
from sxai.networks.verbs.networks import add_model
from sxai.visualisation.settings import InversionSettings
from sxai.visualisation.verbs import visualise as module
from sxai.visualisation.verbs.visualise import visualise
from widgets.spaces import visuals
from widgets.ui import session

QUICK = InversionSettings(method="fast", steps=3)
RUNNING = {"method": "fast", "n": 4, "search": None}


def page():
    """A page that shows two targets."""
    from widgets.spaces import visuals
    from widgets.ui import session

    visuals.pictures(session.opened_project(), ["cat:1", "image:2"], "shown", n=4, search=None)


@pytest.fixture
def app(project, monkeypatch):
    """That page, opened on a project with a network; three steps are enough here."""
    add_model(project, "net", "small")
    monkeypatch.setattr(session, "opened_project", lambda: project)
    monkeypatch.setattr(module, "InversionSettings", lambda **given: QUICK)
    return AppTest.from_function(page, default_timeout=60)


def words(app):
    return " ".join(one.value for one in [*app.markdown, *app.caption])


def test_a_button_makes_what_is_missing(app, project, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append((verb, arguments)) or 999)
    app.run()
    assert not app.exception
    assert app.button(key="shown-go").label == "Visualise"
    app.button(key="shown-go").click().run()
    assert started == [("visualise", {"targets": ["cat:1", "image:2"], **RUNNING})]


def test_only_the_missing_ones_are_asked_for(app, project, monkeypatch):
    started = []
    monkeypatch.setattr(
        jobs, "start", lambda project, verb, arguments=None: started.append(arguments["targets"]) or 999
    )
    visualise(project, ["image:2"], **RUNNING)
    app.run()
    assert app.button(key="shown-go").label == "Visualise 1 missing"
    app.button(key="shown-go").click().run()
    assert started == [["cat:1"]]


def test_kept_pictures_are_shown_with_their_loss_and_numbers(app, project):
    result = visualise(project, ["cat:1", "image:2"], **RUNNING)
    app.run()
    assert not app.exception
    assert "shown-go" not in [button.key for button in app.button]
    text = words(app)
    assert "1st common trait of cat" in text
    assert "image 2" in text
    assert f"{result.pictures[0].steps} steps" in text
    assert "% of a blank picture's" in text
    assert len(app.get("image")) >= 2


def test_another_method_has_its_own_pictures(app, project, monkeypatch):
    visualise(project, ["cat:1", "image:2"], **RUNNING)
    monkeypatch.undo()
    monkeypatch.setattr(session, "opened_project", lambda: project)
    app.run()
    app.segmented_control(key="shown-method").set_value("paper").run()
    assert not app.exception
    assert "an hour on a processor" in words(app)


def test_what_a_job_passed_over_is_told(app, project):
    job = project.catalogue.add_job("visualise", {})
    project.catalogue.claim_job(job, 1)
    project.catalogue.finish_job(job, "done", result={"skipped": [["cat:1", "negative everywhere"], ["dog:1", "x"]]})
    app.session_state["page.work.visualise"] = job
    app.run()
    assert [one.value.replace("\\", "") for one in app.info] == ["cat:1: negative everywhere"]


def early(tmp_path, steps):
    """What a running batch reports, as a page gets it."""
    path = tmp_path / "preview.jpg"
    Image.fromarray(np.zeros((20, 40, 3), dtype=np.uint8)).save(path, "JPEG")
    curves = [[9.0, 4.0][:steps], [8.0, 2e9][:steps]]
    return {
        "targets": ["cat:1", "image:2"],
        "step": steps,
        "losses": [curve[-1] for curve in curves],
        "steps": [1, 2][:steps],
        "curves": curves,
        "preview": str(path),
    }


@pytest.mark.parametrize("steps", [1, 2])
def test_a_running_batch_is_shown_live(app, project, tmp_path, monkeypatch, steps):
    monkeypatch.setattr(jobs, "tidy", lambda project: [])
    job = project.catalogue.add_job("visualise", {})
    project.catalogue.claim_job(job, 1)
    project.catalogue.beat(job, "visualise", steps, 3, early(tmp_path, steps))
    app.run()
    assert not app.exception
    assert "shown-go" not in [button.key for button in app.button]
    assert "cat:1 " in words(app).replace("\\", "")
    assert len(app.get("plotly_chart")) == (steps > 1)


def test_a_preview_that_is_gone_is_passed_over(app, project, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "tidy", lambda project: [])
    job = project.catalogue.add_job("visualise", {})
    project.catalogue.claim_job(job, 1)
    project.catalogue.beat(job, "features", 1, 3, {"accuracy": 1.0})
    app.run()
    assert not app.exception


def test_numbers_are_short_at_any_size():
    assert [visuals._number(loss) for loss in (0.0123456, 12.3456, 12345.6, 3e9)] == [
        "0.01235",
        "12.35",
        "12,346",
        "3.00e+09",
    ]


@pytest.mark.parametrize(
    ("loss", "drawn", "said"), [(0.95, True, "hardly closer"), (0.5, False, "a plain colour"), (0.5, True, "")]
)
def test_a_picture_without_anything_to_see_says_so(loss, drawn, said):
    noise = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    picture = noise if drawn else np.full((8, 8, 3), 90, dtype=np.uint8)
    visual = SimpleNamespace(picture=picture, summary=SimpleNamespace(loss=loss, blank_loss=1.0))
    assert visuals.doubt(visual).startswith(said)
    assert bool(visuals.doubt(visual)) == bool(said)
