"""A project that an earlier version filled opens, and answers as it did then, to the last digit.

``earlier/0.1.0.zip`` is the catalogue of a demo of 32 pictures with its spaces, features and analyses, and
``earlier/0.1.0.json`` what that version answered. The drawn pictures and the network, which ships with the package, are
made again by the demo: pictures are named by their content, so the catalogue finds them only if they are the same.
"""

import json
import shutil
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from sxai.annotation.verbs.quality import mask_effects
from sxai.assess.verbs.assess import assess_image
from sxai.assess.verbs.gates import set_gates
from sxai.assess.verbs.history import past_assessments
from sxai.attacks.verbs.table import known_attack_table
from sxai.demo.verbs.fill import fill_demo
from sxai.masks.verbs.history import mask_conflicts, mask_history
from sxai.project.project import Project
from sxai.search.verbs.search import marks, saved_searches, search
from sxai.spaces.verbs.stored import list_spaces, stored_estimators
from sxai.spaces.verbs.verdicts import verdicts
from sxai.traits.verbs.layers import layer_ratios
from sxai.traits.verbs.spread import trait_spread
from sxai.traits.verbs.traits import common_traits
from sxai.vectors.verbs.vectors import stored_vectors

EARLIER = Path(__file__).parent / "earlier"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The project of the earlier version, opened."""
    home, again = tmp_path_factory.mktemp("earlier"), tmp_path_factory.mktemp("again") / "home"
    with zipfile.ZipFile(EARLIER / "0.1.0.zip") as archive:
        archive.extractall(home)
    with Project.open(again, device="cpu") as demo:
        fill_demo(demo, images=32, masks=5)
        network = demo.catalogue.model("pets")
    shutil.copytree(again / "artefacts" / "images", home / "artefacts" / "images")
    with Project.open(home, device="cpu") as opened:
        stored = opened.catalogue.model("pets")
        assert stored.sha256 == network.sha256, "the same weights"
        checkpoint = home / "artefacts" / stored.artefact
        checkpoint.parent.mkdir(parents=True)
        shutil.copy(again / "artefacts" / network.artefact, checkpoint)
        opened.artefacts.intact = lambda relative: True  # the file is of today's format, under the earlier one's name
        set_gates(opened, paper=True)  # the earlier version assessed by the concepts alone
        yield opened


def assessments(project, ids):
    """What is said of the images, as the earlier version said it; what is new repeats that and adds nothing."""
    answers = []
    for image in ids:
        answer = asdict(assess_image(project, image, keep=False))
        assert (answer.pop("level"), answer.pop("verdict")) == (answer["assessment"], answer["sentence"])
        assert [answer.pop(new) for new in ("gates", "advice", "familiarity", "tampering")] == [(), (), None, None]
        answers.append(answer)
    return answers


ANSWERS = {
    "spaces": lambda project, ids: [asdict(space) for space in list_spaces(project)],
    "assessments": assessments,
    "traits": lambda project, ids: common_traits.known(project, "cat", 12, None).summary(),
    "spread": lambda project, ids: trait_spread.known(project, "cat", (3, 6), 2).summary(),
    "layers": lambda project, ids: layer_ratios.known(project, "cat", 6).summary(),
    "effects": lambda project, ids: asdict(mask_effects.known(project, "cat.nose")),
    "attack": lambda project, ids: known_attack_table(project, (0.05,), images=3, steps=3).summary(),
    "vectors": lambda project, ids: [vectors.summary() for vectors in stored_vectors(project)],
    "verdicts": lambda project, ids: {name: asdict(verdict) for name, verdict in verdicts(project).items()},
    "estimators": lambda project, ids: stored_estimators(project),
    "masks": lambda project, ids: [
        [mask.id, mask.version, mask.full_name, mask.labels, mask.fill, mask.author, mask.rle]
        for mask in project.catalogue.masks()
    ],
    "history": lambda project, ids: [asdict(change) for change in mask_history(project, ids[0], "cat.eyes")],
    "conflicts": lambda project, ids: [asdict(met) for met in mask_conflicts(project)],
    "search": lambda project, ids: asdict(search(project, "cat.eyes > 0.5 and not dog.nose > 0.9")),
    "saved": lambda project, ids: [saved.query for saved in saved_searches(project)],
    "marks": lambda project, ids: [marks(project, image) for image in ids[:4]],
}


@pytest.mark.parametrize("question", ANSWERS)
def test_the_answer_is_the_one_that_the_earlier_version_gave(project, question):
    ids = [image.id for image in project.catalogue.images()]
    answer = json.loads(json.dumps(ANSWERS[question](project, ids), default=str))
    earlier = json.loads((EARLIER / "0.1.0.json").read_text(encoding="utf-8"))[question]
    for rate, then in zip(answer["rates"], earlier["rates"], strict=True) if question == "attack" else ():
        # Wilson's interval takes the normal quantile to all digits now, then to six.
        assert (rate.pop("low"), rate.pop("high")) == pytest.approx((then.pop("low"), then.pop("high")), rel=1e-6)
    assert answer == earlier


def test_what_was_assessed_then_is_in_the_history(project):
    files = [image.name for image in project.catalogue.images(limit=4)]
    assert [entry.file for entry in past_assessments(project)] == files[::-1]
