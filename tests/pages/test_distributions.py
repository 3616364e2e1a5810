"""The Distributions page: the fit, both ends, and masked against unmasked."""

from dataclasses import replace

import pytest

from sxai.spaces.verbs.details import distribution_detail
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.stored import list_spaces
from widgets.spaces import distributions
from widgets.ui import gallery


def metrics(app):
    return {one.label: one.value for one in app.metric}


def test_the_numbers_are_those_of_the_stored_fit(visit, project):
    shown = metrics(visit("lab/distributions", space="cat.legs"))
    found = distribution_detail(project, "cat.legs")
    assert shown["Images n"] == f"{len(found.values):,}"
    assert shown["R² of the q-q plot"] == f"{found.r2:.3f}"
    assert float(shown["Mean μ"]) == pytest.approx(found.values.mean(), rel=0.01)


def test_the_numbers_are_folded_below_the_charts(visit):
    app = visit("lab/distributions")
    (box,) = [one for one in app.expander if one.label == "Statistics"]
    assert len(box.metric) == len(app.metric) == 9


def test_histogram_qq_plot_and_masking_are_drawn(visit):
    keys = {chart.proto.id for chart in visit("lab/distributions").get("plotly_chart")}
    for key in ("distribution-histogram", "distribution-qq", "distribution-curves", "distribution-masking"):
        assert any(one.endswith(key) for one in keys)


def test_both_ends_are_ordered_by_probability(project):
    found = distribution_detail(project, "cat.eyes")
    low = [float(tile.lines[0].split()[-1].replace("−", "-")) for tile in gallery.number_tiles(project, found.low, "P")]
    high = [
        float(tile.lines[0].split()[-1].replace("−", "-")) for tile in gallery.number_tiles(project, found.high, "P")
    ]
    assert low == sorted(low)
    assert high == sorted(high, reverse=True)
    assert low[0] == 0
    assert high[0] == 1


def test_the_fit_reads_the_space_s_own_probabilities(project):
    found = distribution_detail(project, "cat.eyes")
    fit = found.summary.reference.distribution
    image_id, probability = found.high[3]
    at = found.values[found.image_ids.index(image_id)]
    assert fit.activation(probability) == pytest.approx(at, rel=1e-3)


def test_the_empirical_distribution_reads_the_space_s_own_probabilities_once_chosen(project):
    refit_spaces(project, ["cat.eyes"], "empirical")
    found = distribution_detail(project, "cat.eyes")
    image_id, probability = found.low[2]
    at = found.values[found.image_ids.index(image_id)]
    assert found.empirical.activation(probability) == pytest.approx(at)


def fit_control(app):
    return next(one for one in app.segmented_control if one.label == "Probability read from")


def test_what_p_is_read_from_is_told_and_can_be_changed(visit, project):
    app = visit("lab/distributions", space="cat.legs")
    assert fit_control(app).value == "normal"
    assert any("the normal fitted to" in text.value for text in app.markdown)
    app = fit_control(app).set_value("empirical").run()
    assert [space.name for space in list_spaces(project) if space.fit == "empirical"] == ["cat.legs"]
    assert fit_control(app).value == "empirical"
    assert any("among the" in text.value and "(empirical)" in text.value for text in app.markdown)
    assert any("P from the images themselves" in line.value for line in app.caption)
    assert any("normal fit (not used)" in chart.proto.spec for chart in app.get("plotly_chart"))


def test_one_choice_can_be_used_for_all_spaces(visit, project):
    app = visit("lab/distributions", space="cat.legs")
    assert not [button for button in app.button if button.key == "distribution-fit-all"]
    app = fit_control(app).set_value("empirical").run()
    app.button(key="distribution-fit-all").click().run()
    assert {space.fit for space in list_spaces(project)} == {"empirical"}


def test_a_poor_fit_is_told_where_the_normal_is_used(project):
    found = replace(distribution_detail(project, "cat.eyes"), r2=0.94)
    assert "R² = 0.940, below the 0.97" in distributions._words(found)
    assert "below the" not in distributions._words(replace(found, r2=0.97))


def test_an_automatic_choice_gives_its_reason(project):
    for bar, words in ((0.0, "0 or more"), (1.0, "below 1.")):
        refit_spaces(project, ["cat.eyes"], "auto", bar=bar)
        assert words in distributions._words(distribution_detail(project, "cat.eyes"))


def test_the_counts_of_both_ends_are_shown(visit, project):
    shown = metrics(visit("lab/distributions", space="cat.eyes"))
    found = distribution_detail(project, "cat.eyes")
    assert (shown["P below 0.1"], shown["P above 0.9"]) == (str(found.n_low), str(found.n_high))
    masked = found.summary.masked
    assert shown["P visible → masked"] == f"{masked.p_unmasked:.2f} → {masked.p_masked:.2f}"


@pytest.mark.parametrize(("p_value", "words"), [(0.001, "< 0.002"), (0.0423, "0.042"), (0.84, "0.84")])
def test_the_p_value_is_written_with_two_digits(p_value, words):
    assert distributions._p_value(p_value) == words


def test_an_end_leads_to_all_of_its_images_in_search(visit):
    app = visit("lab/distributions", space="dog.ears")
    app.button(key="distribution-low").click().run()
    assert app.text_input(key="q").value == "dog.ears < 0.1"


def test_the_choice_of_a_space_holds_between_pages(visit):
    app = visit("lab/distributions")
    app.selectbox(key="space").select("dog.eyes").run()
    assert any("dog.eyes" in chart.proto.spec for chart in app.get("plotly_chart"))


def test_without_spaces_the_page_tells_the_next_step(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("lab/distributions").markdown)
