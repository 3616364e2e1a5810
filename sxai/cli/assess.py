"""The commands that assess pictures: assess, assessments and evidence."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import ProjectError

PASSED = {True: "yes", False: "no", None: "not known"}


def register(cli: typer.Typer) -> None:
    """Put these commands on ``cli``."""
    cli.command(epilog="Example: sxai assess photographs/ --report checked/")(assess)
    cli.command(epilog="Example: sxai assessments --level unsure")(assessments)
    cli.command(epilog="Example: sxai gates --false-alarms 0.02")(gates)
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
        said = f"{image['verdict']} {image['caution']}".strip()
        paper = [f"  by its concepts alone: {image['sentence']}"] if image["sentence"] != image["verdict"] else []
        gates = [f"  {gate['name']}: {PASSED[gate['passed']]}. {gate['why']}" for gate in image["gates"]]
        advice = [f"  next: {step}" for step in image["advice"]]
        lines = [
            image["file"],
            f"  {image['cnn_line']}",
            f"  {said}",
            *paper,
            *gates,
            *advice,
            f"  P: {values}",
            *flags,
        ]
        blocks.append("\n".join(lines))
    strangers = result["strangers"]
    if strangers is not None and strangers["files"]:
        promise = f"at most {strangers['rate']:.0%} of them wrong on average"
        blocks.append(f"unlike anything known ({promise}): {', '.join(strangers['files'])}")
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
    lines = [f"{one['created'][:16]}  {one['file']}  {one['verdict']}" for one in result["assessments"]]
    return "\n".join(lines) or "nothing was assessed yet"


def gates(
    false_alarms: Annotated[
        float | None, typer.Option(help="Share of pictures that each gate may stop wrongly.")
    ] = None,
    detector: Annotated[str | None, typer.Option(help="Detector of unfamiliar pictures; default neighbours.")] = None,
    paper: Annotated[bool | None, typer.Option("--paper/--no-paper", help="All as in the paper, no gates.")] = None,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Choose how pictures pass before their concepts count; without options, tell what is in use."""
    from sxai.assess.verbs.gates import as_in_the_paper, gates_in_use, set_gates

    with opened_project() as project:
        if paper:
            as_in_the_paper(project, model)
        if (false_alarms, detector, paper) != (None, None, None):
            set_gates(project, false_alarms, detector, paper, model)  # type: ignore[arg-type]
        say(gates_in_use(project, model, Meter()), _gates_text)


def _gates_text(found: dict[str, Any]) -> str:
    settings, error = found["settings"], found["error"]
    if settings["paper"]:
        return f"{found['model']}: as in the paper, no gates"
    kept = "each left out in turn" if found["left_out"] else f"{found['kept_aside']} kept aside"
    rate = f"{error['value']:.1%} expected, {error['low']:.1%} to {error['high']:.1%}"
    limit = "" if found["limit"] is None else f"; unfamiliar beyond {found['limit']:.3f}"
    return (
        f"{found['model']}: {settings['method']}, {found['learned']} pictures, {kept}{limit}\n"
        f"  false alarms of each gate: {settings['rate']:.1%} allowed, {rate}"
    )


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
