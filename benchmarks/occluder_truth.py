"""Does an occluder show which parts a network needs? ``python -m benchmarks.occluder_truth [--groups N]``.

The demo's twenty species share five styles of each part, so for any group of species it is known by construction which
parts separate a species from the others of the group. For many groups a head is trained on the shipped network, an
occluder is learned for every species, and its four parts are ranked by their share of what the occluder takes away.
Two truths: *separates*, the share of the group's other species whose style of the part differs; and *needed*, what the
species' score loses when the same fresh picture is drawn without the part. Beside it: saliency in the part, averaged
over the same images, as its share of all saliency (mass) and against the picture's mean (density). Spearman's
correlation over all parts of all species, and 95 % intervals by drawing groups with replacement.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr

from benchmarks.pages import RESULTS, render, write_json, write_page
from sxai.assess.guided_backprop import METHODS, saliency
from sxai.demo.canvas import PARTS
from sxai.demo.network import load_demo_network
from sxai.demo.parts import part_mask
from sxai.demo.pets import Pet, draw_pet, seed_of
from sxai.demo.species import ANATOMY, SPECIES
from sxai.masks.mask import apply_mask
from sxai.networks.features import extract
from sxai.networks.fitting import HeadTask, fit_head
from sxai.networks.network import Network
from sxai.occluders.attribution import Loss, attribute, score_loss
from sxai.occluders.learn import Lot, OccluderSettings, learn_occluder, occluded_outputs, packed
from sxai.progress import silent
from sxai.spaces.space import extract_space

SEED = 7
PICTURES, LEARNED, MASKS = 100, 75, 40
"""Pictures of a species, how many of them are learned from, and masks a part; the others are for measuring."""

RANDOM_GROUPS, GROUP_SIZE = 20, 5
CHOSEN_ON = (0, 6, 10, 12, 18, 20, 24, 30, 36)
"""Groups on which the loss and the measure were chosen; they are left out."""

SETTINGS = OccluderSettings(steps=75, keep=1.0, shift=0.07)
"""λ and shift as when the measure was chosen, before real photographs asked for other defaults."""

RESAMPLES = 2000
OURS, HEAD = "occluder, share of what is taken away", "class weights along the semantic space, no occluder"


@dataclass(frozen=True, eq=False)
class Material:
    """One species: features (n, C) and packed pictures (n, 3, S, S).

    Of each part the direction (C,) of its semantic space, its pixels in every picture, and features of the measured
    pictures drawn without it, with their rows.
    """

    features: np.ndarray
    pictures: torch.Tensor
    directions: Mapping[str, np.ndarray]
    parts: Sequence[Mapping[str, np.ndarray]]
    without: Mapping[str, tuple[list[int], np.ndarray]]


def material(network: Network, species: str) -> Material:
    """Draw a species and read it."""
    seeds = [seed_of(SEED, at) for at in range(PICTURES)]
    pets = [draw_pet(species, seed) for seed in seeds]
    features = _read(network, [pet.pixels for pet in pets])
    directions, without = {}, {}
    for part in PARTS:
        shown = [at for at, pet in enumerate(pets) if pet.visible[part]]
        masked = [_masked(pets[at], part) for at in shown[:MASKS]]
        space = extract_space(f"{species}.{part}", features[shown[:MASKS]], _read(network, masked)).space
        directions[part] = np.zeros(network.channels)
        directions[part][list(space.channels)] = space.delta
        rows = [at for at in shown if at >= LEARNED]
        bare = [draw_pet(species, seeds[at], leave_out=(part,)).pixels for at in rows]
        without[part] = (rows, _read(network, bare))
    return Material(
        features, packed(network, [pet.pixels for pet in pets]), directions, [pet.parts for pet in pets], without
    )


def _masked(pet: Pet, part: str) -> np.ndarray:
    return apply_mask(pet.pixels, part_mask(pet.pixels, pet.parts[part]))


def _read(network: Network, pictures: Sequence[np.ndarray]) -> np.ndarray:
    return extract(network, pictures, device="cpu").features


def groups() -> list[tuple[str, ...]]:
    """Species that share one style of one part, for every style; and species drawn by lot."""
    alike = [
        tuple(name for name in SPECIES if getattr(ANATOMY[name], part) == style)
        for part in PARTS
        for style in sorted({getattr(ANATOMY[name], part) for name in SPECIES})
    ]
    rng = np.random.default_rng(0)
    drawn = [tuple(rng.choice(SPECIES, GROUP_SIZE, replace=False).tolist()) for _ in range(RANDOM_GROUPS)]
    return [group for at, group in enumerate([*alike, *drawn]) if at not in CHOSEN_ON]


def taught(network: Network, group: Sequence[str], known: Mapping[str, Material]) -> float:
    """Fit a head that tells the group on the network; its accuracy on pictures it was not fitted to."""
    tables = {
        part: np.concatenate([known[name].features[rows] for name in group])
        for part, rows in (("train", slice(LEARNED)), ("val", slice(LEARNED, None)))
    }
    labels = {part: np.repeat(np.arange(len(group)), len(one) // len(group)) for part, one in tables.items()}
    task = HeadTask(tables["train"], labels["train"], tables["val"], labels["val"], len(group), seed=0)
    network.head, network.classes = fit_head(task, torch.device("cpu"), silent).head.requires_grad_(False), tuple(group)
    return float((_said(network, tables["val"]) == labels["val"]).mean())


def _said(network: Network, features: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return network.logits(torch.from_numpy(features)).argmax(dim=1).numpy()


def measured(network: Network, species: str, known: Mapping[str, Material]) -> dict[str, Any]:
    """Both truths and every measure of one species' parts, in the order of PARTS."""
    group, own = network.classes, known[species]
    target = group.index(species)
    others = [name for name in group if name != species]
    lot = Lot(
        own.pictures[:LEARNED],
        own.features[:LEARNED],
        torch.cat([known[name].pictures[:LEARNED] for name in others]),
        _said(network, np.concatenate([known[name].features[:LEARNED] for name in others])).tolist(),
    )
    delta = learn_occluder(network, lot, target, SETTINGS, seed=0, device="cpu").delta
    after = occluded_outputs(network, own.pictures[LEARNED:], delta, "cpu")
    unmatched = [_right(network, known[name].pictures[LEARNED:], delta, group.index(name)) for name in others]
    loss = score_loss(network, own.features[LEARNED:], after.features, target)
    found = attribute(loss, own.directions)
    shares = {one.name: one.share for one in found.concepts}
    return {
        "species": species,
        "matched": _right(network, own.pictures[LEARNED:], delta, target),
        "unmatched": float(np.mean(unmatched)),
        "away": found.away / found.loss,
        "separates": [_separates(species, part, others) for part in PARTS],
        "needed": [_needed(network, own, part, target) for part in PARTS],
        "measures": {
            OURS: [shares[part] for part in PARTS],
            **dict(_saliency(network, own, target)),
            HEAD: [float(_unit(own.directions[part]) @ loss.weights[0]) for part in PARTS],
        },
    }


def _right(network: Network, pictures: torch.Tensor, delta: np.ndarray, label: int) -> float:
    found = occluded_outputs(network, pictures, delta, "cpu").logits
    return float((np.asarray(found).argmax(axis=1) == label).mean())


def _separates(species: str, part: str, others: Sequence[str]) -> float:
    style = getattr(ANATOMY[species], part)
    return float(np.mean([getattr(ANATOMY[name], part) != style for name in others]))


def _needed(network: Network, own: Material, part: str, target: int) -> float:
    rows, bare = own.without[part]
    loss: Loss = score_loss(network, own.features[rows], bare, target)
    return float(loss.total.mean())


def _unit(direction: np.ndarray) -> np.ndarray:
    return np.asarray(direction / np.linalg.norm(direction))


def _saliency(network: Network, own: Material, target: int) -> Iterator[tuple[str, list[float]]]:
    pictures = own.pictures[LEARNED:].float() / 255
    for method in METHODS:
        heat = saliency(network, pictures, torch.full((len(pictures),), target), method, device="cpu")
        mass: dict[str, list[float]] = {part: [] for part in PARTS}
        density: dict[str, list[float]] = {part: [] for part in PARTS}
        for one, parts in zip(heat, own.parts[LEARNED:], strict=True):
            for part, region in parts.items():
                inside = np.asarray(Image.fromarray(region).resize(one.shape[::-1]))
                if inside.any() and one.sum() > 0:
                    mass[part].append(float(one[inside].sum() / one.sum()))
                    density[part].append(float(one[inside].mean() / one.mean()))
        for kind, values in (("mass", mass), ("density", density)):
            yield f"{method}, {kind}", [float(np.mean(values[part])) for part in PARTS]


def correlations(cases: Sequence[Sequence[dict[str, Any]]], truth: str) -> list[dict[str, Any]]:
    """Spearman's correlation of every measure with a truth, and how far ours is above it, by group resampling."""
    names = list(cases[0][0]["measures"])
    rng = np.random.default_rng(0)
    draws = [np.arange(len(cases)), *rng.integers(len(cases), size=(RESAMPLES, len(cases)))]
    found = {name: np.asarray([_rho(cases, truth, name, drawn) for drawn in draws]) for name in names}
    rows = []
    for name in names:
        gap = found[OURS] - found[name]
        low, high = np.quantile(found[name][1:], [0.025, 0.975])
        less, more = np.quantile(gap[1:], [0.025, 0.975])
        beyond = "–" if name == OURS else f"{gap[0]:+.3f} ({less:+.3f} to {more:+.3f})"
        rows.append({"measure": name, "ρ": found[name][0], "low": low, "high": high, "ours above it": beyond})
    return rows


def _rho(cases: Sequence[Sequence[dict[str, Any]]], truth: str, name: str, drawn: np.ndarray) -> float:
    chosen = [case for at in drawn for case in cases[at]]
    true = np.ravel([case[truth] for case in chosen])
    return float(spearmanr(true, np.ravel([case["measures"][name] for case in chosen])).statistic)


def page(result: dict[str, Any]) -> str:
    """The whole page."""
    return render("occluder-truth", learned=SETTINGS, **result)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every group, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.occluder_truth", description=__doc__.split("\n")[0])
    parser.add_argument("--groups", type=int, default=None, help="only the first so many groups")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(arguments)
    began = time.monotonic()
    network = load_demo_network().eval().requires_grad_(False)
    known = {species: material(network, species) for species in SPECIES}
    cases, accuracies = [], []
    for group in groups()[: given.groups]:
        accuracies.append(taught(network, group, known))
        cases.append([measured(network, species, known) for species in group])
        sys.stderr.write(f"{len(cases)} groups, {time.monotonic() - began:.0f} s\n")
    every = [case for group in cases for case in group]
    result: dict[str, Any] = {
        "groups": len(cases),
        "cases": len(every),
        "accuracy": float(np.mean(accuracies)),
        **{key: float(np.mean([case[key] for case in every])) for key in ("matched", "unmatched", "away")},
        **{truth: correlations(cases, truth) for truth in ("separates", "needed")},
    }
    write_json(given.out / "occluder-truth.json", {**result, "species": every})
    write_page(given.out / "occluder-truth.md", page(result))


if __name__ == "__main__":
    main()
