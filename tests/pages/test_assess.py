"""The Assess page: the sentence, the radar, flags, similar images, uploads and pasted pictures."""

import base64
import json
from dataclasses import asdict
from functools import partial

import numpy as np
import pytest

from sxai.assess.assessment import FLAGS
from sxai.assess.levels import LEVELS
from sxai.assess.verbs.assess import assess_bytes, assess_image
from sxai.assess.verbs.class_profile import class_profile
from sxai.assess.verbs.evidence import evidence_bytes, evidence_image
from sxai.assess.verbs.gates import set_gates
from sxai.assess.verbs.report import write_report
from sxai.images.decode import encode
from sxai.images.verbs.nearby import nearby
from sxai.images.verbs.stored import read_canvas
from sxai.jobs.worker import plain
from sxai.search.verbs.overconfident import overconfident
from sxai.spaces.verbs.calibrate import calibrate_probabilities, use_probability
from sxai.spaces.verbs.stored import list_spaces, remove_space
from widgets.assess import assessment
from widgets.assess import overconfident as panel
from widgets.jobs import work
from widgets.ui import assessment_view, paste
from widgets.ui.session import keyed


def headings(app):
    return [text.value.replace("\\", "") for text in app.markdown if text.value.startswith("## ")]


def choice(app, key):
    return next(one for one in app.get("button_group") if one.key == key)


def test_the_sentence_stands_prominently_beside_the_network_s_word(visit, project):
    image = project.catalogue.images()[0]
    app = visit("trust/assess", image=str(image.id))
    said = assess_image(project, image.id)
    assert headings(app) == [f"## {said.sentence}"]
    assert any(line.value.replace("\\", "") == said.cnn_line for line in app.caption)


def test_what_was_assessed_before_stands_below(visit, project):
    first, second = project.catalogue.images()[:2]
    assess_image(project, first.id)
    app = visit("trust/assess", image=str(second.id))
    history = next(frame.value for frame in app.dataframe if "when" in frame.value)
    assert list(history["picture"]) == [second.name, first.name]
    assert "What was assessed before" in [one.label for one in app.expander]


def test_findings_and_outputs_are_the_workflow_s(visit, project):
    image = project.catalogue.images()[5]
    app = visit("trust/assess", image=str(image.id))
    said = assess_image(project, image.id)
    findings = next(frame.value for frame in app.dataframe if "ΔP" in frame.value)
    assert list(findings["concept"]) == [finding.concept for finding in said.findings]
    assert list(findings["P"]) == pytest.approx([finding.probability for finding in said.findings])
    outputs = next(frame.value for frame in app.dataframe if "class" in frame.value and "p" in frame.value)
    assert dict(zip(outputs["class"], outputs["p"], strict=True)) == pytest.approx(said.outputs)


def test_the_paper_s_p_stands_beside_calibrated_chances(visit, project):
    calibrate_probabilities(project)
    use_probability(project, "calibrated")
    image = project.catalogue.images()[5]
    app = visit("trust/assess", image=str(image.id))
    said = assess_image(project, image.id)
    findings = next(frame.value for frame in app.dataframe if "ΔP" in frame.value).set_index("concept")
    for finding in said.findings:
        paper = said.paper_probabilities[f"{said.predicted}.{finding.concept}"]
        assert findings.loc[finding.concept, "paper's P"] == pytest.approx(paper)
        assert findings.loc[finding.concept, "P"] == pytest.approx(finding.probability)


def test_the_radar_carries_its_words_for_those_who_cannot_see_it(visit, project):
    app = visit("trust/assess")
    radar = next(chart for chart in app.get("plotly_chart") if chart.proto.id.endswith("assess-radar"))
    assert "cat.eyes" in radar.proto.alt


def test_next_steps_to_the_following_image(visit, project):
    images = project.catalogue.images()
    app = visit("trust/assess", image=str(images[0].id))
    app.button(key="assess-next").click().run()
    assert app.session_state["page.assess.image"] == images[1].id
    assert app.query_params["image"] == str(images[1].id)


@pytest.mark.parametrize("image", ["²", "x", "-1", "9" * 15, "9" * 20, "999999", ""])
def test_an_image_that_the_address_cannot_mean_gives_way_to_the_first(visit, project, image):
    app = visit("trust/assess", image=image)
    assert app.session_state["page.assess.image"] == project.catalogue.images()[0].id
    assert not app.error


def test_running_the_page_again_records_no_second_assessment(visit, project):
    app = visit("trust/assess")
    before = len(project.catalogue.assessments(limit=100))
    app.run()
    assert len(project.catalogue.assessments(limit=100)) == before


def test_flags_are_explained_in_words(visit, project):
    said = (assess_image(project, image.id) for image in project.catalogue.images())
    flagged = next(one for one in said if one.flags)
    app = visit("trust/assess", image=str(flagged.image_id))
    assert [box.value for box in app.warning] == [
        f"**{flag.replace('-', ' ').capitalize()}.** {FLAGS[flag]}" for flag in flagged.flags
    ]


def test_an_uploaded_picture_is_assessed(visit, project):
    image = project.catalogue.images()[3]
    data = encode(read_canvas(project, image), "png")
    app = visit("trust/assess")
    choice(app, "assess-source").set_value("upload").run()
    app.get("file_uploader")[0].upload("mine.png", data, "image/png").run()
    assert not app.exception
    assert headings(app) == [f"## {assess_bytes(project, 'mine.png', data).verdict}"]


def test_a_broken_upload_is_told_and_the_others_go_on(visit, project):
    good = encode(read_canvas(project, project.catalogue.images()[0]), "png")
    app = visit("trust/assess")
    choice(app, "assess-source").set_value("upload").run()
    uploader = app.get("file_uploader")[0].upload("broken.png", b"no image", "image/png")
    uploader.upload("good.png", good, "image/png").run()
    assert len(app.error) == 1
    assert "broken" in app.error[0].value
    assert len(headings(app)) == 1


def test_a_pasted_picture_is_assessed(visit, project):
    image = project.catalogue.images()[2]
    sent = base64.b64encode(encode(read_canvas(project, image), "png")).decode()
    app = visit("trust/assess")
    choice(app, "assess-source").set_value("paste").run()
    app.session_state[keyed(project, "assess-paste")] = {"pasted": {"name": "clip.png", "data": sent, "at": 1}}
    app.run()
    assert headings(app) == [f"## {assess_image(project, image.id).sentence}"]


@pytest.mark.parametrize("state", [None, {}, {"pasted": None}, {"pasted": {"data": "%%"}}, {"pasted": {"data": ""}}])
def test_a_paste_that_is_no_picture_is_nothing(state):
    assert paste.pasted(state) is None


def test_the_json_holds_everything_that_was_said(project):
    said = assess_image(project, project.catalogue.images()[0].id)
    read = json.loads(assessment_view.as_json(said))
    assert read["sentence"] == said.sentence
    assert read["probabilities"] == pytest.approx(said.probabilities)
    assert read["model"] == "pets"


def test_the_json_is_valid_where_no_limit_is_known(project):
    set_gates(project, rate=0.001)
    said = assess_image(project, project.catalogue.images()[0].id)
    assert said.familiarity.limit == np.inf
    read = json.loads(assessment_view.as_json(said), parse_constant=lambda name: pytest.fail(name))
    assert read["familiarity"]["limit"] is None


def test_every_level_has_words_and_an_icon():
    assert set(assessment_view.LEVELS) == set(LEVELS)


def test_averages_are_kept_until_spaces_change(project, monkeypatch):
    calls = []
    real = class_profile
    monkeypatch.setattr(assessment_view, "class_profile", lambda *given: calls.append(1) or real(*given))
    first = assessment_view.profile(project, "pets")
    assert assessment_view.profile(project, "pets") is first
    assert len(calls) == 1
    assert set(first.averages) == {"cat", "dog"}
    assert set(first.ranges) >= {"cat.eyes", "dog.eyes"}


def test_any_readable_picture_is_shown_as_jpeg(project):
    data = encode(read_canvas(project, project.catalogue.images()[0]), "png")
    assert assessment.viewable.__wrapped__(data)[:2] == b"\xff\xd8"


def test_without_spaces_the_page_tells_the_next_step(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("trust/assess").markdown)


# --- where each concept is


def maps(app):
    return {
        chart.proto.id.rpartition("-")[2]: chart.proto
        for chart in app.get("plotly_chart")
        if "evidence-" in chart.proto.id
    }


def test_the_evidence_stands_beside_grad_cam_with_their_agreement(visit, project):
    image = project.catalogue.images()[0]
    app = visit("trust/assess", image=str(image.id))
    shown = evidence_image(project, image.id)
    assert set(maps(app)) == {"map", "cam"}
    assert f"P({shown.own[0]})" in maps(app)["map"].alt
    table = next(frame.value for frame in app.dataframe if "agreement" in frame.value)
    assert list(table["concept"]) == [*shown.own, shown.output]
    expected = [shown.agreement[name] for name in table["concept"]]
    assert list(table["agreement"]) == pytest.approx(expected, nan_ok=True)
    assert list(table["largest"]) == pytest.approx([shown.drops(name).max() for name in table["concept"]])


def test_another_concept_and_finer_superpixels_can_be_asked_for(visit, project):
    image = project.catalogue.images()[0]
    app = visit("trust/assess", image=str(image.id))
    shown = evidence_image(project, image.id, 80)
    choice(app, "evidence-concept").set_value(shown.own[1]).run()
    choice(app, "evidence-grain").set_value(80).run()
    assert f"P({shown.own[1]})" in maps(app)["map"].alt
    assert f"{len(shown.heat_means)} superpixels" in maps(app)["map"].alt
    assert not app.exception


def test_an_upload_has_its_evidence_too_and_it_is_computed_once(visit, project, monkeypatch):
    calls = []
    real = evidence_bytes
    monkeypatch.setattr(
        "widgets.assess.occlusion.evidence_bytes", lambda *given, **more: calls.append(1) or real(*given, **more)
    )
    app = visit("trust/assess")
    choice(app, "assess-source").set_value("upload").run()
    data = encode(read_canvas(project, project.catalogue.images()[1]), "png")
    app.get("file_uploader")[0].upload("mine.png", data, "image/png").run()
    app.run()
    assert set(maps(app)) == {"map", "cam"}
    assert len(calls) == 1


# --- one image among many


def test_an_image_is_found_by_words(visit, project):
    dogs = project.catalogue.images(class_name="dog")
    app = visit("trust/assess")
    app.text_input(key="assess-find").set_value("DOG").run()
    assert app.session_state["page.assess.image"] == dogs[0].id
    app.button(key="assess-next").click().run()
    assert app.session_state["page.assess.image"] == dogs[1].id
    app.text_input(key="assess-find").set_value("no such thing").run()
    assert not headings(app)
    assert any("No image has these words" in text.value for text in app.caption)


def test_thousands_of_images_are_not_sent_to_the_browser(visit, project, monkeypatch):
    monkeypatch.setattr("widgets.ui.image_chooser.nearby", partial(nearby, most=10))
    images = project.catalogue.images()
    app = visit("trust/assess", image=str(images[40].id))
    box = next(box for box in app.selectbox if box.label.startswith("Image "))
    assert len(box.options) == 10
    assert box.label == f"Image 41 of {len(images)}"
    assert box.value == images[40].id


# --- over-confident


def test_the_over_confident_are_listed_the_worst_first(visit, project):
    found = overconfident(project, 0.9, 0.6)
    app = visit("trust/assess", view=assessment.DOUBTS)
    app.slider(key="over-unseen").set_value(0.6).run()
    assert any(text.value.startswith(f"**{len(found.images)}** of {found.certain}") for text in app.markdown)
    assert app.get("page_link") or not found.images
    tiles = [panel._tile(image).id for image in found.images]
    assert tiles == [image.image_id for image in found.images]


def test_no_over_confident_image_is_good_news(visit, project):
    app = visit("trust/assess", view=assessment.DOUBTS)
    app.slider(key="over-unseen").set_value(0.0).run()
    assert not app.exception
    if not overconfident(project, 0.9, 0.0).images:
        assert any("None with these bounds" in box.value for box in app.info)


# --- the report


def test_a_report_is_begun_as_a_job_with_what_was_chosen(visit, project, monkeypatch):
    begun = []
    monkeypatch.setattr(work, "begin", lambda project, verb, arguments: begun.append((verb, arguments)))
    app = visit("trust/assess", view=assessment.REPORT)
    app.selectbox(key="report-class").set_value("dog").run()
    app.selectbox(key="report-split").set_value("val").run()
    count = project.catalogue.count_images(class_name="dog", split="val")
    assert any(text.value == f"{count} images" for text in app.caption)
    app.button(key="report-go").click().run()
    assert begun == [("report", {"class_name": "dog", "split": "val", "mark": None})]


def test_a_folder_must_be_named_before_its_report_can_begin(visit, project, monkeypatch):
    begun = []
    monkeypatch.setattr(work, "begin", lambda project, verb, arguments: begun.append((verb, arguments)))
    app = visit("trust/assess", view=assessment.REPORT)
    choice(app, "report-where").set_value("folder").run()
    assert app.button(key="report-go").disabled
    app.text_input(key="report-folder").set_value("/pictures/unknown").run()
    app.button(key="report-go").click().run()
    assert begun == [("report", {"paths": ["/pictures/unknown"]})]


def test_finished_reports_can_be_taken_away(visit, project):
    job_id = project.catalogue.add_job("report", {"class_name": "cat"})
    project.catalogue.claim_job(job_id, 1)
    made = write_report(project, class_name="cat", split="val")
    project.catalogue.finish_job(job_id, "done", result=plain(asdict(made)))
    app = visit("trust/assess", view=assessment.REPORT)
    keys = [button.proto.id for button in app.get("download_button")]
    assert any(key.endswith(f"report-{job_id}-html") for key in keys)
    assert any(key.endswith(f"report-{job_id}-pdf") for key in keys)
    assert any(f"{made.assessed} pictures assessed" in text.value for text in app.markdown)


def test_pictures_are_not_called_similar_by_one_or_two_concepts(visit, project):
    similar = "nearest semantic probabilities"
    assert any(similar in line.value for line in visit("trust/assess").caption)
    for space in list_spaces(project)[2:]:
        remove_space(project, space.name)
    lines = [line.value for line in visit("trust/assess").caption]
    assert not any(similar in line for line in lines)
    assert any("Only 2 concepts have spaces" in line for line in lines)


def test_a_poor_space_is_marked_under_the_sentence_and_on_the_radar(visit, project, poor):
    said = [assess_image(project, image.id, keep=False) for image in project.catalogue.images(class_name="cat")]
    one = next(
        one
        for one in said
        if one.predicted == "cat"
        and one.level in ("sure", "probably")
        and any(finding.concept == "eyes" and finding.mentioned for finding in one.findings)
    )
    app = visit("trust/assess", image=str(one.image_id))
    assert not any("do not lean" in text.value for text in app.markdown)
    why = poor("cat.eyes")
    app = visit("trust/assess", image=str(one.image_id))
    assert headings(app) == [f"## {assess_image(project, one.image_id).verdict}"]
    (caution,) = [text for text in app.markdown if "do not lean on them" in text.value]
    assert "Its space says little about the eyes" in caution.value
    assert why in caution.help.replace("\\", "")
    radar = next(chart for chart in app.get("plotly_chart") if chart.proto.id.endswith("assess-radar"))
    assert "P of cat.eyes says little of the part" in radar.proto.alt


def test_an_unfamiliar_picture_is_never_green_and_shows_what_is_nearest(visit, project):
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    app = visit("trust/assess")
    choice(app, "assess-source").set_value("upload").run()
    app.get("file_uploader")[0].upload("noise.png", encode(noise, "png"), "image/png").run()
    assert not app.exception
    (heading,) = headings(app)
    assert heading.startswith("## I do not know this kind of picture.")
    badges = [text.value for text in app.markdown if "-badge[" in text.value]
    assert not any("green" in badge for badge in badges)
    assert any("Unfamiliar picture" in badge for badge in badges)
    assert any("called unfamiliar" in text.value for text in app.caption)
    assert any("The paper's words" in text.value for text in app.caption)
