import pytest

from sxai.reproduction.paper import PRINTED


@pytest.fixture(autouse=True)
def no_browser(monkeypatch, tmp_path):
    """Drawing has its own test."""
    monkeypatch.setenv("SXAI_CHROMIUM", str(tmp_path / "none"))


def test_the_contract_of_the_json(on_demo, demo_home):
    result = on_demo("reproduce", "ext-table-1", "suppl-fig-5")
    assert [item["name"] for item in result["items"]] == ["ext-table-1", "suppl-fig-5"]
    for item in result["items"]:
        assert {"name", "ours", "paper", "files"} <= set(item)
        assert all((demo_home / "results" / "reproduction" / name).exists() for name in item["files"])
    assert result["failed"] == []
    assert "SXAI_CHROMIUM" in result["left_out"]


def test_text_for_people(sxai, demo_home, tmp_path):
    outcome = sxai("reproduce", "fig-3c", "--out", tmp_path / "out", "--home", demo_home, "--device", "cpu")
    assert outcome.status == 0
    assert "R²: 0." in outcome.out
    assert "(paper: all above 0.97)" in outcome.out
    assert f"written to {tmp_path / 'out'}" in outcome.out
    assert "SVG and PNG were left out" in outcome.out


def test_items_are_listed(sxai, tmp_path):
    outcome = sxai("reproduce", "--list", "--json", "--home", tmp_path)
    assert [item["name"] for item in outcome.json["items"]] == list(PRINTED)
    assert "suppl-table-2" in sxai("reproduce", "--list").out


def test_when_nothing_can_be_reproduced_it_fails(sxai, demo_home, tmp_path):
    command = ("reproduce", "--home", demo_home, "--device", "cpu")
    assert sxai(*command, "fig-99").status == 1
    outcome = sxai(*command, "fig-3", "--classes", "cat,cow")
    assert outcome.status == 1
    assert "cow" in outcome.err
