"""Reports: what the page and the document say, strange names, broken files, interruptions, and the project's images."""

import re
from html.parser import HTMLParser

import pytest
import toy
from pypdf import PdfReader

from sxai.assess.report.content import Content, Entry, printable
from sxai.assess.verbs.assess_many import assess_files
from sxai.assess.verbs.report import write_report
from sxai.errors import Cancelled, ProjectError
from sxai.images.decode import encode

NAMES = ("plain.png", "Käse <b>&amp; 猫.png", "ملف.png", "a\nb.png")


class Page(HTMLParser):
    """Text by element, pictures, and everything that a page would load from elsewhere."""

    def __init__(self, path):
        super().__init__()
        self.cards, self.sources, self.radars, self.words, self.ids = 0, [], 0, [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.cards += tag == "article"
        self.radars += tag == "svg"
        self.sources += [value for name, value in attributes if name in ("src", "href") and value]
        self.ids += [given["id"]] if "id" in given else []

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def strangers(tmp_path):
    """Four pictures with names that cause trouble, and a file that is no picture."""
    folder = tmp_path / "in"
    folder.mkdir()
    for seed, name in enumerate(NAMES):
        (folder / name).write_bytes(encode(toy.draw("cat" if seed % 2 else "dog", 800 + seed)[0], "png"))
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def made(spaced_project, strangers, tmp_path):
    """The report on them, with what was said of each picture."""
    result = write_report(spaced_project, tmp_path / "out", [strangers])
    return result, assess_files(spaced_project, [strangers]).images, tmp_path / "out"


def test_the_page_shows_every_picture_with_its_sentence(made):
    result, said, out = made
    page = Page(out / "report.html")
    assert (page.cards, page.radars) == (4, 4)
    assert result.assessed == len(said) == 4
    for image in said:
        assert printable(image.file) in page.text
        assert image.sentence in page.text
    assert [name for name in page.ids if re.fullmatch(r"p\d+", name)] == ["p1", "p2", "p3", "p4"]


def test_the_page_is_one_file_and_no_name_is_taken_for_markup(made):
    _, _, out = made
    page = Page(out / "report.html")
    inside = [source for source in page.sources if source.startswith("data:image/jpeg;base64,")]
    assert len(inside) == 4
    assert all(source.startswith(("data:", "#p")) for source in page.sources)
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "Käse <b>" not in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_document_says_the_same(made):
    _, said, out = made
    reader = PdfReader(out / "report.pdf")
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for image in said:
        assert image.sentence.split(",")[0] in text
    assert "Käse <b>&amp; □.png" in text
    assert "notes.txt" in text
    assert sum(len(page.images) for page in reader.pages) == 4
    assert reader.metadata.title.startswith("Assessment of ")


def test_what_cannot_be_used_is_listed_and_counted(made):
    result, _, out = made
    assert [failure.file.rpartition("/")[2] for failure in result.failed] == ["notes.txt"]
    assert "Could not be used" in Page(out / "report.html").text


def test_counts_are_those_of_the_assessments(made):
    result, said, _ = made
    levels = [image.level for image in said]
    flags = [flag for image in said for flag in image.flags]
    assert result.levels == {level: levels.count(level) for level in result.levels}
    assert sum(result.levels.values()) == 4
    assert result.flags == {flag: flags.count(flag) for flag in result.flags}
    assert set(flags) == set(result.flags)


def test_how_it_was_made_is_told(made, spaced_project):
    _, _, out = made
    text = Page(out / "report.html").text
    assert spaced_project.catalogue.model("toy").sha256 in text
    assert all(f"space {name}" in text for name in ("cat.eyes", "dog.nose"))
    assert "Extended Data Table 1" in text


def test_images_of_the_project_are_chosen_by_class_split_and_mark(spaced_project, tmp_path):
    result = write_report(spaced_project, tmp_path / "val", class_name="dog", split="val", formats=["html"])
    expected = spaced_project.catalogue.images(class_name="dog", split="val")
    page = Page(tmp_path / "val" / "report.html")
    assert (result.assessed, page.cards, result.pdf) == (len(expected), len(expected), None)
    assert page.text.count("Known class: dog.") == len(expected)
    assert spaced_project.catalogue.assessments() == []
    with pytest.raises(ProjectError, match="no image of the project passes"):
        write_report(spaced_project, tmp_path / "none", mark="never given")


def test_a_report_goes_into_the_project_when_no_folder_is_named(spaced_project):
    result = write_report(spaced_project, class_name="cat", split="val", formats=["pdf"])
    assert result.folder.startswith(str(spaced_project.home / "reports"))
    assert result.html is None
    assert PdfReader(result.pdf).pages


def test_a_report_without_a_usable_picture_says_so(spaced_project, strangers, tmp_path):
    result = write_report(spaced_project, tmp_path / "out", [strangers / "notes.txt"])
    assert (result.assessed, len(result.failed)) == (0, 1)
    assert "No picture could be assessed." in Page(tmp_path / "out" / "report.html").text
    assert "No picture could be assessed." in PdfReader(result.pdf).pages[0].extract_text()


@pytest.mark.parametrize("stage", ["assess", "write HTML", "write PDF"])
def test_a_cancelled_report_leaves_nothing_half_written(spaced_project, strangers, tmp_path, stage):
    def stop(now, done, total, detail=None):
        if now == stage and done == total:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        write_report(spaced_project, tmp_path / "out", [strangers], progress=stop)
    left = [path.name for path in (tmp_path / "out").iterdir()]
    assert left == (["report.html"] if stage == "write PDF" else [])


def test_bad_wishes_are_told(spaced_project, tmp_path):
    with pytest.raises(ProjectError, match="html or pdf, not docx"):
        write_report(spaced_project, tmp_path, formats=["docx"])
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProjectError, match="cannot write a report to"):
        write_report(spaced_project, tmp_path / "file", class_name="cat")


def test_the_doubtful_come_first_by_how_far_certainty_exceeds_what_was_seen(spaced_project):
    from sxai.assess.verbs.assess import assess_image

    said = [assess_image(spaced_project, image.id, keep=False) for image in spaced_project.catalogue.images()]
    entries = [Entry(row, one, None, bytes) for row, one in enumerate(said)]
    content = Content("t", "now", entries, [], ["cat", "dog"], {}, [])
    gaps = [entry.said.confidence - entry.p_max for entry in content.doubtful()]
    assert gaps == sorted(gaps, reverse=True)
    assert all(entry.said.level in ("unsure", "tampered", "unfamiliar") for entry in content.doubtful())
    assert sum(counts.total() for counts in content.by_class().values()) == len(said)
