import json

import pandas as pd
import pytest

from sxai.errors import Cancelled, ProjectError, SpaceError, UnknownName
from sxai.reproduction import run as running
from sxai.reproduction.paper import PRINTED
from sxai.reproduction.run import item_list, reproduce
from sxai.reproduction.study import ItemResult
from tests.reproduction.conftest import TINY


def test_every_item_of_the_paper_is_reproduced_on_the_demo(reproduced):
    result, _, _, told = reproduced
    assert [item.name for item in result.items] == list(PRINTED) == [item["name"] for item in item_list()]
    assert result.failed == ()
    assert told[-1] == "reproduce"
    assert any(stage.startswith("suppl-table-2, ") for stage in told)


def test_ours_stand_beside_the_papers_values(reproduced):
    for item in reproduced[0].items:
        assert item.ours, item.name
        assert dict(PRINTED[item.name].values) == item.paper
    shared = {item.name: len(set(item.ours) & set(item.paper)) for item in reproduced[0].items}
    assert sum(count > 0 for count in shared.values()) >= 18, shared


def test_files_are_as_told_and_hold_the_numbers(reproduced):
    result, out, _, _ = reproduced
    for item in result.items:
        document = json.loads((out / f"{item.name}.json").read_text())
        assert set(document["files"]) == set(item.files)
        assert all((out / name).stat().st_size > 0 for name in item.files)
        assert document["made"]["seed"] == 0
        assert document["made"]["short"] is True
        assert len(document["made"]["weights sha256"]) == 64
        assert f"{next(iter(document['figures']))}.html" in item.files
        for name, rows in document["tables"].items():
            assert len(pd.read_csv(out / f"{item.name}-{name}.csv")) == len(rows)


def test_without_a_browser_the_rest_is_written(reproduced):
    result, out, _, _ = reproduced
    assert "SXAI_CHROMIUM" in result.left_out
    assert not list(out.glob("*.svg"))
    assert (out / "index.html").exists()


def test_what_was_kept_is_not_computed_again(reproduced, monkeypatch, tmp_path):
    from sxai.project.project import Project

    _, _, home, _ = reproduced
    monkeypatch.setenv("SXAI_CHROMIUM", str(tmp_path / "none"))
    monkeypatch.setattr(running, "SHORT", TINY)
    monkeypatch.setattr("sxai.project.analyses.keep", None)
    with Project.open(home, device="cpu") as project:
        again = reproduce(project, ["fig-2c", "fig-2d", "suppl-fig-4"], tmp_path / "out", short=True)
    assert again.failed == ()
    before = {item.name: item.ours for item in reproduced[0].items}
    assert all(item.ours == before[item.name] for item in again.items)


def test_one_failure_does_not_stop_the_others(spaced_project, monkeypatch, tmp_path):
    def lacking(study):
        raise SpaceError("no eyes; mask some")

    broken = dict.fromkeys(running.ITEMS, lacking) | {"ext-table-1": running.ITEMS["ext-table-1"]}
    monkeypatch.setattr(running, "ITEMS", broken)
    monkeypatch.setenv("SXAI_CHROMIUM", str(tmp_path / "none"))
    result = reproduce(spaced_project, ["fig-3", "ext-table-1"], tmp_path / "out")
    assert [item.name for item in result.items] == ["ext-table-1"]
    assert [(one.name, one.error) for one in result.failed] == [
        (name, "no eyes; mask some") for name in ("fig-3a", "fig-3b", "fig-3c")
    ]


def test_a_cancelled_run_stops(spaced_project, tmp_path):
    def cancel(stage, done, total, detail=None):
        if stage == "reproduce" and done == 1:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        reproduce(spaced_project, ["ext-table-1", "suppl-fig-5"], tmp_path, progress=cancel)
    assert (tmp_path / "ext-table-1.json").exists()
    assert not (tmp_path / "suppl-fig-5.json").exists()


def test_a_beginning_stands_for_all_that_begin_so():
    assert running._wanted(["fig-4"]) == ["fig-4a", "fig-4b", "fig-4c", "fig-4d"]
    assert running._wanted(["suppl-fig-1"]) == ["suppl-fig-1"]
    assert running._wanted(["suppl-table-2", "fig-2a"]) == ["fig-2a", "suppl-table-2"]
    assert running._wanted(None) == running._wanted([]) == list(PRINTED)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"items": ["fig-9"]}, UnknownName, "fig-9.*fig-2a"),
        ({"items": [""]}, UnknownName, "there are"),
        ({"classes": ["cat", "cow"]}, UnknownName, "cow.*cat, dog"),
        ({"classes": ["cat"]}, ProjectError, "two classes"),
        ({"model": "none"}, UnknownName, "none"),
    ],
)
def test_what_is_not_there_is_told(spaced_project, tmp_path, arguments, error, words):
    with pytest.raises(error, match=words):
        reproduce(spaced_project, out=tmp_path, **arguments)


def test_a_project_without_a_trained_network_is_told_the_next_step(empty_project):
    with pytest.raises(UnknownName, match="sxai model add"):
        reproduce(empty_project)


def test_charts_only_shows_no_picture(spaced_project, monkeypatch, tmp_path):
    shown = {}

    def recording(item):
        def run(study):
            found = item(study)
            shown[found.name] = found
            return found

        return run

    monkeypatch.setattr(running, "ITEMS", {name: recording(item) for name, item in running.ITEMS.items()})
    monkeypatch.setattr(running, "Amounts", lambda: TINY)
    monkeypatch.setenv("SXAI_CHROMIUM", str(tmp_path / "none"))
    result = reproduce(spaced_project, ["fig-3", "fig-4", "suppl-fig-5"], tmp_path / "out", charts_only=True)
    assert [one.error for one in result.failed if "No semantic" in one.error] == []
    for found in shown.values():
        assert isinstance(found, ItemResult)
        assert found.pictures == {}
        assert not any(trace.type == "image" for figure in found.figures.values() for trace in figure.data)
    assert [path.name for path in (tmp_path / "out").glob("*.html")] == ["index.html"]
