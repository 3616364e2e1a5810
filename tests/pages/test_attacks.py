"""The Attacks page: one picture before and after, the table as a job, the rule and its calibration."""

import pytest

from sxai.attacks.verbs.attack import attack_image
from sxai.attacks.verbs.calibrate_detection import calibrate_detection, detection_rule
from sxai.attacks.verbs.table import attack_table
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.spaces.verbs.extract import extract_spaces
from widgets.attacks import playground
from widgets.attacks.playground import MANY

EPSILONS = [0.1, 0.01]


@pytest.fixture
def quick(monkeypatch):
    """Attacks of few steps and few strengths."""
    real = attack_image
    monkeypatch.setattr("widgets.attacks.playground.attack_image", lambda *given, **more: real(*given, **more, steps=3))
    for module in ("playground", "table"):
        monkeypatch.setattr(f"widgets.attacks.{module}.EPSILONS", tuple(EPSILONS))


def image_of(project):
    return project.catalogue.images(split="val")[0]


def texts(app):
    return [text.value.replace("\\", "") for text in [*app.markdown, *app.caption]]


def test_nothing_is_attacked_until_it_is_asked_for(visit, project):
    app = visit("trust/attacks", image=str(image_of(project).id))
    assert "side by side" in app.info[0].value
    assert not app.get("image")


def test_a_picture_is_shown_before_and_after(visit, project, quick):
    image = image_of(project)
    app = visit("trust/attacks", image=str(image.id))
    app.selectbox(key="attack-method").set_value("fgsm").run()
    app.button(key="attack-go").click().run()
    assert not app.exception
    found = attack_image(project, image.id, 0.05, "fgsm")
    headings = [text for text in texts(app) if text.startswith("## ")]
    assert headings == [f"## {found.clean.verdict}", f"## {found.adversarial.verdict}"]
    assert [heading.value for heading in app.header] == ["Clean", "Adversarial"]
    radars = [one.proto.id for one in app.get("plotly_chart")]
    assert any(name.endswith("attack-radar-clean") for name in radars)
    assert any(name.endswith("attack-radar-adversarial") for name in radars)
    assert any("FGSM, one step" in text and "seed 0" in text for text in texts(app))
    assert any(f"Largest change {found.norms.largest:.4f}" in text for text in texts(app))


def test_another_choice_waits_to_be_attacked(visit, project, quick):
    app = visit("trust/attacks", image=str(image_of(project).id))
    app.button(key="attack-go").click().run()
    assert len(app.header) == 2
    app.selectbox(key="attack-target").set_value("untargeted").run()
    assert len(app.header) == 0
    assert app.info


def test_an_uploaded_picture_can_be_attacked(visit, project, quick):
    data = encode(read_canvas(project, image_of(project)), "png")
    app = visit("trust/attacks")
    app.segmented_control(key="attack-source").set_value("upload").run()
    app.get("file_uploader")[0].upload("mine.png", data, "image/png").run()
    app.button(key="attack-go").click().run()
    assert not app.exception
    assert len(app.header) == 2


def test_without_a_network_the_next_step_is_told(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("trust/attacks").markdown)


def test_the_table_begins_as_a_job_and_is_shown_when_it_is_known(visit, project, quick, monkeypatch):
    begun = []
    monkeypatch.setattr(
        "widgets.jobs.work.jobs.start", lambda project, verb, arguments: begun.append((verb, arguments)) or 0
    )
    app = visit("trust/attacks", view=MANY)
    app.number_input(key="table-images").set_value(3).run()
    app.selectbox(key="table-method").set_value("fgsm").run()
    app.button(key="table-go").click().run()
    [(verb, arguments)] = begun
    assert verb == "attack-table"
    assert arguments == {"epsilons": EPSILONS, "images": 3, "method": "fgsm", "target": "other"}
    table = attack_table(project, **arguments)
    del app.session_state["page.work.attack-table"]
    app.run()
    assert not app.exception
    charts = [one.proto.id for one in app.get("plotly_chart")]
    assert any(name.endswith("attack-rates") for name in charts)
    frame = next(frame.value for frame in app.dataframe if "false_alarms" in frame.value)
    assert len(frame) == len(table.rules) * len(EPSILONS)
    for name in table.rules:
        app.segmented_control(key="table-rule").set_value(name).run()
        assert not app.exception


def test_the_rule_is_calibrated_and_reset(visit, project):
    app = visit("trust/attacks", view=MANY)
    assert any("certainty and distance from the known pictures" in text for text in texts(app))
    app.number_input(key="detection-percent").set_value(25.0).run()
    app.button(key="detection-go").click().run()
    assert detection_rule(project).calibrated == 0.25
    assert any("to 25.0% false alarms" in text for text in texts(app))
    app.button(key="detection-reset").click().run()
    assert detection_rule(project).calibrated is None


def test_a_rate_that_cannot_be_promised_is_told(visit, project):
    app = visit("trust/attacks", view=MANY)
    app.number_input(key="detection-percent").set_value(0.1).run()
    app.button(key="detection-go").click().run()
    assert "too few" in app.error[0].value


def test_a_rule_that_no_longer_fits_is_said_to_be_laid_aside(visit, project):
    calibrate_detection(project, 0.25)
    extract_spaces(project, ["cat.eyes"], n_ssn=3)
    app = visit("trust/attacks", view=MANY)
    assert any("calibrate again" in box.value for box in app.warning)


def test_the_demo_has_an_attack_to_begin_with(visit, project):
    known = {image.name for image in project.catalogue.images(split="val")}
    offered = [one.label for one in playground.DEMO_ATTACKS if one.image in known]
    app = visit("trust/attacks")
    assert offered
    assert offered == [button.label for button in app.button if button.label in offered]
    next(button for button in app.button if button.label == offered[0]).click().run()
    assert not app.exception
    assert any("became" in text.value or "still" in text.value for text in app.markdown)
