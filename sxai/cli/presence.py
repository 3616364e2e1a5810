"""``sxai score`` and ``sxai truth …``: do spaces mean what their names say, and what images are known to show."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.masks import Require
from sxai.cli.shell import Meter, opened_project, say

truths = typer.Typer(help="What images are known to show: from keypoints.", no_args_is_help=True, rich_markup_mode=None)

HEADINGS = (
    "space",
    "verdict",
    "AUC",
    "95 % interval",
    "visible",
    "hidden",
    "ECE",
    "calibr.",
    "select.",
    "stable",
    "masks",
)


def register(cli: typer.Typer) -> None:
    """Put these commands on ``cli``."""
    cli.command(epilog="Example: sxai score cat.eyes dog.nose")(score)
    cli.add_typer(truths, name="truth")


def score(
    names: Annotated[list[str] | None, typer.Argument(metavar="[SPACE]...", help="Spaces such as cat.eyes.")] = None,
    draws: Annotated[int, typer.Option(min=1, help="Bootstrap draws of the interval.")] = 1000,
    estimators: Annotated[
        bool, typer.Option("--estimators", help="Compare all estimators that there are spaces by.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Does a high P mean that the part is there? Spaces held against what images are known to show."""
    from sxai.spaces.verbs.recommend import recommend_estimators
    from sxai.spaces.verbs.score import score_spaces

    with opened_project() as project:
        if estimators:
            say(recommend_estimators(project, names or None, model, draws, progress=Meter()), _estimator_text)
            return
        say(score_spaces(project, names or None, model, draws, progress=Meter()), _score_text)


@truths.command(
    "from-keypoints",
    epilog="Example: sxai truth from-keypoints k.json --class cat --concept eyes --points left_eye,right_eye",
)
def truth_from_keypoints(
    file: Annotated[Path, typer.Argument(help="COCO keypoints.")],
    class_name: Annotated[str, typer.Option("--class", help="Class of the images.")],
    concept: Annotated[str, typer.Option(help="Name of the concept, e.g. eyes.")],
    points: Annotated[str, typer.Option(help="Comma-separated part names.")],
    require: Annotated[Require, typer.Option(help="any or all of the points visible.")] = Require.any,
) -> None:
    """Store which images show a concept: those in which its part points are annotated."""
    from sxai.spaces.verbs.labels import truth_from_keypoints

    with opened_project() as project:
        result = truth_from_keypoints(
            project, file, class_name, concept, points.split(","), require.value, progress=Meter()
        )
        say(result, _truth_text)


def _score_text(result: dict[str, Any]) -> str:
    if not result["spaces"]:
        return "No semantic space yet; run: sxai space extract --all"
    rows = [HEADINGS, *(_row(space) for space in result["spaces"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *(f"{space['name']}: {space['why']}" for space in result["spaces"])])


def _estimator_text(result: dict[str, Any]) -> str:
    if not result["concepts"]:
        return "No semantic space yet; run: sxai space extract --all"
    return "\n".join(map(_recommended, result["concepts"]))


def _recommended(concept: dict[str, Any]) -> str:
    if concept["best"] is None:
        few = f"{concept['n_visible']} images with and {concept['n_hidden']} without the part are too few"
        return f"{concept['name']}: not known; {few}"
    scores = ", ".join(
        f"{score['estimator']} {score['auc']:.3f} ({score['auc_interval'][0]:.2f} to {score['auc_interval'][1]:.2f})"
        for score in concept["scores"]
    )
    advice = "in use" if concept["best"] == concept["in_use"] else f"recommended; {concept['in_use']} is in use"
    return f"{concept['name']}: {concept['best']} is {advice}. AUC: {scores}"


def _row(space: dict[str, Any]) -> tuple[str, ...]:
    low, high = space["auc_interval"] or (None, None)
    return (
        space["name"],
        space["verdict"],
        _number(space["auc"]),
        "–" if low is None else f"{_number(low)} to {_number(high)}",
        str(space["n_visible"]),
        str(space["n_hidden"]),
        _number(space["ece"]),
        _number(space["ece_calibrated"]),
        _number(space["selectivity"]),
        _number(space["stability"]),
        _needed(space),
    )


def _needed(space: dict[str, Any]) -> str:
    return "–" if space["masks_needed"] is None else str(space["masks_needed"])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _truth_text(result: dict[str, Any]) -> str:
    skipped = f", {len(result['skipped'])} skipped" if result["skipped"] else ""
    return f"{result['concept']}: visible in {result['visible']} images, hidden in {result['hidden']}{skipped}"
