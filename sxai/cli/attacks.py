"""``sxai attack …``: adversarial inputs, how well they are detected, and the rule that detects them."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say

if TYPE_CHECKING:
    from sxai.attacks.verbs.attack import AttackedImage

commands = typer.Typer(
    help="Adversarial inputs: attack pictures, tell how well that is detected, calibrate the detection.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

METHOD = "pgd, fgsm or l2-pgd."
TARGET = "other (the most probable other class), untargeted, or a class."


@commands.command("image", epilog="Example: sxai attack image cat.jpg --epsilon 0.01 --out attacked")
def attack_image(
    files: Annotated[list[Path], typer.Argument(help="Picture files, from anywhere.")],
    epsilon: Annotated[float, typer.Option(help="Largest change of a pixel value, which run from 0 to 1.")] = 0.05,
    method: Annotated[str, typer.Option(help=METHOD)] = "pgd",
    steps: Annotated[int, typer.Option(help="Steps of PGD.")] = 40,
    target: Annotated[str, typer.Option(help=TARGET)] = "other",
    out: Annotated[Path | None, typer.Option(help="Folder to write the attacked pictures to.")] = None,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Attack pictures, and assess them before and after."""
    from sxai.attacks.verbs.attack import attack_image

    with opened_project() as project:
        found = [
            attack_image(project, file.read_bytes(), epsilon, method, steps, target, model, file.name, Meter())  # type: ignore[arg-type]
            for file in files
        ]
        written = [_written(out, file, one) for file, one in zip(files, found, strict=True)]
        images = [_image_json(one, path) for one, path in zip(found, written, strict=True)]
        say({"images": images}, lambda r: "\n".join(map(_image_text, r["images"])))


def _written(folder: Path | None, file: Path, found: "AttackedImage") -> Path | None:
    """The attacked picture as a file without loss, as the network sees it; None when no folder was given."""
    from sxai.images.decode import encode

    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file.stem}-attacked.png"
    path.write_bytes(encode(found.pictures["adversarial"], "png"))
    return path


def _image_json(found: "AttackedImage", path: Path | None) -> dict[str, Any]:
    document = {name: value for name, value in vars(found).items() if name != "pictures"}
    plain = {name: asdict(document[name]) for name in ("clean", "adversarial", "norms", "settings")}
    return {**document, **plain, "flagged": found.flagged, "written": path}


def _image_text(image: dict[str, Any]) -> str:
    outcome = "the class changed" if image["flipped"] else "the class did not change"
    flagged = "detected" if image["flagged"] else "not detected"
    size = image["norms"]
    lines = [
        f"{image['clean']['file']}: {outcome}, {flagged} (largest change {size['largest']:.4f}, rms {size['rms']:.4f})",
        f"  before: {_said(image['clean'])}",
        f"  after:  {_said(image['adversarial'])}",
    ]
    if image["flipped"] and not image["survives"]:
        lines.append("  The change is lost when pixel values are rounded to 8 bits.")
    return "\n".join([*lines, *([f"  written to {image['written']}"] if image["written"] else [])])


def _said(assessment: dict[str, Any]) -> str:
    return " ".join(filter(None, (assessment[part] for part in ("cnn_line", "verdict", "caution"))))


@commands.command("table", epilog="Example: sxai attack table --images 60 --epsilon 0.05 --epsilon 0.01")
def attack_table(
    images: Annotated[int, typer.Option(min=1, help="Validation images, of those that the network gets right.")] = 100,
    epsilon: Annotated[list[float] | None, typer.Option(help="Repeatable; default 0.05, 0.01 and 0.005.")] = None,
    method: Annotated[str, typer.Option(help=METHOD)] = "pgd",
    steps: Annotated[int, typer.Option(help="Steps of PGD.")] = 40,
    target: Annotated[str, typer.Option(help=TARGET)] = "other",
    false_alarms: Annotated[float, typer.Option(help="Rate that the calibrated rules are allowed.")] = 0.05,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """How many attacks succeed, how many are detected, and how many clean images raise a false alarm."""
    from sxai.attacks.verbs.table import EPSILONS, attack_table

    with opened_project() as project:
        chosen = tuple(epsilon) if epsilon else EPSILONS
        table = attack_table(project, chosen, images, method, steps, target, false_alarms, model, Meter())  # type: ignore[arg-type]
        say(table, _table_text)


def _table_text(table: dict[str, Any]) -> str:
    lines = [f"{table['model']}, {table['method']} to {table['target']}, {table['images']} images"]
    for row in table["rows"]:
        lines.append(f"ε = {row['epsilon']:g}: attack {_percent(row['succeeded'])}")
        lines += [f"  detected by {name}: {_percent(share)}" for name, share in row["detected"].items()]
    lines.append("false alarms on the same images, clean")
    return "\n".join([*lines, *(f"  {name}: {_percent(share)}" for name, share in table["false_alarms"].items())])


def _percent(share: dict[str, Any]) -> str:
    if not share["of"]:
        return "none to count"
    return f"{share['share']:.0%} ({share['count']} of {share['of']}; {share['low']:.0%} to {share['high']:.0%})"


@commands.command("calibrate", epilog="Example: sxai attack calibrate --false-alarms 0.05")
def attack_calibrate(
    false_alarms: Annotated[float | None, typer.Option(help="Share of clean images that may be flagged.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Use the paper's rule.")] = False,
    default: Annotated[bool, typer.Option("--default", help="Use certainty and distance again.")] = False,
    scale: Annotated[str, typer.Option(help="probability, or activation.")] = "probability",
    combine: Annotated[str, typer.Option(help="or (the paper's text), or and (the authors' script).")] = "or",
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Choose how many false alarms the detection may raise; without options, tell the rule in use."""
    from sxai.attacks.verbs.calibrate_detection import calibrate_detection, detection_rule, reset_detection

    if sum((reset, default, false_alarms is not None)) > 1:
        raise typer.BadParameter("give one of --false-alarms, --reset and --default")
    with opened_project() as project:
        if reset or default:
            found = reset_detection(project, model, combined=default)
        elif false_alarms is None:
            found = detection_rule(project, model)
        else:
            found = calibrate_detection(project, false_alarms, scale, combine, model, Meter())  # type: ignore[arg-type]
        say(found, _rule_text)


def _rule_text(found: dict[str, Any]) -> str:
    if found["combined"]:
        return f"{found['model']}: certainty and distance from the known pictures (the default)"
    rule = found["rule"]
    value = "P" if rule["scale"] == "probability" else "z"
    what = f"one {value} > {rule['one']:.4g} {rule['combine']} {rule['count']} above {rule['many']:.4g}"
    if found["calibrated"] is None:
        laid_aside = "; the calibrated one was made with other spaces or weights" if found["outdated"] else ""
        return f"{found['model']}: the paper's rule, {what}{laid_aside}"
    return (
        f"{found['model']}: calibrated, {what}; false alarms {_percent(found['false_alarms'])} where it was "
        f"calibrated, {_percent(found['checked'])} on other images"
    )
