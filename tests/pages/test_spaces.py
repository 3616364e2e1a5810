"""The Semantic spaces page: extraction, the table, a close look, overlap and cross-talk."""

import numpy as np
import pytest

from sxai import jobs
from sxai.masks.verbs.save import save_labels
from sxai.spaces.verbs.details import distribution_detail, space_detail
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.stored import list_spaces
from widgets.ui import assessment_view


def charts(app):
    return {chart.proto.id.split("-", 2)[-1] for chart in app.get("plotly_chart")}


def test_the_table_lists_every_space_with_its_fit(visit, project):
    app = visit("concepts/spaces")
    table = next(frame.value for frame in app.dataframe if "R²" in frame.value)
    spaces = list_spaces(project)
    assert list(table["space"]) == [space.name for space in spaces]
    assert list(table["R²"]) == pytest.approx([space.reference.r2 for space in spaces])
    assert table["up to date"].all()


def test_every_chart_of_the_page_is_drawn(visit):
    found = charts(visit("concepts/spaces"))
    for key in ("spaces-masking", "space-difference", "space-scores", "spaces-crosstalk", "spaces-overlap"):
        assert any(name.endswith(key) for name in found)


def test_the_space_in_the_address_is_the_one_shown(visit, project):
    app = visit("concepts/spaces", space="dog.nose")
    assert app.selectbox(key="space").value == "dog.nose"
    table = next(frame.value for frame in app.dataframe if "Δ" in frame.value and "channel" in frame.value)
    detail = space_detail(project, "dog.nose")
    assert list(table["channel"]) == list(detail.summary.channels)
    assert np.allclose(table["Δ"], detail.summary.delta)


def test_where_it_comes_from_is_told(visit):
    line = next(one.value for one in visit("concepts/spaces").caption if one.value.startswith("Made with"))
    for part in ("network pets", "8 masks", "seed 0", "sxai"):
        assert part in line


def test_a_changed_mask_makes_its_space_stale(visit, project):
    mask = project.catalogue.masks(class_name="cat", concept="eyes")[0]
    save_labels(project, mask.image_id, "cat.eyes", [], expected_version=mask.version)
    app = visit("concepts/spaces")
    assert "cat" in app.warning[0].value
    assert "Extract again" in app.warning[0].value
    table = next(frame.value for frame in app.dataframe if "R²" in frame.value)
    assert list(table.loc[~table["up to date"], "space"]) == ["cat.eyes"]


def test_a_choice_from_another_project_is_forgotten(visit, project):
    app = visit("start/home")
    app.session_state["space"] = "horse.mane"
    app.session_state["extract-names"] = ["horse.mane", "cat.eyes"]
    app.switch_page("pages/concepts/spaces.py").run()
    assert not app.exception
    assert app.selectbox(key="space").value == list_spaces(project)[0].name
    assert app.multiselect(key="extract-names").value == ["cat.eyes"]


def test_extraction_starts_a_job_over_the_chosen_concepts(visit, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append((verb, arguments)) or 999)
    app = visit("concepts/spaces")
    app.multiselect(key="extract-names").select("cat.eyes").run()
    app.number_input(key="extract-ssn").set_value(7).run()
    app.button(key="extract-go").click().run()
    assert started == [("extract", {"names": ["cat.eyes"], "n_ssn": 7, "fit": "normal", "estimator": "recommended"})]


def test_the_estimator_can_be_chosen_for_an_extraction(visit, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append(arguments) or 999)
    app = visit("concepts/spaces")
    app.selectbox(key="extract-estimator").select("linear").run()
    app.button(key="extract-go").click().run()
    assert started[0]["estimator"] == "linear"


def test_the_reference_distribution_can_be_chosen_for_an_extraction(visit, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append(arguments) or 999)
    app = visit("concepts/spaces")
    app.selectbox(key="extract-fit").select("auto").run()
    app.button(key="extract-go").click().run()
    assert started == [{"names": None, "n_ssn": 5, "fit": "auto", "estimator": "recommended"}]


def test_the_table_says_what_each_probability_is_read_from(visit, project):
    refit_spaces(project, ["cat.nose"], "empirical")
    table = next(frame.value for frame in visit("concepts/spaces").dataframe if "R²" in frame.value)
    assert dict(zip(table["space"], table["fit"], strict=True)) == {
        space.name: "empirical" if space.name == "cat.nose" else "normal" for space in list_spaces(project)
    }


def test_neurons_shared_with_other_spaces_are_named_and_lead_there(visit, project):
    name, found = next(
        (space.name, detail.shared)
        for space in list_spaces(project)
        if (detail := space_detail(project, space.name)).shared
    )
    app = visit("concepts/spaces", space=name)
    table = next(frame.value for frame in app.dataframe if "also in" in frame.value)
    listed = dict(zip(table["channel"], table["also in"], strict=True))
    assert {channel: names for channel, names in listed.items() if names} == {
        channel: ", ".join(names) for channel, names in found.items()
    }
    other = next(iter(found.values()))[0]
    app.button(key=f"space-go-{other}").click().run()
    assert app.selectbox(key="space").value == other


def test_what_an_extraction_passed_over_is_told_with_its_reason(visit, project):
    job = project.catalogue.add_job("extract", {})
    project.catalogue.claim_job(job, 1)
    project.catalogue.finish_job(job, "done", result={"spaces": [], "skipped": [["cat.tail", "only 2 masks"]]})
    app = visit("concepts/spaces")
    app.session_state["page.work.extract"] = job
    app.run()
    assert "only 2 masks" in app.warning[0].value
    app.number_input(key="extract-ssn").set_value(6).run()
    assert "only 2 masks" in app.warning[0].value
    app.button(key="extract-close").click().run()
    assert not app.warning


def test_a_space_can_be_made_visible_where_it_is_looked_at(visit, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: started.append((verb, arguments)) or 999)
    visit("concepts/spaces", space="dog.nose").button(key="space-visual-go").click().run()
    ((verb, arguments),) = started
    assert (verb, arguments["targets"]) == ("visualise", ["dog.nose"])


def test_both_ends_of_the_distribution_are_counted_beside_the_space(visit, project):
    found = distribution_detail(project, "dog.nose")
    lines = [caption.value for caption in visit("concepts/spaces", space="dog.nose").caption]
    assert f"P below 0.1: {found.n_low} of {len(found.values)} reference images" in lines
    assert f"P above 0.9: {found.n_high} of {len(found.values)} reference images" in lines


def test_a_space_leads_to_its_images_in_search(visit):
    app = visit("concepts/spaces", space="dog.eyes")
    app.button(key="space-high").click().run()
    assert app.title[0].value == "Search"
    assert app.text_input(key="q").value == "dog.eyes > 0.9"


def test_without_a_network_the_page_tells_the_next_step(visit, empty_home):
    app = visit("concepts/spaces")
    assert any("No network yet" in text.value for text in app.markdown)


@pytest.mark.parametrize("text", ["a*b_c", "[x](http://y)", "$1$ `code`", "<b>"])
def test_names_of_anybody_s_are_no_formatting(text):
    escaped = assessment_view.plain(text)
    assert escaped.replace("\\", "") == text
    assert all(escaped[at - 1] == "\\" for at, letter in enumerate(escaped) if letter in "*_[]`$<>")


def test_a_space_is_deleted_and_its_masks_stay(visit, project):
    masks = len(project.catalogue.masks("cat", "eyes"))
    app = visit("concepts/spaces", space="cat.eyes")
    app.button(key="space-delete").click().run()
    app.button(key="space-delete-go").click().run()
    assert not app.exception
    assert "cat.eyes" not in [space.full_name for space in project.catalogue.spaces()]
    assert len(project.catalogue.masks("cat", "eyes")) == masks


def test_a_concept_is_renamed_then_deleted(visit, project):
    app = visit("concepts/spaces")
    app.selectbox(key="concept-whole").set_value("dog.nose").run()
    app.text_input(key="concept-new-name-nose").set_value("snout").run()
    app.button(key="concept-rename-go").click().run()
    assert not app.exception
    assert "dog.snout" in app.selectbox(key="concept-whole").options
    app.selectbox(key="concept-whole").set_value("dog.snout").run()
    app.button(key="concept-delete").click().run()
    assert any("its 8 masks, their history" in text.value for text in app.markdown)
    app.button(key="concept-delete-go").click().run()
    assert not app.exception
    assert "dog.snout" not in [concept.full_name for concept in project.catalogue.concepts()]
