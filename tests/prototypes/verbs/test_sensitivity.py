"""How far automatic concepts depend on hue, shape and texture."""

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
