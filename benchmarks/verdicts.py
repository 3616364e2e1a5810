"""Is anything still falsely sure? ``python -m benchmarks.verdicts [--networks …]``.

On the projects of ``benchmarks.real_photographs``: the level of every picture that the network calls cat or dog with
at least 90 %, by the paper's assessment alone and with the three gates, on the paper's spaces and on spatial ones;
attacks of several kinds and how many are stopped; and what an assessment costs. Features are kept beside the projects;
numbers go to ``build/results``.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from benchmarks.overconfidence import CERTAIN, pictures
from benchmarks.pages import render, write_json, write_page
from benchmarks.real_photographs import project_arguments, projects, say
from benchmarks.strangers import Picture, strangers
from data_store.records import ImageRecord
from sxai.assess.detection import PAPER_RULE, detected
from sxai.assess.verbs.assess import Assessor, assess_image
from sxai.assess.verbs.detection_rule import rule_values
from sxai.assess.verdict import TRUSTED, ImageAssessment
from sxai.attacks.attack import AttackSettings, attack, projected
from sxai.attacks.verbs.attack import seed_of
from sxai.images.verbs.stored import read_canvases
from sxai.networks.features import computing, extract
from sxai.networks.network import Network
from sxai.networks.verbs.networks import model_record, probabilities_of
from sxai.project.analyses import kept
from sxai.project.project import Project
from sxai.spaces.space import readings
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import newest_spaces, use_estimator
from sxai.stats import share_of

ESTIMATORS = ("s-xai", "spatial")
ATTACKED = 40
TIMED = 50
STRIDE_SHARE = 0.25
"""Step of the attacks made here, as a share of ε."""


@dataclass(frozen=True)
class Attack:
    """One kind of attack."""

    name: str
    epsilon: float
    make: Callable[[Network, torch.Tensor, list[int], list[int]], torch.Tensor]


def levels(project: Project, data: Path, estimators: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One row a group and estimator: how sure the paper's assessment is, and the verdict."""
    groups = {"clear frontal cats and dogs": pictures(data)["frontal"], **strangers(data)}
    names = {image.name.rsplit("/", 1)[-1]: image for image in project.catalogue.images(split="reference")}
    for estimator in estimators:
        assessor = _reading_by(project, estimator)
        for group, members in groups.items():
            if isinstance(members[0], Path):
                said = _of_project(assessor, [names[path.name] for path in members])
            else:
                said = _of_files(project, assessor, group, members)
            yield _row(estimator, group, said)


def _reading_by(project: Project, estimator: str) -> Assessor:
    """The assessor with every concept read by that estimator."""
    names = sorted({space.full_name for space in newest_spaces(project, model_record(project))})
    use_estimator(project, names, estimator)
    return Assessor.of(project, progress=say)


def _of_project(assessor: Assessor, images: Sequence[ImageRecord]) -> list[ImageAssessment]:
    features = assessor.reader.images(images, say)
    return assessor.assess_all([image.name for image in images], features, [image.id for image in images])


def _of_files(project: Project, assessor: Assessor, group: str, members: Sequence[Picture]) -> list[ImageAssessment]:
    parameters = {"group": group, "files": [picture.name for picture in members], **assessor.reader.identity}

    def make() -> tuple[dict[str, object], dict[str, np.ndarray]]:
        return {}, {"features": assessor.reader.pictures([picture.canvas() for picture in members], progress=say)}

    features = kept(project, assessor.record, "benchmark-features", parameters, make).arrays["features"]
    return assessor.assess_all([picture.name for picture in members], features)


def _row(estimator: str, group: str, said: Sequence[ImageAssessment]) -> dict[str, Any]:
    certain = [one for one in said if one.confidence >= CERTAIN] if "cats and dogs" not in group else list(said)
    paper, verdict = Counter(one.assessment for one in certain), Counter(one.level for one in certain)
    n = len(certain)

    def share(counts: Mapping[Any, int], *chosen: str) -> float:
        return sum(counts[level] for level in chosen) / n if n else float("nan")

    return {
        "spaces": estimator,
        "group": group,
        "pictures": len(said),
        "certain": n,
        "paper: sure": share(paper, "sure"),
        "paper: sure or probably": share(paper, *TRUSTED),
        "verdict: sure": share(verdict, "sure"),
        "verdict: sure or probably": share(verdict, *TRUSTED),
        "unfamiliar": share(verdict, "unfamiliar"),
        "tampered": share(verdict, "tampered"),
    }


def pooled(rows: Sequence[Mapping[str, Any]], estimator: str) -> dict[str, Any]:
    """All groups of strangers as one row."""
    mine = [row for row in rows if row["spaces"] == estimator and "cats and dogs" not in row["group"]]
    weights = [row["certain"] for row in mine]
    shares = {
        name: float(np.average([row[name] if row["certain"] else 0.0 for row in mine], weights=weights))
        for name in list(mine[0])[4:]
    }
    counts = {name: sum(row[name] for row in mine) for name in ("pictures", "certain")}
    return {"spaces": estimator, "group": "all strangers", **counts, **shares}


def library(method: str, epsilon: float) -> Attack:
    """An attack of the product, 40 steps."""
    settings = AttackSettings(method, epsilon, 40)  # type: ignore[arg-type]

    def make(network: Network, x: torch.Tensor, goals: list[int], seeds: list[int]) -> torch.Tensor:
        return attack(network, x, goals, True, settings, seeds, "cpu")

    return Attack(method, epsilon, make)


def stopping(epsilon: float) -> Attack:
    """PGD that leaves each picture as soon as the class flips."""

    def make(network: Network, x: torch.Tensor, goals: list[int], seeds: list[int]) -> torch.Tensor:
        return _descend(network, x, goals, epsilon, lambda logits, _, goal: functional.cross_entropy(logits, goal))

    return Attack("pgd, stops when the class flips", epsilon, make)


def knowing(epsilon: float, means: torch.Tensor, margin: float) -> Attack:
    """PGD that knows the detector: it wants no larger margin than clean pictures have, and features like the class."""

    def loss(logits: torch.Tensor, features: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
        won = logits[0, goal] - logits[0].masked_fill(functional.one_hot(goal, logits.shape[1]).bool()[0], -1e9).max()
        near = functional.cosine_similarity(features, means[goal])
        return functional.relu(margin - won).sum() - 10 * near.sum()

    def make(network: Network, x: torch.Tensor, goals: list[int], seeds: list[int]) -> torch.Tensor:
        return _descend(network, x, goals, epsilon, loss, stop=False)

    return Attack("pgd, knows the detector", epsilon, make)


def _descend(
    network: Network,
    x: torch.Tensor,
    goals: list[int],
    epsilon: float,
    loss: Callable[..., torch.Tensor],
    stop: bool = True,
) -> torch.Tensor:
    """Signed steps of a quarter of ε towards lower loss, each picture by itself."""
    found = []
    with computing(network, "cpu"):
        for picture, goal in zip(x, goals, strict=True):
            clean, target = picture[None], torch.tensor([goal])
            moved = clean.clone()
            for _ in range(40):
                moved = moved.detach().requires_grad_()
                features = network.features(moved)
                logits = network.logits(features)
                if stop and int(logits.argmax()) == goal:
                    break
                [gradient] = torch.autograd.grad(loss(logits, features, target), moved)
                moved = projected(moved.detach() - STRIDE_SHARE * epsilon * gradient.sign(), clean, epsilon)
            found.append(moved.detach())
    return torch.cat(found)


def attacks(project: Project, assessor: Assessor) -> list[dict[str, Any]]:
    """One row an attack: how many classes change, and how many of these each rule and gate stops."""
    network, classes = assessor.network, assessor.record.classes
    images = sorted(project.catalogue.images(split="val"), key=lambda image: image.sha256)[:ATTACKED]
    x = network.prepare(list(read_canvases(project, images)))
    clean = assessor.reader.prepared(x)
    before = probabilities_of(network, clean).argmax(axis=1)
    goals = [int(1 - at) for at in before]
    seeds = [seed_of(project, image.sha256) for image in images]
    train = project.catalogue.images(split="train")
    table = assessor.reader.images(train)[:, : network.channels]
    owners = np.array([classes.index(image.class_name or "") for image in train])
    means = torch.from_numpy(np.stack([table[owners == at].mean(axis=0) for at in range(len(classes))]))
    middle = (
        float(assessor.tests.tampering.scales["margin"].middle) if assessor.tests and assessor.tests.tampering else 10.0
    )
    chosen = [library("pgd", e) for e in (0.05, 0.01, 0.005)] + [library("fgsm", 0.01), library("l2-pgd", 0.01)]
    chosen += [stopping(0.01), knowing(0.01, means, middle)]
    rows = [_stopped("clean photographs", 0.0, assessor, clean, np.ones(len(clean), dtype=bool))]
    for one in chosen:
        parameters = {"attack": one.name, "epsilon": one.epsilon, "images": [image.sha256 for image in images]}

        def make(one: Attack = one) -> tuple[dict[str, object], dict[str, np.ndarray]]:
            groups = [
                one.make(network, x[at : at + 8], goals[at : at + 8], seeds[at : at + 8]) for at in range(0, len(x), 8)
            ]
            return {}, {"features": assessor.reader.prepared(torch.cat(groups))}

        full = {**parameters, "head": assessor.record.artefact, **assessor.reader.identity}
        features = kept(project, assessor.record, "benchmark-attacks", full, make).arrays["features"]
        flipped = probabilities_of(network, features).argmax(axis=1) != before
        rows.append(_stopped(one.name, one.epsilon, assessor, features, flipped))
        print(rows[-1], flush=True)
    return rows


def _stopped(name: str, epsilon: float, assessor: Assessor, features: np.ndarray, chosen: np.ndarray) -> dict[str, Any]:
    rows = features[chosen]
    said = assessor.assess_all([name] * len(rows), rows)
    predicted = [one.predicted for one in said]
    values = rule_values(PAPER_RULE, assessor.spaces, assessor.owners, predicted, readings(assessor.spaces, rows))
    tampered = [one.tampering is not None and one.tampering.passed is False for one in said]
    strange = [one.familiarity is not None and not one.familiarity.familiar for one in said]

    def told(hits: Any) -> str:
        found = share_of(int(np.sum(hits)), len(rows))
        return f"{found.share:.0%} ({found.low:.0%}–{found.high:.0%})" if found.of else "–"

    return {
        "attack": name,
        "ε": epsilon,
        "class changed": f"{int(chosen.sum())} of {len(chosen)}",
        "the paper's rule": told(detected(PAPER_RULE, values) if len(rows) else []),
        "intact gate": told(tampered),
        "familiar gate": told(strange),
        "either gate": told(np.logical_or(tampered, strange)),
        "sure": told([one.level == "sure" for one in said]),
    }


def cost(project: Project, assessor: Assessor) -> dict[str, float]:
    """Median time of one assessment of a stored picture, as a multiple of a forward pass, both on one thread."""
    images = project.catalogue.images(split="val")[:TIMED]
    canvases = list(read_canvases(project, images))
    network, forward, whole = assessor.network, [], []
    assess_image(project, images[0].id, keep=False)
    for image, pixels in zip(images, canvases, strict=True):
        began = time.perf_counter()
        extract(network, [pixels], device="cpu")
        middle = time.perf_counter()
        assessor.assess(image.name, assessor.reader.pictures([pixels]), image.id)
        forward.append(middle - began)
        whole.append(time.perf_counter() - middle)
    ratio = np.array(whole) / np.array(forward)
    return {"forward, ms": 1000 * float(np.median(forward)), "assessment / forward": float(np.median(ratio))}


def run(home: Path, data: Path, estimators: Sequence[str]) -> dict[str, Any]:
    """All of one network."""
    with Project.open(home) as project:
        known = {space.estimator for space in newest_spaces(project, model_record(project))}
        for estimator in sorted({*estimators} - known):
            extract_spaces(project, estimator=estimator, reference="pets", progress=say)
        rows = list(levels(project, data, estimators))
        rows += [pooled(rows, estimator) for estimator in estimators]
        assessor = _reading_by(project, "s-xai")
        return {"levels": rows, "attacks": attacks(project, assessor), "cost": cost(project, assessor)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute, print and write."""
    parser = project_arguments(__doc__, "googlenet_bvlc,squeezenet1_1")
    parser.add_argument("--estimators", default=",".join(ESTIMATORS), help="of the spaces that assessments read")
    chosen = parser.parse_args(arguments)
    results = {}
    for network, home in projects(parser, chosen):
        results[network] = run(home, chosen.data, chosen.estimators.split(","))
    write_json(chosen.out / "verdicts.json", results)
    write_page(chosen.out / "verdicts.md", render("verdicts", results=results))


if __name__ == "__main__":
    main()
