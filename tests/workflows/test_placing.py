"""Which reference distribution a space uses: chosen at extraction or later, kept, told, and used by every verb."""

import numpy as np
import pytest
import toy

from sxai.errors import SpaceError, UnknownName
from sxai.spaces import fit_empirical
from sxai.workflows import (
    assess_image,
    class_average,
    distribution,
    extract_spaces,
    list_spaces,
    overlap,
    refit_spaces,
    search,
    space_detail,
)
from sxai.workflows.stored_spaces import space_of, space_record


def fits(ws):
    return {space.name: space.fit for space in list_spaces(ws)}


def test_the_paper_s_normal_is_the_default(spaced_ws):
    assert set(fits(spaced_ws).values()) == {"normal"}
    assert {space.parameters["fit_asked"] for space in list_spaces(spaced_ws)} == {"normal"}


def test_a_space_from_before_there_was_a_choice_is_normal(spaced_ws):
    record = space_record(spaced_ws, "cat.eyes")
    kept = {key: value for key, value in record.parameters.items() if not key.startswith("fit")}
    spaced_ws.catalogue.save_space(
        record.model_id, "cat", "eyes", record.channels, record.delta, record.n_masks, kept, record.masking,
        record.ratios, record.artefact, record.version, record.reference,
    )  # fmt: skip
    assert fits(spaced_ws)["cat.eyes"] == "normal"
    assert space_of(space_record(spaced_ws, "cat.eyes"), spaced_ws).reference.fit == "normal"


def test_extraction_with_an_empirical_reference_changes_probabilities_alone(toy_ws):
    (normal,) = extract_spaces(toy_ws, ["cat.eyes"]).spaces
    (empirical,) = extract_spaces(toy_ws, ["cat.eyes"], fit="empirical").spaces
    assert (empirical.fit, empirical.parameters["fit"], empirical.parameters["fit_asked"]) == ("empirical",) * 3
    assert (empirical.channels, empirical.delta, empirical.reference) == (
        normal.channels, normal.delta, normal.reference,
    )  # fmt: skip
    detail, values = space_detail(toy_ws, "cat.eyes"), distribution(toy_ws, "cat.eyes").values
    np.testing.assert_allclose(detail.p_masked, fit_empirical(values).probability(detail.activations_masked))
    assert empirical.masked["p_masked"] == pytest.approx(detail.p_masked.mean())


def test_auto_asks_the_bar_and_remembers_it(toy_ws):
    r2 = extract_spaces(toy_ws, ["cat.eyes"]).spaces[0].reference["r2"]
    (below,) = extract_spaces(toy_ws, ["cat.eyes"], fit="auto", bar=min(1.0, r2 + 1e-6)).spaces
    (above,) = extract_spaces(toy_ws, ["cat.eyes"], fit="auto", bar=r2 - 1e-6).spaces
    assert (below.fit, above.fit) == ("empirical", "normal")
    assert (above.parameters["fit_asked"], above.parameters["fit_bar"]) == ("auto", r2 - 1e-6)


def test_an_unknown_fit_is_refused_before_anything_is_computed(toy_ws):
    with pytest.raises(SpaceError, match="'gamma'"):
        extract_spaces(toy_ws, fit="gamma")
    assert list_spaces(toy_ws) == []


def test_refitting_equals_extracting_with_that_fit(toy_ws):
    extract_spaces(toy_ws, fit="empirical")
    wanted = [(s.name, s.channels, s.delta, s.reference, s.masked, s.fit) for s in list_spaces(toy_ws)]
    extract_spaces(toy_ws)
    result = refit_spaces(toy_ws, fit="empirical")
    assert list(result.spaces) == list_spaces(toy_ws)
    assert [(s.name, s.channels, s.delta, s.reference, s.masked, s.fit) for s in result.spaces] == wanted


def test_there_and_back_leaves_the_space_as_it_was(spaced_ws):
    before = list_spaces(spaced_ws)
    refit_spaces(spaced_ws, ["cat.eyes"], "empirical")
    assert fits(spaced_ws) == {**dict.fromkeys(fits(spaced_ws), "normal"), "cat.eyes": "empirical"}
    refit_spaces(spaced_ws, ["cat.eyes"], "normal")
    after = list_spaces(spaced_ws)
    assert [(s.masked, s.reference, s.parameters) for s in after] == [
        (s.masked, s.reference, s.parameters) for s in before
    ]


def test_a_space_that_uses_it_already_is_not_written_again(spaced_ws):
    before = space_record(spaced_ws, "cat.eyes")
    refit_spaces(spaced_ws, ["cat.eyes"], "normal")
    assert space_record(spaced_ws, "cat.eyes") == before


def test_refitting_makes_no_stale_space_fresh_and_no_fresh_one_stale(spaced_ws):
    toy.mask_part(spaced_ws, "cat.eyes", spaced_ws.catalogue.images(class_name="cat")[8])
    refit_spaces(spaced_ws, fit="empirical")
    assert [space.name for space in list_spaces(spaced_ws) if space.stale] == ["cat.eyes"]


def test_an_unknown_space_changes_none(spaced_ws):
    with pytest.raises(UnknownName, match=r"'cat\.wings'"):
        refit_spaces(spaced_ws, ["cat.eyes", "cat.wings"], "empirical")
    assert set(fits(spaced_ws).values()) == {"normal"}


def test_a_stored_space_is_opened_with_the_distribution_it_uses(spaced_ws):
    refit_spaces(spaced_ws, ["cat.eyes"], "empirical")
    assert space_of(space_record(spaced_ws, "cat.eyes"), spaced_ws).reference.fit == "empirical"
    assert space_of(space_record(spaced_ws, "cat.nose"), spaced_ws).reference.fit == "normal"


def test_every_verb_reads_the_probability_from_the_distribution_in_use(spaced_ws):
    refit_spaces(spaced_ws, ["cat.eyes"], "empirical")
    found = distribution(spaced_ws, "cat.eyes")
    place = fit_empirical(found.values)
    image_id = found.image_ids[3]
    expected = float(place.probability(found.values[3]))
    assert assess_image(spaced_ws, image_id, keep=False).probabilities["cat.eyes"] == pytest.approx(expected, abs=1e-6)
    hits = {hit.image_id: hit.probabilities["cat.eyes"] for hit in search(spaced_ws, "cat.eyes > -1", None).hits}
    assert hits[image_id] == pytest.approx(expected, abs=1e-6)
    assert 0 < class_average(spaced_ws)["cat"]["cat.eyes"] < 1
    shown = overlap(spaced_ws)
    detail, at = space_detail(spaced_ws, "cat.eyes"), shown.names.index("cat.eyes")
    assert shown.crosstalk[at, at] == pytest.approx((detail.p_masked - detail.p_unmasked).mean())


def test_both_ends_and_their_counts_are_those_of_the_distribution_in_use(spaced_ws):
    refit_spaces(spaced_ws, ["dog.nose"], "empirical")
    found = distribution(spaced_ws, "dog.nose", ends=3)
    n = len(found.values)
    assert [p for _, p in found.low] == pytest.approx([0, 1 / (n - 1), 2 / (n - 1)])
    assert [p for _, p in found.high] == pytest.approx([1, 1 - 1 / (n - 1), 1 - 2 / (n - 1)])
    probabilities = np.linspace(0, 1, n)
    assert (found.n_low, found.n_high) == ((probabilities < 0.1).sum(), (probabilities > 0.9).sum())
    assert 0 < found.chance <= 1


def test_channels_that_other_spaces_read_too_are_named(spaced_ws):
    channels = {space.name: set(space.channels) for space in list_spaces(spaced_ws)}
    for name, own in channels.items():
        shared = space_detail(spaced_ws, name).shared
        assert shared == {
            channel: names
            for channel in own
            if (names := [other for other in channels if other != name and channel in channels[other]])
        }
