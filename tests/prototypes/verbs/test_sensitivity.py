"""How far automatic concepts depend on hue, shape and texture."""

import numpy as np
import pytest

from sxai.images.verbs.stored import read_canvas
from sxai.prototypes.perception import CHANGES
from sxai.prototypes.verbs import sensitivity
from sxai.prototypes.verbs.explain import Explainer
from sxai.prototypes.verbs.names import name_concepts
from sxai.prototypes.verbs.sensitivity import perceptual_sensitivity


def test_sensitivity_is_kept_until_names_change(trained_ws, found):
    assert perceptual_sensitivity.known(trained_ws, n=3) is None
    measured = perceptual_sensitivity(trained_ws, n=3)
    assert set(next(iter(measured.falls.values()))) == {
        "hue",
        "brightness",
        "contrast",
        "saturation",
        "shape",
        "texture",
    }
    kept = perceptual_sensitivity.known(trained_ws, n=3)
    assert kept is not None
    assert kept.summary() == measured.summary()
    name_concepts(trained_ws, {found.concepts[0].id: "eyes"})
    assert perceptual_sensitivity.known(trained_ws, n=3) is None


@pytest.mark.parametrize("change", ["brightness", "shape"])
def test_falls_are_the_differences_between_explanations_of_both_pictures(trained_ws, found, change):
    falls = perceptual_sensitivity(trained_ws, n=3).falls
    explainer = Explainer.of(trained_ws)
    for class_name in found.classes:
        for row, image_id in enumerate(found.parameters["image_ids"][class_name][:3]):
            pixels = read_canvas(trained_ws, trained_ws.catalogue.image(image_id))
            before, after = (
                {seen.name: seen.similarity for seen in explainer.explain(picture, "picture").concepts}
                for picture in (pixels, CHANGES[change](pixels))
            )
            own = [name for name in falls if name.startswith(f"{class_name}.")]
            assert own
            for name in own:
                assert falls[name][change][row] == pytest.approx(before[name] - after[name], abs=2e-3)


def test_a_change_that_changes_nothing_has_no_fall(trained_ws, monkeypatch):
    monkeypatch.setattr(sensitivity, "CHANGES", {"hue": np.copy})
    for row in perceptual_sensitivity(trained_ws, n=4).falls.values():
        np.testing.assert_allclose(row["hue"], np.zeros(4), atol=2e-3)


def test_concepts_of_one_name_are_measured_together_and_unnamed_ones_left_out(trained_ws, found):
    first, second, *_ = found.of_class("cat")
    apart = perceptual_sensitivity(trained_ws, n=3).falls
    name_concepts(trained_ws, {first.id: "eyes", second.id: "eyes"})
    together = perceptual_sensitivity(trained_ws, n=3).falls
    assert set(together) == {"cat.eyes"}
    for change, values in together["cat.eyes"].items():
        either = np.array([apart[one.id.replace(":", ".")][change] for one in (first, second)])
        assert values.shape == (3,)
        assert (either.min(axis=0) - 1e-6 <= values).all()
        assert (values <= either.max(axis=0) + 1e-6).all()


def test_a_class_with_fewer_images_gives_all_that_it_was_trained_on(trained_ws, found):
    falls = perceptual_sensitivity(trained_ws, n=1000).falls
    for name, row in falls.items():
        assert {len(values) for values in row.values()} == {len(found.parameters["image_ids"][name.split(".")[0]])}
