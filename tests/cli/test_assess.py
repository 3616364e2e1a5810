"""Assessing on the command line: folders, reports, evidence and the over-confident."""

import pytest
from pypdf import PdfReader

from sxai.images.decode import encode


@pytest.fixture
def folder(tmp_path):
    """Two drawn pets that the demo does not have, and a file that is no picture."""
    from sxai.demo.pets import draw_pet

    place = tmp_path / "strangers"
    place.mkdir()
    for name in ("cat", "dog"):
        (place / f"{name}.png").write_bytes(encode(draw_pet(name, 987_654, view="front").pixels, "png"))
    (place / "notes.txt").write_text("no picture")
    return place


@pytest.fixture
def text_on_demo(sxai, demo_home):
    """Runs a command on a small demo for a person; gives the outcome."""
    return lambda *arguments: sxai(*arguments, "--home", demo_home, "--device", "cpu", "-q")


def test_a_folder_is_assessed_and_its_failures_listed(on_demo, text_on_demo, folder):
    document = on_demo("assess", folder)
    assert [image["file"] for image in document["images"]] == [f"{folder}/cat.png", f"{folder}/dog.png"]
    assert [failure["file"] for failure in document["failed"]] == [f"{folder}/notes.txt"]
    outcome = text_on_demo("assess", folder)
    assert outcome.out.count("The CNN says") == 2
    assert f"failed: {folder}/notes.txt" in outcome.out


def test_what_was_assessed_before_is_listed(on_demo, text_on_demo, folder):
    assert text_on_demo("assessments").out == "nothing was assessed yet\n"
    said = {image["file"]: image for image in on_demo("assess", folder)["images"]}
    past = on_demo("assessments")["assessments"]
    assert [one["file"] for one in past] == [f"{folder}/dog.png", f"{folder}/cat.png"]
    assert all(one["verdict"] == said[one["file"]]["verdict"] for one in past)
    assert on_demo("assessments", "--limit", "1")["assessments"] == past[:1]
    assert f"{folder}/cat.png" in text_on_demo("assessments").out
    outcome = text_on_demo("assessments", "--level", "certain")
    assert outcome.status == 1
    assert "choose one of sure" in outcome.err


def test_a_report_names_its_files(on_demo, text_on_demo, folder, tmp_path):
    document = on_demo("assess", folder, "--report", tmp_path / "out")
    assert (document["assessed"], len(document["failed"])) == (2, 1)
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").count("<article") == 2
    assert PdfReader(document["pdf"]).pages
    said = text_on_demo("assess", "--class", "cat", "--split", "val", "--report", tmp_path / "cats").out
    assert str(tmp_path / "cats" / "report.pdf") in said


@pytest.mark.parametrize(
    "arguments", [("assess",), ("assess", "--class", "cat"), ("assess", "x.png", "--class", "cat")]
)
def test_what_cannot_be_meant_is_wrong_usage(text_on_demo, arguments):
    assert text_on_demo(*arguments).status == 2


def test_a_report_on_nothing_readable_fails_but_is_written(text_on_demo, folder, tmp_path):
    outcome = text_on_demo("assess", folder / "notes.txt", "--report", tmp_path / "out")
    assert outcome.status == 1
    assert "the file could not be assessed" in outcome.err
    assert (tmp_path / "out" / "report.html").exists()


def test_evidence_tells_where_each_concept_is(on_demo, text_on_demo, folder, tmp_path):
    document = on_demo("evidence", folder / "cat.png", "--superpixels", "12", "--out", tmp_path / "page.html")
    count = len(document["centres"])
    assert document["superpixels"]["count"] == 12
    assert all(len(concept["probability_drops"]) == count for concept in document["concepts"])
    assert set(document["agreement"]) == {f"p({document['predicted']})", *(c["name"] for c in document["concepts"])}
    assert "Grad-CAM of" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "cat.eyes: P " in text_on_demo("evidence", folder / "cat.png", "--superpixels", "12").out
    assert text_on_demo("evidence", folder / "notes.txt").status == 1
    assert text_on_demo("evidence", folder / "cat.png", "--out", tmp_path).status == 1


def test_the_over_confident_are_listed(on_demo, text_on_demo):
    document = on_demo("overconfident", "--confidence", "0.5", "--unseen", "0.9")
    assert (document["confidence"], document["unseen"]) == (0.5, 0.9)
    assert document["images"][0]["confidence"] > 0.5
    said = text_on_demo("overconfident", "--confidence", "0.5", "--unseen", "0.9").out
    assert said.startswith(f"{len(document['images'])} over-confident of {document['certain']} certain")
    assert text_on_demo("overconfident", "--confidence", "7").status == 1


def test_the_gates_are_told_and_chosen(on_demo, text_on_demo):
    found = on_demo("gates")
    assert found["settings"] == {"method": "neighbours", "rate": 0.05, "paper": False}
    assert found["learned"] > 20
    assert found["kept_aside"] > 18
    assert "pictures" in text_on_demo("gates").out
    assert on_demo("gates", "--false-alarms", "0.2", "--detector", "mahalanobis")["settings"]["rate"] == 0.2
    assert "as in the paper" in text_on_demo("gates", "--paper").out
    assert text_on_demo("gates", "--detector", "guess").status == 1
