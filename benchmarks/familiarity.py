"""How well are unfamiliar pictures told from familiar ones? ``python -m benchmarks.familiarity [--networks …]``.

Every detector, and those of pytorch-ood as peers, on the same features: fitted to the training photographs of
``benchmarks.real_photographs``, held against photographs kept aside. Then the detector in use with all that it knows,
its false alarms on photographs of another collection, and its promises over resamplings and mixed folders. The demo's
network meets real photographs. Features of strangers are kept beside the projects; numbers go to ``build/results``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_curve

from benchmarks.pages import render, write_json, write_page
from benchmarks.real_photographs import CLASSES, project_arguments, projects, say
from benchmarks.strangers import Picture, features, own_kind, strangers
from sxai.assess.conformal import discoveries, error_rate, p_values
from sxai.assess.detection import roc
from sxai.assess.novelty import METHODS, Known, Neighbours, fit
from sxai.demo.verbs.fill import fill_demo
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import load_network, model_record
from sxai.project.project import Project
from sxai.stats import share_of
from sxai.torchvision_ import models as _models  # noqa: F401  pytorch-ood imports torchvision, which loads through it

RATE = 0.05
DRAWS = 1000
RESAMPLINGS = 20
Score = Callable[[np.ndarray], np.ndarray]


def splits(project: Project, network: Network) -> tuple[Known, np.ndarray, np.ndarray]:
    """Training photographs, features of those kept aside, and of the reference collection."""
    record = model_record(project)
    tables = {
        split: features_of(project, record, network, project.catalogue.images(split=split), say)
        for split in ("train", "val", "reference")
    }
    train = tables["train"]
    labels = np.array([record.classes.index(image.class_name or "") for image in train.images])
    head = network.head
    assert isinstance(head, torch.nn.Linear)
    weights, bias = (tensor.detach().cpu().double().numpy() for tensor in (head.weight, head.bias))
    known = Known(train.features.astype(np.float64), labels, weights, bias)
    return known, tables["val"].features, tables["reference"].features


def peers(known: Known) -> Iterator[tuple[str, Score]]:
    """The detectors of pytorch-ood that read features or class scores, fitted to the same."""
    from pytorch_ood.detector import KNN, NCI, RMD, SHE, EnergyBased, Mahalanobis, MaxSoftmax, NNGuide, ViM, fDBD

    weights, bias = (torch.from_numpy(array).float() for array in known.head())
    head = torch.nn.Linear(weights.shape[1], weights.shape[0])
    head.weight.data, head.bias.data = weights, bias
    x, y = torch.from_numpy(known.features).float(), torch.from_numpy(known.labels)
    fitted = {
        "KNN": KNN(None),
        "Mahalanobis": Mahalanobis(None),
        "RMD": RMD(None),
        "ViM": ViM(None, d=known.features.shape[1] // 2, w=weights, b=bias),
        "fDBD": fDBD(None, head),
        "NCI": NCI(None, head),
        "SHE": SHE(None, head),
        "NNGuide": NNGuide(None, head),
    }
    for name, detector in fitted.items():
        with torch.inference_mode(False):
            detector.fit_features(x, y)
        yield name, lambda rows, d=detector: _numbers(d.predict_features(torch.from_numpy(rows).float()))  # type: ignore[misc]
    for name, logits in {"EnergyBased": EnergyBased, "MaxSoftmax": MaxSoftmax}.items():
        yield (
            name,
            lambda rows, d=logits: _numbers(d.score(head(torch.from_numpy(rows).float()))),  # type: ignore[misc]
        )


def _numbers(values: torch.Tensor) -> np.ndarray:
    return values.detach().cpu().double().numpy()


def row(name: str, score: Score, aside: np.ndarray, sets: Mapping[str, np.ndarray], limit: float | None = None) -> dict:
    """One row a detector: for each set AUROC with its interval, FPR at 95 %, and share caught at 5 % false alarms."""
    familiar = score(aside)
    edge = float(np.quantile(familiar, 1 - RATE, method="higher")) if limit is None else limit
    found: dict[str, Any] = {"detector": name}
    for set_name, rows in sets.items():
        strange = score(rows)
        curve = roc(familiar, strange, DRAWS)
        caught = share_of(int((strange > edge).sum()), len(strange))
        found[set_name] = {
            "AUROC": curve.auc,
            "low": curve.low,
            "high": curve.high,
            "FPR at 95 %": _fpr(familiar, strange),
            "caught": caught.share,
            "caught, low": caught.low,
            "caught, high": caught.high,
        }
    return found


def _fpr(familiar: np.ndarray, strange: np.ndarray) -> float:
    truth = np.repeat([0, 1], [len(familiar), len(strange)])
    alarms, caught, _ = roc_curve(truth, np.concatenate([familiar, strange]))
    return float(alarms[np.searchsorted(caught, 0.95)])


def guarantee(rows: np.ndarray, strange: np.ndarray) -> dict[str, Any]:
    """False alarms and wrong alarms in mixed folders when what is kept aside is drawn anew.

    Of the photographs ``rows`` three fifths are known, one fifth is kept aside, one fifth is new.
    """
    alarms, wrong = [], {"90 : 10": [], "50 : 50": []}
    for seed in range(RESAMPLINGS):
        known, aside, new = np.split(
            np.random.default_rng(seed).permutation(len(rows)), [len(rows) * 3 // 5, len(rows) * 4 // 5]
        )
        bank = Neighbours.of(rows[known])
        kept, values = bank.score(rows[aside]), bank.score(rows[new])
        alarms.append(float((p_values(kept, values) <= RATE).mean()))
        odd = bank.score(strange)
        for mix, share in {"90 : 10": 1 / 9, "50 : 50": 1.0}.items():
            chosen = odd[np.random.default_rng(seed).permutation(len(odd))[: round(len(values) * share)]]
            found = discoveries(p_values(kept, np.concatenate([values, chosen])), RATE)
            wrong[mix].append(found[: len(values)].sum() / max(found.sum(), 1))
    n = len(rows) // 5
    expected = error_rate(n, RATE)
    spread = 1.96 * np.sqrt(RATE * (1 - RATE) / n)
    return {
        "kept aside": n,
        "new": n,
        "false alarms": alarms,
        "mean": float(np.mean(alarms)),
        "inside": int(sum(expected.low - spread <= one <= expected.high + spread for one in alarms)),
        "of": RESAMPLINGS,
        "interval": (max(expected.low - spread, 0.0), expected.high + spread),
        "wrong alarms": {mix: float(np.mean(shares)) for mix, shares in wrong.items()},
    }


def run(home: Path, data: Path) -> dict[str, Any]:
    """All of one network."""
    with Project.open(home) as project:
        network = load_network(project, model_record(project))
        known, aside, reference = splits(project, network)
        sets = {
            name: features(network, pictures, home / "cache" / f"strangers-{name.replace(' ', '-')}.npy")
            for name, pictures in strangers(data).items()
        }
        detectors = [row(method, fit(method, known).score, aside, sets) for method in METHODS]
        others = [row(f"pytorch-ood {name}", score, aside, sets) for name, score in peers(known)]
        bank = Neighbours.of(np.concatenate([known.features, reference]))
        in_use = row("in use", bank.score, aside, sets)
        edge = float(np.quantile(bank.score(aside), 1 - RATE, method="higher"))
        beyond = bank.among_others(np.arange(len(known.features), len(bank.bank))) > edge
        labels = [image.class_name for image in project.catalogue.images(split="reference")]
        collection = {
            name: share_of(int(beyond[[one == name for one in labels]].sum()), labels.count(name)).share
            for name in CLASSES
        }
        pool = np.concatenate([known.features, aside])
        return {
            "pictures": {name: len(rows) for name, rows in sets.items()},
            "known": len(known.features),
            "aside": len(aside),
            "detectors": [in_use, *detectors, *others],
            "another collection": collection,
            "guarantee": guarantee(pool, np.concatenate([sets["other animals"], sets["textures"]])),
        }


def demo(home: Path, data: Path) -> dict[str, Any]:
    """The demo's network against real photographs of pets, other animals and textures."""
    with Project.open(home) as project:
        fill_demo(project, progress=say)
        network = load_network(project, model_record(project))
        known, aside, _ = splits(project, network)
        pets = [Picture(path.name, path) for files in own_kind(data).values() for path in files[:60]]
        sets = {
            name: features(network, pictures, home / "cache" / f"strangers-{name.replace(' ', '-')}.npy")
            for name, pictures in {"photographs of pets": pets, **strangers(data)}.items()
        }
        return {
            "pictures": {name: len(rows) for name, rows in sets.items()},
            "detectors": [row("in use", Neighbours.of(known.features).score, aside, sets)],
        }


def short(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows of a page: AUROC (interval) / caught."""
    return [
        {
            "detector": one["detector"],
            **{
                name: f"{cell['AUROC']:.3f} ({cell['low']:.3f}–{cell['high']:.3f}) / {cell['FPR at 95 %']:.2f} / "
                f"{cell['caught']:.3f}"
                for name, cell in one.items()
                if name != "detector"
            },
        }
        for one in rows
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute, print and write."""
    parser = project_arguments(__doc__, "googlenet_bvlc,squeezenet1_1,mobilenet_v2_tf")
    chosen = parser.parse_args(arguments)
    results = {}
    for network, home in projects(parser, chosen):
        results[network] = run(home, chosen.data)
        print(network, results[network]["guarantee"], flush=True)
    results["demo"] = demo(chosen.homes / "demo", chosen.data)
    write_json(chosen.out / "familiarity.json", results)
    tables = {name: short(result["detectors"]) for name, result in results.items()}
    write_page(chosen.out / "familiarity.md", render("familiarity", results=results, tables=tables))


if __name__ == "__main__":
    main()
