"""The page of :mod:`benchmarks.occluders`: what was found first, then every table and chart."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.report import table

VGG = ("VGG-16", {"matched": 0.1616 / 0.7358, "unmatched": 0.5035 / 0.7358})
PAPER = {"googlenet_bvlc": ("GoogLeNet", {"matched": 0.2606 / 0.7494, "unmatched": 0.5662 / 0.7494})}
"""Share of clean test accuracy left under occluders in the paper (Tables S1 and S2), where it has the network."""

WANTED = {"matched": "at most 0.250", "unmatched": "at least 0.667"}


def page(results: Sequence[dict[str, Any]]) -> str:
    """The whole page as Markdown."""
    return "\n".join(_parts(results)) + "\n"


def _parts(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "# Occluders on real photographs\n"
    yield (
        "Written by `python -m benchmarks.occluders`. One faint pattern for a class, learned on up to "
        f"{results[0]['occluders']['images']} of its photographs, and as many of every other class; accuracy is "
        "measured on other photographs. *Matched*: on the class that it was learned for; *unmatched*: on the others. "
        "*Seen*: the mean difference that a person sees of them at arm's length (S-CIELAB's ΔE, over up to 50 other "
        "photographs of the class); below 1 is hardly noticed. "
        "[What occluders are](../occluders.md).\n"
    )
    yield "## What was found\n"
    yield table(
        [
            _headline(one, found, kind)
            for one in results
            for found in one["sweep"] or [one["occluders"]]
            for kind in ("matched", "unmatched")
        ]
    )
    for one in results:
        yield from _section(one)


def _headline(one: dict[str, Any], found: dict[str, Any], kind: str) -> dict[str, Any]:
    effect = found[kind]["val"]
    network, printed = PAPER.get(one["network"], VGG)
    reached = effect["left"] <= 0.25 if kind == "matched" else effect["left"] >= 2 / 3
    return {
        "network": one["network"],
        "task": one["task"],
        "ε": f"{255 * found['epsilon']:.0f}/255",
        "seen": found["seen"],
        "": kind,
        "clean": effect["clean"],
        "occluded": effect["occluded"],
        "left": effect["left"],
        "wanted": WANTED[kind],
        "paper": f"{printed[kind]:.3f} ({network})",
        "reached": "yes" if reached else "no",
    }


def _section(one: dict[str, Any]) -> Iterator[str]:
    found = one["occluders"]
    stem = f"charts/occluders-{one['network']}-{one['task']}"
    yield f"## {one['network']}, {one['task']}, ε = {255 * found['epsilon']:.0f}/255\n"
    yield table([_row(row) for row in found["classes"]])
    yield f"![Accuracy with and without every occluder]({stem}-effects.svg)\n"
    yield f"![Change of accuracy on every class under every occluder]({stem}-specific.svg)\n"
    if one["sweep"]:
        yield "### Other ε\n"
        yield table([_swept(each) for each in one["sweep"]])
        yield f"![Accuracy by ε]({stem}-sweep.svg)\n"
    if one.get("rankings"):
        yield "### What is taken away\n"
        yield table([row for ranking in one["rankings"] for row in _ranked(ranking)])
        yield (
            "**away**: how much of the loss of the class's score is features taken away, not others put in; **share** "
            "of what is taken away that passes along the concept (95 % interval over photographs); **random**: 95 % of "
            "random directions stay below; **masked**: what the class's score loses when the concept is masked.\n"
        )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    matched, unmatched = (row[kind]["val"] for kind in ("matched", "unmatched"))
    into = ", ".join(f"{name} {count}" for name, count in row["becomes"].items() if name != row["class"])
    return {
        "occluder of": row["class"],
        "own class": _fall(matched),
        "left": matched["left"],
        "images learned on": _fall(row["matched"]["train"]),
        "other classes": _fall(unmatched),
        "left, others": unmatched["left"],
        "seen": row["seen"],
        "becomes": into,
    }


def _fall(effect: dict[str, float]) -> str:
    return f"{effect['clean']:.3f} → {effect['occluded']:.3f}"


def _swept(each: dict[str, Any]) -> dict[str, Any]:
    matched, unmatched = (each[kind]["val"] for kind in ("matched", "unmatched"))
    return {
        "ε": f"{255 * each['epsilon']:.0f}/255",
        "own class": _fall(matched),
        "left": matched["left"],
        "other classes": _fall(unmatched),
        "left, others": unmatched["left"],
        "seen": each["seen"],
    }


def _ranked(ranking: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The class's own parts, and the three textures with the largest share."""
    if "failed" in ranking:
        return
    spaces = [one for one in ranking["concepts"] if one["kind"] == "semantic space"]
    textures = [one for one in ranking["concepts"] if one["kind"] != "semantic space"][:3]
    for one in [*spaces, *textures]:
        yield {
            "class": ranking["class"],
            "away": ranking["away"] / ranking["loss"],
            "concept": one["name"],
            "share": f"{one['share']:.3f} ({one['low']:.3f} to {one['high']:.3f})",
            "random": one["control_high"],
            "p": one["p"],
            "masked": one["when_masked"],
        }
