"""The Common traits page: what is kept is drawn, what is missing can be started, nothing is computed on its own."""

import pytest

from sxai import jobs
from sxai.project.project import Project
from sxai.traits.verbs.layers import layer_ratios
from sxai.traits.verbs.spread import trait_spread
from sxai.traits.verbs.traits import common_traits, searched_samples


def charts(app):
    return {key for chart in app.get("plotly_chart") for key in CHARTS if chart.proto.id.endswith(key)}


CHARTS = ("traits-ratios", "traits-cumulative", "traits-scores", "traits-spread", "traits-proportion", "traits-layers")


@pytest.fixture
def started(monkeypatch):
    """The jobs that the page starts, which do not run."""
    seen = []
    monkeypatch.setattr(jobs, "start", lambda project, verb, arguments=None: seen.append((verb, arguments)) or 999)
    return seen


def buttons(app):
    return {button.key for button in app.button if str(button.key).startswith("traits-go")}


def words(app):
    return " ".join(one.value for one in [*app.caption, *app.info, *app.markdown])


def test_at_first_each_part_offers_its_work(visit, project):
    app = visit("lab/traits")
    assert buttons(app) == {"traits-go-traits", "traits-go-spread", "traits-go-layers"}
    assert charts(app) == set()
    assert "40 samples of cat are compressed" in words(app)
    assert project.catalogue.jobs(limit=None) == []


def test_the_traits_of_whole_images_are_drawn_with_where_they_come_from(visit, project):
    found = common_traits(project, "cat", 40, None)
    app = visit("lab/traits")
    assert charts(app) == {"traits-ratios", "traits-cumulative", "traits-scores"}
    assert "traits-go-traits" not in buttons(app)
    assert f"{found.ratios[0]:.1%}" in words(app)
    line = next(one.value for one in app.caption if one.value.startswith("Made with"))
    for part in ("network pets", "40 samples of cat", "whole images", "seed 0", "sxai"):
        assert part in line


def test_a_component_is_chosen(visit, project):
    common_traits(project, "cat", 40, None)
    app = visit("lab/traits")
    app.segmented_control(key="page.traits.pc").select("last").run()
    assert not app.exception
    shown = next(one for one in app.get("plotly_chart") if one.proto.id.endswith("traits-scores"))
    assert "last component of cat" in shown.proto.spec


def test_a_class_of_two_has_no_third_component(visit, project):
    common_traits(project, "cat", 2, None)
    app = visit("lab/traits")
    app.number_input(key="page.traits.n.cat").set_value(2).run()
    app.segmented_control(key="page.traits.pc").select("3rd").run()
    assert "These samples have 2 components" in words(app)


def test_with_the_search_the_traits_are_started_as_a_job(visit, project, started):
    common_traits(project, "dog", 30, None)
    app = visit("lab/traits")
    app.selectbox(key="page.traits.class").select("dog").run()
    app.number_input(key="page.traits.n.dog").set_value(30).run()
    assert "traits-go-traits" not in buttons(app)
    app.toggle(key="page.traits.search").set_value(True).run()
    app.button(key="traits-go-traits").click().run()
    assert started == [("traits", {"class_name": "dog", "n": 30, "search": "flips"})]


@pytest.mark.parametrize(
    ("verb", "arguments"), [("spread", {"search": None}), ("layers", {"n": 40})], ids=["spread", "layers"]
)
def test_long_work_is_started_as_a_job(visit, project, started, verb, arguments):
    visit("lab/traits").button(key=f"traits-go-{verb}").click().run()
    assert started == [(verb, {"class_name": "cat", **arguments})]


def test_the_search_is_shown_before_and_after_and_beside_whole_images(visit, project):
    common_traits(project, "cat", 3, None)
    found = common_traits(project, "cat", 3)
    app = visit("lab/traits")
    app.number_input(key="page.traits.n.cat").set_value(3).run()
    assert not app.exception
    assert len(app.get("image")) == 2 * 3
    first = searched_samples(project, found)[0]
    assert f"{first.full_fitness:.1f} → {first.fitness:.1f}" in words(app)
    assert "rose in" in words(app)
    assert app.segmented_control(key="page.traits.kind").value == "best combinations"
    shown = next(one for one in app.get("plotly_chart") if one.proto.id.endswith("traits-ratios"))
    assert "whole images" in shown.proto.spec
    assert "best combinations" in shown.proto.spec


def test_a_kept_spread_is_drawn_with_its_numbers(visit, project):
    found = trait_spread(project, "cat")
    app = visit("lab/traits")
    assert {"traits-spread", "traits-proportion"} <= charts(app)
    table = next(frame.value for frame in app.dataframe if "cosine" in frame.value)
    assert list(table["Nₛ"]) == [point.size for point in found.points] == [10, 25]
    assert list(table["spread"]) == pytest.approx([point.percent for point in found.points])
    assert list(table["separate"]) == [True, False]
    assert "too few images for 50, 100, 200 and 300 samples" in words(app)


def test_kept_layers_are_drawn(visit, project):
    layer_ratios(project, "cat", 40)
    app = visit("lab/traits")
    assert "traits-layers" in charts(app)
    assert "traits-go-layers" not in buttons(app)
    assert "a grid of at most 1,024 positions" in words(app)


def test_an_empty_project_is_told_where_to_begin(visit, empty_home):
    assert any("No images yet" in text.value for text in visit("lab/traits").markdown)


def test_a_project_without_network_is_sent_to_choose_one(visit, tmp_path, monkeypatch):
    with Project.open(tmp_path / "bare") as project:
        source = project.catalogue.add_dataset("mine", "test")
        for at in range(2):
            project.catalogue.add_image(
                dataset_id=source,
                class_name="cat",
                split="train",
                sha256=f"{at:064d}",
                artefact="images/aa/none.png",
                name=f"{at}.png",
                width=8,
                height=8,
                format="PNG",
            )
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "bare"))
    assert any("No network yet" in text.value for text in visit("lab/traits").markdown)
