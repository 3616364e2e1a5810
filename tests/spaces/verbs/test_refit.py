"""Which reference distribution a space uses: chosen at extraction or later, kept, told, and used by every verb."""

import numpy as np
import pytest
import toy

from sxai.assess.verbs.assess import assess_image
from sxai.assess.verbs.class_profile import class_profile
from sxai.errors import SpaceError, UnknownName
from sxai.search.verbs.search import search
from sxai.spaces.empirical import fit_empirical
from sxai.spaces.verbs.details import distribution_detail, overlap_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.refit import refit_spaces
from sxai.spaces.verbs.stored import list_spaces, space_of, space_record


def fits(project):
    return {space.name: space.fit for space in list_spaces(project)}


def test_the_paper_s_normal_is_the_default(spaced_project):
    assert set(fits(spaced_project).values()) == {"normal"}
    assert {space.parameters["fit_asked"] for space in list_spaces(spaced_project)} == {"normal"}


def test_a_space_from_before_there_was_a_choice_is_normal(spaced_project):
    record = space_record(spaced_project, "cat.eyes")
    kept = {key: value for key, value in record.parameters.items() if not key.startswith("fit")}
    spaced_project.catalogue.save_space(
        record.model_id,
        "cat",
        "eyes",
        record.channels,
        record.delta,
        record.n_masks,
        kept,
        record.masking,
        record.ratios,
        record.artefact,
        record.version,
        record.reference,
    )
    assert fits(spaced_project)["cat.eyes"] == "normal"
    assert space_of(space_record(spaced_project, "cat.eyes"), spaced_project).reference.fit == "normal"


def test_extraction_with_an_empirical_reference_changes_probabilities_alone(toy_project):
    (normal,) = extract_spaces(toy_project, ["cat.eyes"]).spaces
    (empirical,) = extract_spaces(toy_project, ["cat.eyes"], fit="empirical").spaces
    assert (empirical.fit, empirical.parameters["fit"], empirical.parameters["fit_asked"]) == ("empirical",) * 3
    assert (empirical.channels, empirical.delta, empirical.reference) == (
        normal.channels,
        normal.delta,
        normal.reference,
    )
    detail, values = space_detail(toy_project, "cat.eyes"), distribution_detail(toy_project, "cat.eyes").values
    np.testing.assert_allclose(detail.p_masked, fit_empirical(values).probability(detail.activations_masked))
    assert empirical.masked.p_masked == pytest.approx(detail.p_masked.mean())


def test_auto_asks_the_bar_and_remembers_it(toy_project):
    r2 = extract_spaces(toy_project, ["cat.eyes"]).spaces[0].reference.r2
    (below,) = extract_spaces(toy_project, ["cat.eyes"], fit="auto", bar=min(1.0, r2 + 1e-6)).spaces
    (above,) = extract_spaces(toy_project, ["cat.eyes"], fit="auto", bar=r2 - 1e-6).spaces
    assert (below.fit, above.fit) == ("empirical", "normal")
    assert (above.parameters["fit_asked"], above.parameters["fit_bar"]) == ("auto", r2 - 1e-6)


def test_an_unknown_fit_is_refused_before_anything_is_computed(toy_project):
    with pytest.raises(SpaceError, match="'gamma'"):
        extract_spaces(toy_project, fit="gamma")
    assert list_spaces(toy_project) == []


def test_refitting_equals_extracting_with_that_fit(toy_project):
    extract_spaces(toy_project, fit="empirical")
    wanted = [(s.name, s.channels, s.delta, s.reference, s.masked, s.fit) for s in list_spaces(toy_project)]
    extract_spaces(toy_project)
    result = refit_spaces(toy_project, fit="empirical")
    assert list(result.spaces) == list_spaces(toy_project)
    assert [(s.name, s.channels, s.delta, s.reference, s.masked, s.fit) for s in result.spaces] == wanted


def test_there_and_back_leaves_the_space_as_it_was(spaced_project):
    before = list_spaces(spaced_project)
    refit_spaces(spaced_project, ["cat.eyes"], "empirical")
    assert fits(spaced_project) == {**dict.fromkeys(fits(spaced_project), "normal"), "cat.eyes": "empirical"}
    refit_spaces(spaced_project, ["cat.eyes"], "normal")
    after = list_spaces(spaced_project)
    assert [(s.masked, s.reference, s.parameters) for s in after] == [
        (s.masked, s.reference, s.parameters) for s in before
    ]


def test_a_space_that_uses_it_already_is_not_written_again(spaced_project):
    before = space_record(spaced_project, "cat.eyes")
    refit_spaces(spaced_project, ["cat.eyes"], "normal")
    assert space_record(spaced_project, "cat.eyes") == before


def test_refitting_makes_no_stale_space_fresh_and_no_fresh_one_stale(spaced_project):
    toy.mask_part(spaced_project, "cat.eyes", spaced_project.catalogue.images(class_name="cat")[8])
    refit_spaces(spaced_project, fit="empirical")
    assert [space.name for space in list_spaces(spaced_project) if space.stale] == ["cat.eyes"]


def test_an_unknown_space_changes_none(spaced_project):
    with pytest.raises(UnknownName, match=r"'cat\.wings'"):
        refit_spaces(spaced_project, ["cat.eyes", "cat.wings"], "empirical")
    assert set(fits(spaced_project).values()) == {"normal"}


def test_a_stored_space_is_opened_with_the_distribution_it_uses(spaced_project):
    refit_spaces(spaced_project, ["cat.eyes"], "empirical")
    assert space_of(space_record(spaced_project, "cat.eyes"), spaced_project).reference.fit == "empirical"
    assert space_of(space_record(spaced_project, "cat.nose"), spaced_project).reference.fit == "normal"


def test_every_verb_reads_the_probability_from_the_distribution_in_use(spaced_project):
    refit_spaces(spaced_project, ["cat.eyes"], "empirical")
    found = distribution_detail(spaced_project, "cat.eyes")
    place = fit_empirical(found.values)
    image_id = found.image_ids[3]
    expected = float(place.probability(found.values[3]))
    assert assess_image(spaced_project, image_id, keep=False).probabilities["cat.eyes"] == pytest.approx(
        expected, abs=1e-6
    )
    hits = {hit.image_id: hit.probabilities["cat.eyes"] for hit in search(spaced_project, "cat.eyes > -1", None).hits}
    assert hits[image_id] == pytest.approx(expected, abs=1e-6)
    assert 0 < class_profile(spaced_project).averages["cat"]["cat.eyes"] < 1
    shown = overlap_detail(spaced_project)
    detail, at = space_detail(spaced_project, "cat.eyes"), shown.names.index("cat.eyes")
    assert shown.crosstalk[at, at] == pytest.approx((detail.p_masked - detail.p_unmasked).mean())


def test_both_ends_and_their_counts_are_those_of_the_distribution_in_use(spaced_project):
    refit_spaces(spaced_project, ["dog.nose"], "empirical")
    found = distribution_detail(spaced_project, "dog.nose", ends=3)
    n = len(found.values)
    assert [p for _, p in found.low] == pytest.approx([0, 1 / (n - 1), 2 / (n - 1)])
    assert [p for _, p in found.high] == pytest.approx([1, 1 - 1 / (n - 1), 1 - 2 / (n - 1)])
    probabilities = np.linspace(0, 1, n)
    assert (found.n_low, found.n_high) == ((probabilities < 0.1).sum(), (probabilities > 0.9).sum())
    assert 0 < found.p_value <= 1


def test_channels_that_other_spaces_read_too_are_named(spaced_project):
    channels = {space.name: set(space.channels) for space in list_spaces(spaced_project)}
    for name, own in channels.items():
        shared = space_detail(spaced_project, name).shared
        assert shared == {
            channel: names
            for channel in own
            if (names := [other for other in channels if other != name and channel in channels[other]])
        }
