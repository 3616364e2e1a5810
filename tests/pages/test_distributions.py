"""The Distributions page: the fit, both ends, and masked against unmasked."""

import pytest

from sxai import workflows as verbs
from widgets import gallery, spaces


def metrics(app):
    return {one.label: one.value for one in app.metric}


def test_the_numbers_are_those_of_the_stored_fit(visit, ws):
    shown = metrics(visit("distributions", space="cat.legs"))
    found = verbs.distribution(ws, "cat.legs")
    assert shown["Images n"] == f"{len(found.values):,}"
    assert shown["R² of the q-q plot"] == f"{found.r2:.3f}"
    assert float(shown["Mean μ"]) == pytest.approx(found.values.mean(), rel=0.01)


def test_histogram_qq_plot_and_masking_are_drawn(visit):
    keys = {chart.proto.id for chart in visit("distributions").get("plotly_chart")}
    for key in ("distribution-histogram", "distribution-qq", "distribution-masking"):
        assert any(one.endswith(key) for one in keys)


def test_both_ends_are_ordered_by_probability(ws):
    found = verbs.distribution(ws, "cat.eyes")
    low = [float(tile.lines[0].split()[-1].replace("−", "-")) for tile in gallery.number_tiles(ws, found.low, "P")]
    high = [float(tile.lines[0].split()[-1].replace("−", "-")) for tile in gallery.number_tiles(ws, found.high, "P")]
    assert low == sorted(low)
    assert high == sorted(high, reverse=True)
    assert low[0] == 0
    assert high[0] == 1


def test_the_fit_reads_the_space_s_own_probabilities(ws):
    found = verbs.distribution(ws, "cat.eyes")
    fit = spaces.fit_of(found)
    image_id, probability = found.high[3]
    at = found.values[found.image_ids.index(image_id)]
    assert fit.activation(probability) == pytest.approx(at, rel=1e-3)


def test_an_end_leads_to_all_of_its_images_in_search(visit):
    app = visit("distributions", space="dog.ears")
    app.button(key="distribution-low").click().run()
    assert app.text_input(key="q").value == "dog.ears < 0.1"


def test_the_choice_of_a_space_holds_between_pages(visit):
    app = visit("distributions")
    app.selectbox(key="space").select("dog.eyes").run()
    assert any("dog.eyes" in chart.proto.spec for chart in app.get("plotly_chart"))


def test_without_spaces_the_page_tells_the_next_step(visit, empty_home):
    assert any("No network yet" in text.value for text in visit("distributions").markdown)
