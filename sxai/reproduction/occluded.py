"""Global feature occluders: Tables S1 and S2, Fig. S1 of the supplement of Wu et al."""

from collections.abc import Mapping
from typing import Any

from sxai.attacks.figures import magnified
from sxai.occluders.effects import ClassOccluder, MeanEffect, Occluders
from sxai.occluders.figures import occluder_dumbbells, occluder_matrix
from sxai.occluders.verbs.learn import SPLITS, learn_occluders, occlude_picture
from sxai.plot.contact_sheets import Tile, contact_sheet
from sxai.reproduction.study import Item, ItemResult, Study

WORDS = {"train": "training", "val": "test"}


def _learned(study: Study) -> Occluders:
    amounts = study.amounts
    return learn_occluders(
        study.project,
        steps=amounts.occluder_steps,
        images=amounts.occluder_images,
        model=study.model,
        progress=study.progress,
    )


def _ours(occluders: Occluders, kind: str) -> dict[str, Any]:
    effects: dict[str, MeanEffect] = {
        split: occluders.matched(split) if kind == "matched" else occluders.unmatched(split) for split in SPLITS
    }
    clean = {f"clean, {WORDS[split]}": effect.clean for split, effect in effects.items()}
    perturbed = {f"perturbed, {WORDS[split]}": effect.occluded for split, effect in effects.items()}
    return {**clean, **perturbed, "left, test": effects["val"].left, "classes": len(occluders.each)}


def _note(occluders: Occluders) -> str:
    first = occluders.each[0]
    seen = (
        ""
        if occluders.seen is None
        else f" Their visible difference is {occluders.seen:.2f} ΔE (S-CIELAB; below 1 it is hardly noticeable)."
    )
    return (
        f"ε = {255 * occluders.epsilon:.3g}/255, {first.settings.steps} steps over up to {first.images} images "
        f"of a class; the paper prints no loss, so the loss is our own.{seen}"
    )


def matched(study: Study) -> ItemResult:
    """Table S1: accuracy on the class that each occluder was learned for."""
    occluders = _learned(study)
    fig = occluder_dumbbells(occluders.names, occluders.pairs("matched"), occluders.pairs("unmatched"))
    rows = [
        {
            "occluder of": occluder.class_name,
            "split": WORDS[split],
            "clean": effect.clean.share,
            "perturbed": effect.occluded.share,
            "images": effect.clean.of,
        }
        for occluder in occluders.each
        for split in SPLITS
        for effect in [occluder.matched(split)]
    ]
    ours = _ours(occluders, "matched")
    return ItemResult(
        "occluder-table-s1", ours, {"matched": rows}, {"occluder-table-s1": fig}, note=_note(occluders), width=760
    )


def unmatched(study: Study) -> ItemResult:
    """Table S2: accuracy on the classes that occluders were not learned for."""
    occluders = _learned(study)
    fig = occluder_matrix(occluders.names, occluders.classes, occluders.changes())
    rows = [
        {"occluder of": occluder.class_name, "split": WORDS[split], "clean": effect.clean, "perturbed": effect.occluded}
        for occluder in occluders.each
        for split in SPLITS
        for effect in [occluder.unmatched(split)]
    ]
    ours = _ours(occluders, "unmatched")
    return ItemResult(
        "occluder-table-s2", ours, {"unmatched": rows}, {"occluder-table-s2": fig}, note=_note(occluders), width=760
    )


def before_and_after(study: Study) -> ItemResult:
    """Fig. S1: every occluder magnified, with an unseen image of its class before and after."""
    occluders = _learned(study)
    fig = occluder_matrix(occluders.names, occluders.classes, occluders.changes())
    wrong = {occluder.class_name: _wrong(occluder) for occluder in occluders.each}
    rows = [
        {"occluder of": name, "becomes": other, "images": count}
        for name, others in wrong.items()
        for other, count in others.items()
    ]
    most = {name: max(others, key=lambda other: others[other]) for name, others in wrong.items() if others}
    ours = {"images become": ", ".join(f"{name}: {other}" for name, other in most.items()) or "what they were"}
    pictures = (
        {"occluder-fig-s1": contact_sheet([_tiles(study, occluder) for occluder in occluders.each])}
        if study.pictures
        else {}
    )
    return ItemResult(
        "occluder-fig-s1", ours, {"becomes": rows}, {"occluder-fig-s1": fig}, pictures, _note(occluders), width=760
    )


def _wrong(occluder: ClassOccluder) -> dict[str, int]:
    """The wrong classes that images of the class become, the most frequent first."""
    return {name: count for name, count in occluder.becomes().items() if name != occluder.class_name}


def _tiles(study: Study, occluder: ClassOccluder) -> list[Tile]:
    """The pattern, and the first unseen image before and after."""
    picture = occlude_picture(study.project, occluder, occluder.image_ids["val"][0])
    pattern, times = magnified(picture.pictures["change"])
    first, last = picture.said
    return [
        Tile(pattern, f"{occluder.class_name}, {times:.0f} times"),
        Tile(picture.pictures["clean"], f"{first}, {picture.before[first]:.0%}"),
        Tile(picture.pictures["occluded"], f"{last}, {picture.after[last]:.0%}"),
    ]


ITEMS: Mapping[str, Item] = {
    "occluder-table-s1": matched,
    "occluder-table-s2": unmatched,
    "occluder-fig-s1": before_and_after,
}
"""The items of this module by name."""
