"""The Assess page: the sentence, the radar, flags, similar images, uploads and pasted pictures."""

import base64
import json
from typing import get_args

import pytest

from sxai import workflows as verbs
from sxai.explain.assessment import FLAGS, Level
from sxai.images.decode import encode
from widgets import assessing, paste, results
from widgets.session import keyed


def headings(app):
    return [text.value.replace("\\", "") for text in app.markdown if text.value.startswith("####")]


def test_the_sentence_stands_prominently_beside_the_network_s_word(visit, ws):
    image = ws.catalogue.images()[0]
    app = visit("assess", image=str(image.id))
    said = verbs.assess_image(ws, image.id)
    assert headings(app) == [f"#### {said.sentence}"]
    assert any(line.value.replace("\\", "") == said.cnn_line for line in app.caption)


def test_findings_and_outputs_are_the_workflow_s(visit, ws):
    image = ws.catalogue.images()[5]
    app = visit("assess", image=str(image.id))
    said = verbs.assess_image(ws, image.id)
    findings = next(frame.value for frame in app.dataframe if "ΔP" in frame.value)
    assert list(findings["concept"]) == [finding.concept for finding in said.findings]
    assert list(findings["P"]) == pytest.approx([finding.probability for finding in said.findings])
    outputs = next(frame.value for frame in app.dataframe if "class" in frame.value and "p" in frame.value)
    assert dict(zip(outputs["class"], outputs["p"], strict=True)) == pytest.approx(said.outputs)


def test_the_radar_carries_its_words_for_those_who_cannot_see_it(visit, ws):
    app = visit("assess")
    radar = next(chart for chart in app.get("plotly_chart") if chart.proto.id.endswith("assess-radar"))
    assert "cat.eyes" in radar.proto.alt


def test_next_steps_to_the_following_image(visit, ws):
    images = ws.catalogue.images()
    app = visit("assess", image=str(images[0].id))
    app.button(key="assess-next").click().run()
    assert app.session_state["page.assess.image"] == images[1].id
    assert app.query_params["image"] == str(images[1].id)


@pytest.mark.parametrize("image", ["²", "x", "-1", "9" * 15, "9" * 20, "999999", ""])
def test_an_image_that_the_address_cannot_mean_gives_way_to_the_first(visit, ws, image):
    app = visit("assess", image=image)
    assert app.session_state["page.assess.image"] == ws.catalogue.images()[0].id
    assert not app.error


def test_running_the_page_again_records_no_second_assessment(visit, ws):
    app = visit("assess")
    before = len(ws.catalogue.assessments(limit=100))
    app.run()
    assert len(ws.catalogue.assessments(limit=100)) == before


def test_flags_are_explained_in_words(visit, ws):
    said = (verbs.assess_image(ws, image.id) for image in ws.catalogue.images())
    flagged = next(one for one in said if one.flags)
    app = visit("assess", image=str(flagged.image_id))
    assert [box.value for box in app.warning] == [
        f"**{flag.replace('-', ' ').capitalize()}.** {FLAGS[flag]}" for flag in flagged.flags
    ]


def test_an_uploaded_picture_is_assessed(visit, ws):
    image = ws.catalogue.images()[3]
    data = encode(verbs.read_canvas(ws, image), "png")
    app = visit("assess")
    app.get("button_group")[0].set_value("upload").run()
    app.get("file_uploader")[0].upload("mine.png", data, "image/png").run()
    assert not app.exception
    assert headings(app) == [f"#### {verbs.assess_image(ws, image.id).sentence}"]


def test_a_broken_upload_is_told_and_the_others_go_on(visit, ws):
    good = encode(verbs.read_canvas(ws, ws.catalogue.images()[0]), "png")
    app = visit("assess")
    app.get("button_group")[0].set_value("upload").run()
    uploader = app.get("file_uploader")[0].upload("broken.png", b"no image", "image/png")
    uploader.upload("good.png", good, "image/png").run()
    assert len(app.error) == 1
    assert "broken" in app.error[0].value
    assert len(headings(app)) == 1


def test_a_pasted_picture_is_assessed(visit, ws):
    image = ws.catalogue.images()[2]
    sent = base64.b64encode(encode(verbs.read_canvas(ws, image), "png")).decode()
    app = visit("assess")
    app.get("button_group")[0].set_value("paste").run()
    app.session_state[keyed(ws, "assess-paste")] = {"pasted": {"name": "clip.png", "data": sent, "at": 1}}
    app.run()
    assert headings(app) == [f"#### {verbs.assess_image(ws, image.id).sentence}"]


@pytest.mark.parametrize("state", [None, {}, {"pasted": None}, {"pasted": {"data": "%%"}}, {"pasted": {"data": ""}}])
def test_a_paste_that_is_no_picture_is_nothing(state):
    assert paste.pasted(state) is None


def test_the_json_holds_everything_that_was_said(ws):
    said = verbs.assess_image(ws, ws.catalogue.images()[0].id)
    read = json.loads(results.as_json(said))
    assert read["sentence"] == said.sentence
    assert read["probabilities"] == pytest.approx(said.probabilities)
    assert read["model"] == "pets"


def test_every_level_has_words_and_an_icon():
    assert set(results.LEVELS) == set(get_args(Level))


def test_averages_are_kept_until_spaces_change(ws, monkeypatch):
    calls = []
    real = verbs.class_average
    monkeypatch.setattr(verbs, "class_average", lambda *given: calls.append(1) or real(*given))
    first = results.averages(ws, "pets")
    assert results.averages(ws, "pets") is first
    assert len(calls) == 1
    assert set(first) == {"cat", "dog"}


def test_any_readable_picture_is_shown_as_jpeg(ws):
    data = encode(verbs.read_canvas(ws, ws.catalogue.images()[0]), "png")
    assert assessing.viewable.__wrapped__(data)[:2] == b"\xff\xd8"


def test_without_spaces_the_page_tells_the_next_step(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("assess").markdown)
