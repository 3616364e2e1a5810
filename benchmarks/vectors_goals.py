"""The first table of the page on semantic vectors: each goal, the result, and whether it was reached."""

from collections.abc import Iterable, Mapping
from typing import Any

Result = Mapping[str, Any]

NOTHING = 0.02
"""A mean change of P(class) up to this size counts as ≈ 0."""

CLEARLY = 0.1
"""The SeVec raises P(class) clearly when its whole interval lies above this."""

PRECISION = {"animals": 0.9, "textures": 0.6}
FROM, TO = 0.05, 0.9


def goals(results: Result) -> list[dict[str, Any]]:
    """One row for each goal and network: the goal, what was found, and yes or no."""
    rows = [row for one in results["networks"] for row in _of(one)]
    found = results["species"]["0.9"]
    return [*rows, _row("the demo's 20 species", "D_c against accuracy: r < 0 (paper −0.52)", *_correlation(found))]


def _of(one: Result) -> Iterable[dict[str, Any]]:
    name, ways = one["network"], one["shifts"][0]["ways"]
    for way in ("SeVec", "step along SeVec"):
        yield _row(
            name,
            f"{way} raises P(class), interval above +{CLEARLY:g} (paper +0.19)",
            _interval(ways[way]),
            ways[way]["low"] > CLEARLY,
        )
    for way in ("associated neuron", "random neuron", "permuted SeVec", "step along permuted SeVec"):
        yield _row(
            name, f"{way} within ±{NOTHING:g} (paper ≈ 0)", _interval(ways[way]), abs(ways[way]["mean"]) <= NOTHING
        )
    for pool, goal in PRECISION.items():
        found = {row["name"]: row["precision"] for row in one["retrieval"][pool]}
        mean, least = sum(found.values()) / len(found), min(found, key=lambda word: found[word])
        told = f"{mean:.2f} on average, lowest {least} {found[least]:.2f}"
        yield _row(name, f"precision@20 of {pool} ≥ {goal:g} on average", told, mean >= goal - 1e-9)
    yield from _game(name, one["game"])
    for pool in ("animals", "textures", "both"):
        yield _row(name, f"D_c against accuracy, {pool}: r < 0 (paper −0.52)", *_correlation(one["diversity"][pool]))


def _game(name: str, game: Result) -> Iterable[dict[str, Any]]:
    lowest = min(min(curve["gain"]) for curve in game["curves"])
    yield _row(name, "gain of the gate ≥ 0 at every m, both methods and readings", f"lowest {lowest:+.3f}", lowest >= 0)
    for curve in game["curves"]:
        if curve["reading"] == "most":
            inside = [at for at, share in enumerate(game["shares"]) if FROM <= share <= TO]
            clear = sum(curve["low"][at] > 0 for at in inside)
            mean = sum(curve["gain"][at] for at in inside) / len(inside)
            told = f"at {clear} of {len(inside)} m, {mean:+.3f} on average"
            yield _row(
                name,
                f"whole interval of the gain > 0 from m = {FROM:.0%} to {TO:.0%}, {curve['method']}",
                told,
                clear == len(inside),
            )


def _row(subject: str, goal: str, found: str, reached: bool | None) -> dict[str, Any]:
    return {"measured on": subject, "goal": goal, "found": found, "reached": {True: "yes", False: "no"}.get(reached)}


def _interval(shift: Result) -> str:
    return f"{shift['mean']:+.3f} ({shift['low']:+.3f} to {shift['high']:+.3f})"


def _correlation(found: Result) -> tuple[str, bool | None]:
    if found["r"] is None:
        return f"not defined over {found['n']} classes", None
    return f"r = {found['r']:+.2f}, p = {found['p']:.2g}, {found['n']} classes", found["r"] < 0
