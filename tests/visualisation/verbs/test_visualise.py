import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sxai.errors import Cancelled, SpaceError
from sxai.networks.verbs.networks import model_record
from sxai.traits.verbs.traits import common_traits
from sxai.visualisation.inversion import invert
from sxai.visualisation.settings import InversionSettings
from sxai.visualisation.verbs import visualise as module
from sxai.visualisation.verbs.targets import TraitSource, target_vector
from sxai.visualisation.verbs.visualise import stored_visuals, visualise

WHOLE = TraitSource(n=8, search=None)
QUICK = {"steps": 12, "n": 8, "search": None}


def vector(project, name):
    return target_vector(project, model_record(project), name, WHOLE)


def test_a_target_with_nothing_to_show_is_passed_over_among_others(spaced_project):
    scores = common_traits(spaced_project, "cat", n=8, search=None).component("last")
    assert (scores < 0).all()
    result = visualise(spaced_project, ["cat:last", "cat.eyes"], **QUICK)
    assert [one.target for one in result.pictures] == ["cat.eyes"]
    assert [name for name, _ in result.skipped] == ["cat:last"]
    assert stored_visuals(spaced_project, ["cat:last"], **QUICK) == [None]
    with pytest.raises(SpaceError, match="negative or zero"):
        visualise(spaced_project, ["cat:last"], **QUICK)


def test_pictures_are_kept_and_read_back(spaced_project):
    names = ["cat.eyes", "cat:1", "image:3"]
    result = visualise(spaced_project, names, **QUICK)
    assert [one.target for one in result.pictures] == names
    assert (result.model, result.method, result.made) == ("toy", "fast", 3)
    for name, summary, visual in zip(
        names, result.pictures, stored_visuals(spaced_project, names, **QUICK), strict=True
    ):
        assert visual.summary == summary
        assert visual.picture.shape == (40, 40, 3)
        np.testing.assert_allclose(visual.target, vector(spaced_project, name), rtol=1e-6)
        assert visual.losses[-1] == pytest.approx(summary.loss, rel=1e-3)
        assert visual.steps[-1] == summary.steps <= 12
        assert summary.loss == pytest.approx(summary.misfit + 2 * summary.variation)
        assert summary.parameters["target"] == name
        assert summary.parameters["network"] == model_record(spaced_project).sha256
        assert summary.version
    json.dumps(asdict(result))


def test_only_what_is_missing_is_computed(spaced_project, monkeypatch):
    first = visualise(spaced_project, ["cat.eyes"], **QUICK)
    batches = []

    def spied(network, targets, *rest, **more):
        batches.append(len(targets))
        return invert(network, targets, *rest, **more)

    monkeypatch.setattr(module, "invert", spied)
    again = visualise(spaced_project, ["cat.eyes", "dog.eyes", "cat.eyes"], **QUICK)
    assert batches == [1]
    assert again.made == 1
    assert again.pictures[0] == again.pictures[2] == first.pictures[0]
    assert visualise(spaced_project, ["cat.eyes"], **QUICK | {"steps": 5}).made == 1


def test_batches_are_kept_one_by_one(spaced_project, monkeypatch):
    monkeypatch.setattr(module, "CPU_BATCH", 2)

    def stop(stage, done, total, detail=None):
        assert total in (0, 24, 8) or stage != "visualise"
        if stage == "visualise" and done == 15:
            raise Cancelled("stopped")

    names = ["cat.eyes", "cat.nose", "dog.eyes", "dog.nose"]
    with pytest.raises(Cancelled):
        visualise(spaced_project, names, progress=stop, **QUICK)
    assert [one is not None for one in stored_visuals(spaced_project, names, **QUICK)] == [True, True, False, False]
    assert visualise(spaced_project, names, **QUICK).made == 2


def test_a_gradient_descent_resumes(spaced_project):
    whole = visualise(spaced_project, ["dog.eyes"], method="paper", **QUICK | {"steps": 9})
    seen = []

    def stop(stage, done, total, detail=None):
        seen.append(done)
        if len(seen) == 5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        visualise(spaced_project, ["dog.eyes"], method="paper", progress=stop, **QUICK | {"steps": 10})
    folder = spaced_project.home / "cache" / "visuals"
    assert [path.suffix for path in folder.iterdir()] == [".npz"]
    result = visualise(spaced_project, ["dog.eyes"], method="paper", progress=stop, **QUICK | {"steps": 10})
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert not list(folder.iterdir())
    assert result.pictures[0].loss <= whole.pictures[0].loss


def test_a_running_batch_can_be_watched(spaced_project, monkeypatch):
    monkeypatch.setattr(module, "PREVIEW_EVERY", 0.0)
    seen = []

    def watch(stage, done, total, detail=None):
        if detail and "preview" in detail:
            with Image.open(detail["preview"]) as preview:
                seen.append((preview.size, detail))
            json.dumps(detail)

    visualise(spaced_project, ["cat.eyes", "dog.eyes"], progress=watch, **QUICK)
    assert len(seen) == 12
    size, detail = seen[-1]
    assert size == (2 * 164, 164)
    assert detail["targets"] == ["cat.eyes", "dog.eyes"]
    assert detail["step"] == 12
    assert detail["steps"] == list(range(1, 13))
    assert [curve[-1] for curve in detail["curves"]] == detail["losses"]
    assert not Path(detail["preview"]).exists()


def test_a_long_curve_is_thinned_to_both_ends():
    assert module._thinned(5).tolist() == [0, 1, 2, 3, 4]
    long = module._thinned(4000)
    assert (long[0], long[-1]) == (0, 3999)
    assert len(long) <= module.CURVE_POINTS
    assert (np.diff(long) > 0).all()


def test_the_settings_are_the_papers_but_for_the_method(spaced_project):
    [summary] = visualise(spaced_project, ["cat.eyes"], **QUICK).pictures
    expected = asdict(InversionSettings(method="fast", steps=12, seed=0))
    assert {key: summary.parameters[key] for key in expected} == expected
