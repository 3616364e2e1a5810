"""The commands that assess pictures: assess, assessments and evidence."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import ProjectError


def register(cli: typer.Typer) -> None:
    """Put these commands on ``cli``."""
    cli.command(epilog="Example: sxai assess photographs/ --report checked/")(assess)
    cli.command(epilog="Example: sxai assessments --level unsure")(assessments)
    cli.command(epilog="Example: sxai evidence cat.jpg --superpixels 60 --out cat.html")(evidence)


def assess(
    files: Annotated[list[Path] | None, typer.Argument(help="Pictures, folders or zips; none: the project's.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write report.html and report.pdf to this folder.")] = None,
    class_name: Annotated[str | None, typer.Option("--class", help="Of the project's images: this class.")] = None,
    split: Annotated[str | None, typer.Option(help="Of the project's images: train, val or reference.")] = None,
    mark: Annotated[str | None, typer.Option(help="Of the project's images: those with this mark.")] = None,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Say what the network sees in pictures and how far that can be trusted; with --report, on paper."""
    from sxai.assess.verbs.assess_many import assess_files
    from sxai.assess.verbs.report import write_report

    if report is None and not files:
        raise typer.BadParameter("name pictures or folders, or a folder for a --report on the project's own images")
    if files and (class_name or split or mark):
        raise typer.BadParameter("--class, --split and --mark choose among the project's images: name no files then")
    with opened_project() as project:
        if report is not None:
            made = write_report(project, report, files, class_name, split, mark, model=model, progress=Meter())
            say(made, _report_text)
            count, failed = made.assessed, made.failed
        else:
            result = assess_files(project, files or [], model, progress=Meter())
            say(result, _assess_text)
            count, failed = len(result.images), result.failed
        if failed and not count:
            none = "the file could not" if len(failed) == 1 else f"none of the {len(failed)} files could"
            raise ProjectError(f"{none} be assessed: {failed[0].error}")


def _report_text(result: dict[str, Any]) -> str:
    levels = ", ".join(f"{name} {count}" for name, count in result["levels"].items()) or "none"
    flags = ", ".join(f"{name} {count}" for name, count in result["flags"].items())
    lines = [f"{result['assessed']} pictures assessed ({levels})", *([f"  warnings: {flags}"] if flags else [])]
    lines += [f"  {path}" for path in (result["html"], result["pdf"]) if path]
    return "\n".join([*lines, *_failures(result)])


def _failures(result: dict[str, Any]) -> list[str]:
    return [f"failed: {item['file']}: {item['error']}" for item in result["failed"]]


def _assess_text(result: dict[str, Any]) -> str:
    blocks = []
    for image in result["images"]:
        values = ", ".join(f"{name} {value:.2f}" for name, value in image["probabilities"].items())
        flags = [f"  flags: {', '.join(image['flags'])}"] if image["flags"] else []
        said = f"{image['sentence']} {image['caution']}".strip()
        lines = [image["file"], f"  {image['cnn_line']}", f"  {said}", f"  P: {values}", *flags]
        blocks.append("\n".join(lines))
    return "\n".join([*blocks, *_failures(result)])


def assessments(
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    image: Annotated[int | None, typer.Option(help="Of this image of the project alone.")] = None,
    level: Annotated[str | None, typer.Option(help="With this level alone, such as unsure.")] = None,
) -> None:
    """List what was assessed before, newest first."""
    from sxai.assess.verbs.history import past_assessments

    with opened_project() as project:
        past = past_assessments(project, limit, image, level)
        say({"assessments": [asdict(one) for one in past]}, _assessments_text)


def _assessments_text(result: dict[str, Any]) -> str:
    lines = [f"{one['created'][:16]}  {one['file']}  {one['sentence']}" for one in result["assessments"]]
    return "\n".join(lines) or "nothing was assessed yet"


def evidence(
    picture: Annotated[Path, typer.Argument(help="One picture file.")],
    superpixels: Annotated[int, typer.Option(min=2, max=400, help="How many pieces, about.")] = 40,
    out: Annotated[Path | None, typer.Option(help="Draw the maps on a page (HTML).")] = None,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Say which superpixels carry each concept, by filling one after the other, and how Grad-CAM agrees."""
    from sxai.assess.verbs.evidence import evidence_document, evidence_file, write_evidence

    with opened_project() as project:
        shown = evidence_file(project, picture, superpixels, model, progress=Meter())
        if out is not None:
            write_evidence(shown, out)
        say(evidence_document(shown), _evidence_text)


def _evidence_text(result: dict[str, Any]) -> str:
    lines = [
        f"{result['file']}: {result['predicted']} {result['confidence']:.1%}, {len(result['centres'])} superpixels"
    ]
    for concept in result["concepts"]:
        drops = concept["probability_drops"]
        best = max(range(len(drops)), key=drops.__getitem__)
        x, y = result["centres"][best]
        agreement = result["agreement"][concept["name"]]
        told = "" if agreement is None else f", rank correlation with Grad-CAM {agreement:+.2f}"
        most = f"largest drop {drops[best]:.2f} at ({x:.0f}, {y:.0f})"
        lines.append(f"  {concept['name']}: P {concept['probability']:.2f}, {most}{told}")
    return "\n".join(lines)
