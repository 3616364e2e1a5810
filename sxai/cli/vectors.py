"""``sxai vector …``: semantic vectors of concepts, what they know, and saliency that sees only the class."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import UnreadableImage
from sxai.vectors.defaults import PRECISION_IMAGES, SAMPLES

if TYPE_CHECKING:
    from sxai.project.project import Project
    from sxai.vectors.verbs.vectors import VectorSet

commands = typer.Typer(
    help="Semantic vectors: make, show, test, colour, attributes, game.", no_args_is_help=True, rich_markup_mode=None
)

Source = Annotated[
    str, typer.Option("--from", help="classes, searches (the saved ones), or a folder of class folders.")
]
Dataset = Annotated[str | None, typer.Option(help="Only the images of this import.")]
Samples = Annotated[int, typer.Option("--n", min=2, help="Images of a concept at most.")]
Level = Annotated[
    float | None, typer.Option(min=0, max=0.999, help="Quantile above which a unit is active; 0 is the paper's zero.")
]
Tap = Annotated[str | None, typer.Option(help="Read a layer, every position a unit; default the pooled features.")]
Threshold = Annotated[float | None, typer.Option(min=0, max=1, help="Activation rate above which a unit passes.")]
Model = Annotated[str | None, typer.Option(help="The network; default the active one.")]


@commands.command("make", epilog="Example: sxai vector make --from textures/")
def vector_make(
    source: Source = "classes",
    dataset: Dataset = None,
    n: Samples = SAMPLES,
    level: Level = None,
    tap: Tap = None,
    model: Model = None,
) -> None:
    """Make the vector of every concept: diversity, retrieval, relevance, hierarchy and map."""
    with opened_project() as project:
        say(_made(project, source, dataset, n, level, tap, model).summary(), _set_text)


@commands.command("show", epilog="Example: sxai vector show")
def vector_show(model: Model = None) -> None:
    """The vectors that are kept, the newest set first."""
    from sxai.vectors.verbs.vectors import stored_vectors

    with opened_project() as project:
        say({"sets": [vector_set.summary() for vector_set in stored_vectors(project, model)]}, _sets_text)


@commands.command("test", epilog="Example: sxai vector test --threshold 0.2")
def vector_test(
    source: Source = "classes",
    dataset: Dataset = None,
    n: Samples = SAMPLES,
    level: Level = None,
    threshold: Threshold = None,
    model: Model = None,
) -> None:
    """One neuron or a direction: how far four changes of the features raise P(class); and D_c against accuracy."""
    from sxai.vectors.verbs.tests import perturbation_table
    from sxai.vectors.verbs.vectors import diversity_accuracy

    with opened_project() as project:
        vector_set = _made(project, source, dataset, n, level, None, model)
        rows, related = diversity_accuracy(project, vector_set)
        table = perturbation_table(project, vector_set, threshold, progress=Meter())
        diversity = {"classes": [asdict(row) for row in rows], **asdict(related)}
        say({"perturbations": asdict(table), "diversity": diversity}, _test_text)


@commands.command("colour", epilog="Example: sxai vector colour")
def vector_colour(
    source: Source = "classes", dataset: Dataset = None, n: Samples = SAMPLES, level: Level = None, model: Model = None
) -> None:
    """What is lost without colour: accuracy and vectors on grey images."""
    from sxai.vectors.verbs.tests import colour_role

    with opened_project() as project:
        say(
            colour_role(project, _made(project, source, dataset, n, level, None, model), progress=Meter()), _colour_text
        )


@commands.command("attributes", epilog="Example: sxai vector attributes wall.jpg --from textures/")
def vector_attributes(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    source: Source = "classes",
    dataset: Dataset = None,
    n: Samples = SAMPLES,
    level: Level = None,
    tap: Tap = None,
    model: Model = None,
) -> None:
    """One picture in the words of a set of concepts, such as textures."""
    from sxai.vectors.verbs.vectors import attributes

    with opened_project() as project:
        vector_set = _made(project, source, dataset, n, level, tap, model)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UnreadableImage(f"cannot read {file}: {error.strerror}. Check the path.") from error
        rows = [
            {"concept": name, "cosine": cosine, "standing": standing}
            for name, cosine, standing in attributes(project, vector_set, data, Meter())
        ]
        say({"file": str(file), "attributes": rows}, _attributes_text)


@commands.command("game", epilog="Example: sxai vector game --n 300 --dataset animals")
def vector_game(
    composites: Annotated[int, typer.Option("--n", min=1, help="Composites of two images of different classes.")] = 100,
    source: Source = "classes",
    dataset: Dataset = None,
    level: Level = None,
    share: Annotated[float | None, typer.Option(max=1, help="Gate: this share of units, the strongest.")] = None,
    threshold: Threshold = None,
    model: Model = None,
) -> None:
    """The pointing game on two-class images: saliency plain and with the class's gate, beside Grad-CAM."""
    from sxai.vectors.vectors import Gate
    from sxai.vectors.verbs.pointing_game import USUAL_GATE, pointing_game

    gate = USUAL_GATE if share is None and threshold is None else Gate(threshold, share)
    with opened_project() as project:
        vector_set = _made(project, source, dataset, SAMPLES, level, None, model)
        say(pointing_game(project, vector_set, composites, gate, progress=Meter()).summary(), _game_text)


def _made(
    project: "Project",
    source: str,
    dataset: str | None,
    n: int,
    level: float | None,
    tap: str | None,
    model: str | None,
) -> "VectorSet":
    from sxai.vectors.verbs.vectors import semantic_vectors

    return semantic_vectors(project, source, dataset, n, level, tap, model, progress=Meter())


def _sets_text(result: dict[str, Any]) -> str:
    return "\n\n".join(map(_set_text, result["sets"])) or "No vectors yet; run: sxai vector make"


def _set_text(result: dict[str, Any]) -> str:
    zero = "0" if result["level"] == 0 else f"its {result['level']:g} quantile"
    lines = [
        f"{result['source']} in {result['model']}: {result['tap']}, {result['units']} units, active above {zero}, gate "
        f"at {result['threshold']:g}"
    ]
    names = [concept["name"] for concept in result["concepts"]]
    for row, concept in zip(result["relevance"], result["concepts"], strict=True):
        others = {name: value for name, value in zip(names, row, strict=True) if name != concept["name"]}
        near = max(others, key=lambda name: others[name], default=None)
        retrieval = concept["retrieval"]
        told = f", precision@{retrieval['k']} {retrieval['precision']:.2f}" if retrieval else ""
        beside = f", nearest {near} ({others[near]:.2f})" if near else ""
        lines.append(
            f"  {concept['name']:<16}{concept['images']:>5} images, D {concept['diversity']:.3f}, gate keeps "
            f"{concept['gate']:.0%}{told}{beside}"
        )
    scored = [concept["retrieval"]["precision"] for concept in result["concepts"] if concept["retrieval"]]
    return "\n".join(
        [*lines, *([f"mean precision@{PRECISION_IMAGES}: {sum(scored) / len(scored):.3f}"] if scored else [])]
    )


def _test_text(result: dict[str, Any]) -> str:
    table, diversity = result["perturbations"], result["diversity"]
    lines = [f"rise of P(class) from {table['before']:.3f}, gate at {table['threshold']:g} keeps {table['kept']:.0%}:"]
    lines += [
        f"  {way:<26}{shift['value']:+.4f} ({shift['low']:+.4f} to {shift['high']:+.4f}), {shift['n']} images"
        for way, shift in table["total"].items()
    ]
    if diversity["r"] is None:
        return "\n".join([*lines, f"D_c against accuracy: {diversity['n']} classes are too few"])
    return "\n".join(
        [*lines, f"D_c against accuracy: r {diversity['r']:+.3f}, p {diversity['p']:.3g}, {diversity['n']} classes"]
    )


def _colour_text(result: dict[str, Any]) -> str:
    head = f"accuracy {result['accuracy']:.3f} in colour, {result['grey_accuracy']:.3f} in grey, {result['n']} images"
    rows = [
        f"  {row['name']:<16}{row['accuracy']:.3f} → {row['grey_accuracy']:.3f}, cosine of vectors {row['same']:.3f}"
        + ("" if row["other"] is None else f" (nearest other class {row['other']:.3f})")
        for row in result["classes"]
    ]
    return "\n".join([head, *rows])


def _attributes_text(result: dict[str, Any]) -> str:
    rows = [
        f"  {row['concept']:<16}more than {row['standing']:.0%} of others, cos {row['cosine']:.3f}"
        for row in result["attributes"]
    ]
    return "\n".join([result["file"], *rows])


def _game_text(result: dict[str, Any]) -> str:
    from sxai.vectors.vectors import Gate

    lines = [f"{result['composites']} composites in {result['model']}, gate: {Gate(**result['gate'])}"]
    for curve in result["curves"]:
        lines.append(f"{curve['method']}, hit when {curve['reading']} of the kept pixels lie in the box:")
        lines += [
            f"  m {share:>4.0%}: {plain:.3f} → {gated:.3f}, gain {gain:+.3f} ({low:+.3f} to {high:+.3f})"
            for share, plain, gated, gain, low, high in zip(
                result["shares"], *(curve[key] for key in ("plain", "gated", "gain", "low", "high")), strict=True
            )
        ]
    return "\n".join(lines)
