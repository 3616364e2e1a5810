"""Does a semantic probability predict a part? Measured on drawn pets, whose parts are known.

``python -m benchmarks.demo_truth [--out FILE.json]`` extracts the eight spaces as the demo project does (100 masked
pictures each, reference on the other pictures of the class), then draws fresh pictures with other seeds and prints,
for each concept:

* auc: area under ROC of P_s against whether the part shows, over fresh pictures of the class;
* r2: q-q R² of the reference distribution;
* lowered: share of the fresh pictures that show the part whose P_s falls when it is masked;
* cross-talk: mean change of every space's P_s when the concept is masked, and whether the own one falls furthest.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.pages import render, write_json, write_page
from sxai.demo.canvas import PARTS
from sxai.demo.network import load_demo_network
from sxai.demo.parts import part_mask
from sxai.demo.pets import Pet, demo_pets
from sxai.demo.species import PETS
from sxai.masks.mask import ConceptMask, apply_mask, mask_from_labels
from sxai.masks.superpixels import SlicParameters, overlapping, superpixels
from sxai.networks.features import extract
from sxai.networks.network import Network
from sxai.networks.weights import load_checkpoint
from sxai.spaces.overlap import crosstalk, dominant_rows
from sxai.spaces.space import Extraction, SemanticSpace, extract_space

CONCEPTS = tuple(f"{species}.{part}" for species in PETS for part in PARTS)
NEEDED = {"eyes": 0.95, "legs": 0.95, "nose": 0.90, "ears": 0.80}
NEEDED_R2, NEEDED_LOWERED, NEEDED_ROWS = 0.93, 0.98, 6
DEMO_SEED, FRESH_SEED = 0, 90_001


@dataclass(frozen=True)
class Settings:
    """How many pictures, masks and sensitive neurons; ``masks`` "parts" or "superpixels"; ``weights`` a checkpoint
    other than the shipped one."""

    demo: int = 1000
    fresh: int = 1500
    n_masks: int = 100
    n_ssn: int = 5
    masks: str = "parts"
    seed: int = FRESH_SEED
    weights: str | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Features of ``n`` pictures and of their masked versions: ``masked[part]`` (n, C), NaN where it does not show."""

    species: np.ndarray
    shows: dict[str, np.ndarray]
    views: np.ndarray
    features: np.ndarray
    predicted: np.ndarray
    masked: dict[str, np.ndarray]

    def rows(self, concept: str) -> np.ndarray:
        """Numbers of the pictures of the concept's class that show its part."""
        species, part = concept.split(".")
        return np.flatnonzero((self.species == species) & self.shows[part])


@dataclass(frozen=True)
class Finding:
    """What was measured for one concept."""

    concept: str
    auc: float
    r2: float
    lowered: float
    present: float
    ratio_unmasked: float
    ratio_masked: float
    channels: tuple[int, ...]
    dominant: bool

    @property
    def good(self) -> bool:
        """Whether every criterion holds."""
        part = self.concept.split(".")[1]
        return self.auc >= NEEDED[part] and self.r2 >= NEEDED_R2 and self.lowered >= NEEDED_LOWERED


def _mask(pet: Pet, part: str, kind: str) -> ConceptMask:
    if kind == "parts":
        return part_mask(pet.pixels, pet.parts[part])
    slic = SlicParameters(count=40)
    labels = superpixels(pet.pixels, slic)
    shown = pet.parts[part]
    chosen = overlapping(labels, shown, share=0.15) or [int(np.bincount(labels[shown]).argmax())]
    return mask_from_labels(pet.pixels, labels, chosen, slic)


def _measure(network: Network, pets: Sequence[Pet], kind: str) -> Table:
    plain = extract(network, [pet.pixels for pet in pets])
    masked = {part: np.full(plain.features.shape, np.nan) for part in PARTS}
    for part in PARTS:
        shown = [row for row, pet in enumerate(pets) if pet.visible[part]]
        hidden = (apply_mask(pets[row].pixels, _mask(pets[row], part, kind)) for row in shown)
        masked[part][shown] = extract(network, hidden).features
    if plain.logits is None:
        raise ValueError("the demo network has no head")
    return Table(
        species=np.array([pet.species for pet in pets]),
        shows={part: np.array([pet.visible[part] for pet in pets]) for part in PARTS},
        views=np.array([pet.view for pet in pets]),
        features=plain.features,
        predicted=np.array(network.classes)[plain.logits.argmax(axis=1)],
        masked=masked,
    )


def _space(concept: str, demo: Table, settings: Settings) -> tuple[Extraction, SemanticSpace]:
    species, part = concept.split(".")
    used = demo.rows(concept)[: settings.n_masks]
    found = extract_space(concept, demo.features[used], demo.masked[part][used], settings.n_ssn)
    others = np.setdiff1d(np.flatnonzero(demo.species == species), used)
    return found, found.space.with_reference(demo.features[others])


def _finding(concept: str, found: Extraction, space: SemanticSpace, fresh: Table, dominant: bool) -> Finding:
    species, part = concept.split(".")
    own = fresh.species == species
    rows = fresh.rows(concept)
    before, after = space.probability(fresh.features[rows]), space.probability(fresh.masked[part][rows])
    return Finding(
        concept=concept,
        auc=float(roc_auc_score(fresh.shows[part][own], space.probability(fresh.features[own]))),
        r2=space.reference.r2 if space.reference else float("nan"),
        lowered=float((after < before).mean()),
        present=float(fresh.shows[part][own].mean()),
        ratio_unmasked=found.ratio_unmasked,
        ratio_masked=found.ratio_masked,
        channels=space.channels,
        dominant=dominant,
    )


def run(settings: Settings) -> dict[str, object]:
    """Measure everything; the result is plain JSON values."""
    began = time.monotonic()
    network = load_checkpoint(Path(settings.weights)) if settings.weights else load_demo_network()
    demo = _measure(network, list(demo_pets(settings.demo, DEMO_SEED)), settings.masks)
    fresh = _measure(network, list(demo_pets(settings.fresh, settings.seed)), settings.masks)
    made = {concept: _space(concept, demo, settings) for concept in CONCEPTS}
    rows = {concept: fresh.rows(concept) for concept in CONCEPTS}
    falls = crosstalk(
        [space for _, space in made.values()],
        {concept: fresh.features[rows[concept]] for concept in CONCEPTS},
        {concept: fresh.masked[concept.split(".")[1]][rows[concept]] for concept in CONCEPTS},
    )
    dominant = dominant_rows(np.abs(falls))
    findings = [
        _finding(concept, *made[concept], fresh, bool(own)) for concept, own in zip(CONCEPTS, dominant, strict=True)
    ]
    right = fresh.predicted == fresh.species
    return {
        "settings": asdict(settings),
        "findings": [asdict(finding) for finding in findings],
        "crosstalk": (-falls).tolist(),
        "dominant_rows": int(dominant.sum()),
        "accuracy": float(right.mean()),
        "accuracy_by_view": {
            view: float(right[fresh.views == view].mean()) for view in np.unique(fresh.views).tolist()
        },
        "holds": bool(all(finding.good for finding in findings) and dominant.sum() >= NEEDED_ROWS),
        "seconds": round(time.monotonic() - began, 1),
    }


def lines(result: dict[str, object]) -> Iterator[str]:
    """The table, line by line."""
    findings = [Finding(**values) for values in result["findings"]]  # type: ignore[attr-defined]
    yield f"{'concept':10} {'present':>7} {'auc':>6} {'r2':>6} {'lowered':>7} {'ratios':>11}  channels"
    for f in findings:
        ratios = f"{f.ratio_unmasked:.2f}/{f.ratio_masked:.2f}"
        channels = " ".join(map(str, f.channels)) + ("" if f.good else "  << short")
        yield f"{f.concept:10} {f.present:7.2f} {f.auc:6.3f} {f.r2:6.3f} {f.lowered:7.3f} {ratios:>11}  {channels}"
    yield ""
    yield f"{'masked':10} " + " ".join(f"{name:>8}" for name in CONCEPTS)
    for f, row in zip(findings, result["crosstalk"], strict=True):  # type: ignore[call-overload]
        yield f"{f.concept:10} " + " ".join(f"{value:+8.3f}" for value in row) + ("" if f.dominant else "  << not own")
    yield ""
    yield f"dominant rows {result['dominant_rows']} of {len(CONCEPTS)}; accuracy {result['accuracy']:.4f}, by view:"
    yield "  ".join(f"{view} {share:.3f}" for view, share in result["accuracy_by_view"].items())  # type: ignore[attr-defined]
    yield f"all criteria hold: {'yes' if result['holds'] else 'no'}   ({result['seconds']} s)"


def page(result: dict[str, object]) -> str:
    """The results as a page of the documentation."""
    return render("demo", lines=lines(result))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 0 when every criterion holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="also write the numbers as JSON")
    parser.add_argument("--page", type=Path, help="also write a page of the documentation")
    parser.add_argument("--fresh", type=int, default=Settings.fresh, help="number of fresh pictures")
    parser.add_argument("--demo", type=int, default=Settings.demo, help="number of the demo project's pictures")
    parser.add_argument("--seed", type=int, default=Settings.seed, help="seed of the fresh pictures")
    parser.add_argument("--masks", choices=("parts", "superpixels"), default=Settings.masks)
    parser.add_argument("--weights", help="a checkpoint other than the shipped one")
    given = parser.parse_args(arguments)
    settings = Settings(demo=given.demo, fresh=given.fresh, seed=given.seed, masks=given.masks, weights=given.weights)
    result = run(settings)
    sys.stdout.write("\n".join(lines(result)) + "\n")
    if given.out:
        write_json(given.out, result)
    if given.page:
        write_page(given.page, page(result))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
