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


def _ours(found: Occluders, kind: str) -> dict[str, Any]:
    effects: dict[str, MeanEffect] = {
        split: found.matched(split) if kind == "matched" else found.unmatched(split) for split in SPLITS
    }
    clean = {f"clean, {WORDS[split]}": effect.clean for split, effect in effects.items()}
    perturbed = {f"perturbed, {WORDS[split]}": effect.occluded for split, effect in effects.items()}
    return {**clean, **perturbed, "left, test": effects["val"].left, "classes": len(found.each)}


def _note(found: Occluders) -> str:
    first = found.each[0]
    seen = "" if found.seen is None else f" A person sees {found.seen:.2f} of them (S-CIELAB, below 1 hardly any)."
    return (
        f"ε = {255 * found.epsilon:.3g}/255, {first.settings.steps} steps over up to {first.images} images of a class; "
        f"the paper prints no loss, so ours is our own.{seen}"
    )


def matched(study: Study) -> ItemResult:
    """Table S1: accuracy on the class that each occluder was learned for."""
    found = _learned(study)
    fig = occluder_dumbbells(found.names, found.pairs("matched"), found.pairs("unmatched"))
    rows = [
        {
            "occluder of": one.class_name,
            "split": WORDS[split],
            "clean": effect.clean.share,
            "perturbed": effect.occluded.share,
            "images": effect.clean.of,
        }
        for one in found.each
        for split in SPLITS
        for effect in [one.matched(split)]
    ]
    ours = _ours(found, "matched")
    return ItemResult(
        "occluder-table-s1", ours, {"matched": rows}, {"occluder-table-s1": fig}, note=_note(found), width=760
    )


def unmatched(study: Study) -> ItemResult:
    """Table S2: accuracy on the classes that occluders were not learned for."""
    found = _learned(study)
    fig = occluder_matrix(found.names, found.classes, found.changes())
    rows = [
        {"occluder of": one.class_name, "split": WORDS[split], "clean": effect.clean, "perturbed": effect.occluded}
        for one in found.each
        for split in SPLITS
        for effect in [one.unmatched(split)]
    ]
    ours = _ours(found, "unmatched")
    return ItemResult(
        "occluder-table-s2", ours, {"unmatched": rows}, {"occluder-table-s2": fig}, note=_note(found), width=760
    )


def before_and_after(study: Study) -> ItemResult:
    """Fig. S1: every occluder magnified, with an unseen image of its class before and after."""
    found = _learned(study)
    fig = occluder_matrix(found.names, found.classes, found.changes())
    wrong = {one.class_name: _wrong(one) for one in found.each}
    rows = [
        {"occluder of": name, "becomes": other, "images": count}
        for name, others in wrong.items()
        for other, count in others.items()
    ]
    most = {name: max(others, key=lambda other: others[other]) for name, others in wrong.items() if others}
    ours = {"images become": ", ".join(f"{name}: {other}" for name, other in most.items()) or "what they were"}
    pictures = {"occluder-fig-s1": contact_sheet([_tiles(study, one) for one in found.each])} if study.pictures else {}
    return ItemResult(
        "occluder-fig-s1", ours, {"becomes": rows}, {"occluder-fig-s1": fig}, pictures, _note(found), width=760
    )


def _wrong(one: ClassOccluder) -> dict[str, int]:
    """The wrong classes that images of the class become, the most frequent first."""
    return {name: count for name, count in one.becomes().items() if name != one.class_name}


def _tiles(study: Study, one: ClassOccluder) -> list[Tile]:
    """The pattern, and the first unseen image before and after."""
    found = occlude_picture(study.project, one, one.image_ids["val"][0])
    pattern, times = magnified(found.pictures["change"])
    first, last = found.said
    return [
        Tile(pattern, f"{one.class_name}, {times:.0f} times"),
        Tile(found.pictures["clean"], f"{first}, {found.before[first]:.0%}"),
        Tile(found.pictures["occluded"], f"{last}, {found.after[last]:.0%}"),
    ]


ITEMS: Mapping[str, Item] = {
    "occluder-table-s1": matched,
    "occluder-table-s2": unmatched,
    "occluder-fig-s1": before_and_after,
}
"""The items of this module by name."""
