"""What a job can run."""

import pytest

from sxai.demo.verbs.fill import CLASSES
from sxai.errors import UnknownName
from sxai.images.decode import encode
from sxai.jobs.verbs import VERBS, verb_named
from sxai.jobs.worker import plain
from sxai.networks.verbs.networks import add_model


def silent(*_, **__):
    pass


def test_an_unknown_verb_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match=r"'dance'.*assess.*train"):
        verb_named("dance")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_takes_plain_arguments_and_progress(empty_project, monkeypatch, verb):
    def work(project, *, progress, **arguments):
        progress(verb, 1, 1)
        return arguments["n"] + 1

    told = []
    monkeypatch.setattr("sxai.jobs.verbs.resolve_name", {VERBS[verb]: work}.__getitem__)
    result = verb_named(verb)(empty_project, {"n": 1}, lambda *given, **_: told.append(given))
    assert (result, told) == ({"result": 2}, [(verb, 1, 1)])


def test_the_result_of_every_verb_is_plain(demo_project, tmp_path, rng):
    picture = tmp_path / "cat.png"
    picture.write_bytes(encode(rng.integers(0, 256, (30, 30, 3)).astype("uint8"), "png"))
    arguments = {
        "assess": {"paths": [str(picture)]},
        "calibrate": {"names": ["cat.eyes"]},
        "demo": {"images": 160, "masks": 24},
        "extract": {"names": ["cat.eyes"]},
        "features": {},
        "import": {"path": str(picture), "class_name": "cat"},
        "report": {"paths": [str(picture)]},
        "score": {"names": ["cat.eyes"], "draws": 20},
        "train": {"name": "pets", "epochs": 1, "learning_rate": 0.2, "classes": list(CLASSES)},
    }
    for verb, given in arguments.items():
        result = verb_named(verb)(demo_project, given, silent)
        assert plain(result)
        assert plain(plain(result)) == plain(result)


def test_results_become_json_without_loss_of_what_matters(empty_project):
    add_model(empty_project, "raw", "small", weights="random")
    assert plain({"path": empty_project.home, "pair": (1, 2)}) == {"path": str(empty_project.home), "pair": [1, 2]}
