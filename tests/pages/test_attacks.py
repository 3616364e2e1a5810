"""The Attacks page: one picture before and after, the table as a job, the rule and its calibration."""

import pytest

from sxai import workflows as verbs
from sxai.images.decode import encode
from widgets.attacking import MANY

EPSILONS = [0.1, 0.01]


@pytest.fixture
def quick(monkeypatch):
    """Attacks of few steps and few strengths."""
    real = verbs.attack_image
    monkeypatch.setattr(verbs, "attack_image", lambda *given, **more: real(*given, **more, steps=3))
    monkeypatch.setattr(verbs, "EPSILONS", tuple(EPSILONS))


def image_of(ws):
    return ws.catalogue.images(split="val")[0]


def texts(app):
    return [text.value.replace("\\", "") for text in [*app.markdown, *app.caption]]


def test_nothing_is_attacked_until_it_is_asked_for(visit, ws):
    app = visit("attacks", image=str(image_of(ws).id))
    assert "side by side" in app.info[0].value
    assert not app.get("image")


def test_a_picture_is_shown_before_and_after(visit, ws, quick):
    image = image_of(ws)
    app = visit("attacks", image=str(image.id))
    app.selectbox(key="attack-method").set_value("fgsm").run()
    app.button(key="attack-go").click().run()
    assert not app.exception
    found = verbs.attack_image(ws, image.id, 0.05, "fgsm")
    headings = [text for text in texts(app) if text.startswith("####")]
    assert headings == [f"#### {found.clean.sentence}", f"#### {found.adversarial.sentence}"]
    assert [heading.value for heading in app.subheader] == ["Clean", "Adversarial"]
    radars = [one.proto.id for one in app.get("plotly_chart")]
    assert any(name.endswith("attack-radar-clean") for name in radars)
    assert any(name.endswith("attack-radar-adversarial") for name in radars)
    assert any("FGSM, one step" in text and "seed 0" in text for text in texts(app))
    assert any(f"Largest change {found.norms.largest:.4f}" in text for text in texts(app))


def test_another_choice_waits_to_be_attacked(visit, ws, quick):
    app = visit("attacks", image=str(image_of(ws).id))
    app.button(key="attack-go").click().run()
    assert len(app.subheader) == 2
    app.selectbox(key="attack-target").set_value("untargeted").run()
    assert len(app.subheader) == 0
    assert app.info


def test_an_uploaded_picture_can_be_attacked(visit, ws, quick):
    data = encode(verbs.read_canvas(ws, image_of(ws)), "png")
    app = visit("attacks")
    app.segmented_control(key="attack-source").set_value("upload").run()
    app.get("file_uploader")[0].upload("mine.png", data, "image/png").run()
    app.button(key="attack-go").click().run()
    assert not app.exception
    assert len(app.subheader) == 2


def test_without_a_network_the_next_step_is_told(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("attacks").markdown)


def test_the_table_begins_as_a_job_and_is_shown_when_it_is_known(visit, ws, quick, monkeypatch):
    begun = []
    monkeypatch.setattr("widgets.work.jobs.start", lambda ws, verb, arguments: begun.append((verb, arguments)) or 0)
    app = visit("attacks", view=MANY)
    app.number_input(key="table-images").set_value(3).run()
    app.selectbox(key="table-method").set_value("fgsm").run()
    app.button(key="table-go").click().run()
    [(verb, arguments)] = begun
    assert verb == "attack-table"
    assert arguments == {"epsilons": EPSILONS, "images": 3, "method": "fgsm", "target": "other"}
    table = verbs.attack_table(ws, **arguments)
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


def test_the_rule_is_calibrated_and_reset(visit, ws):
    app = visit("attacks", view=MANY)
    assert any("one P of the predicted class is above 0.99 or at least 2 are above 0.9" in text for text in texts(app))
    app.number_input(key="detection-percent").set_value(25.0).run()
    app.button(key="detection-go").click().run()
    assert verbs.detection_rule(ws).calibrated == 0.25
    assert any("to 25.0% false alarms" in text for text in texts(app))
    app.button(key="detection-reset").click().run()
    assert verbs.detection_rule(ws).calibrated is None


def test_a_rate_that_cannot_be_promised_is_told(visit, ws):
    app = visit("attacks", view=MANY)
    app.number_input(key="detection-percent").set_value(0.1).run()
    app.button(key="detection-go").click().run()
    assert "too few" in app.error[0].value


def test_a_rule_that_no_longer_fits_is_said_to_be_laid_aside(visit, ws):
    verbs.calibrate_detection(ws, 0.25)
    verbs.extract_spaces(ws, ["cat.eyes"], n_ssn=3)
    app = visit("attacks", view=MANY)
    assert any("calibrate again" in box.value for box in app.warning)
