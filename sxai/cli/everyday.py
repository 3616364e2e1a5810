"""The everyday commands: demo, import, assess, assessments, evidence, overconfident and search."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import ImportFailed, ProjectError


def register(cli: typer.Typer) -> None:
    """Put the everyday commands on ``cli``."""
    cli.command(epilog="Example: sxai --home ~/demo demo")(demo)
    cli.command("import", epilog="Example: sxai import photographs.zip --name pets --split auto")(import_)
    cli.command(epilog="Example: sxai assess photographs/ --report checked/")(assess)
    cli.command(epilog="Example: sxai assessments --level unsure")(assessments)
    cli.command(epilog="Example: sxai evidence cat.jpg --superpixels 60 --out cat.html")(evidence)
    cli.command(epilog="Example: sxai overconfident --confidence 0.9 --unseen 0.2")(overconfident)
    cli.command(epilog='Example: sxai search "dog.nose > 0.9" --limit 20')(search)


def demo(
    species: Annotated[bool, typer.Option("--species", help="Twenty invented species, not cats and dogs.")] = False,
) -> None:
    """Fill an empty home with the embedded demo: pets, a network, masks and semantic spaces."""
    from sxai.demo.verbs.fill import fill_demo

    with opened_project() as project:
        say(
            fill_demo(project, progress=Meter(), species=species),
            lambda r: f"Demo ready in {r['home']} ({r['seconds']:.1f} s).",
        )


def import_(
    path: Annotated[list[str], typer.Argument(help="Folder of class folders, zip, image files, or OxfordIIITPet.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.")] = None,
    split: Annotated[str, typer.Option(help="train, val, reference or auto.")] = "auto",
    class_name: Annotated[str | None, typer.Option("--class", help="Class of all images, instead of folders.")] = None,
) -> None:
    """Import photographs; what cannot be read is listed and the rest imported."""
    from sxai.images.verbs.import_ import import_images, import_torchvision

    with opened_project() as project:
        if path == ["OxfordIIITPet"] and not Path(path[0]).exists():
            if name or class_name or split != "auto":
                raise typer.BadParameter("OxfordIIITPet brings its own name, classes and splits: leave the options out")
            result = import_torchvision(project, path[0], progress=Meter())
        else:
            result = import_images(project, list(path), name, split, class_name, progress=Meter())
        say(result, _import_text)
        if result.failed and not (result.imported or result.duplicates):
            raise ImportFailed(f"none of the {len(result.failed)} files could be imported: {result.failed[0].error}")


def _import_text(result: dict[str, Any]) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in sorted(result["classes"].items()))
    head = f"{result['imported']} imported ({counts or 'no class'}), {result['duplicates']} duplicates"
    return "\n".join([head, *(f"  failed: {item['file']}: {item['error']}" for item in result["failed"])])


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


def overconfident(
    confidence: Annotated[float, typer.Option(help="The CNN is more certain than this.")] = 0.9,
    unseen: Annotated[float, typer.Option(help="Every P of its class is below this.")] = 0.2,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """List the project's images of which the CNN is certain although it shows nothing of their class."""
    from sxai.search.verbs.overconfident import overconfident

    with opened_project() as project:
        say(overconfident(project, confidence, unseen, model, progress=Meter()), _overconfident_text)


def _overconfident_text(result: dict[str, Any]) -> str:
    lines = [f"{len(result['images'])} over-confident of {result['certain']} certain, {result['considered']} in all"]
    lines += [
        f"  {one['confidence']:.3f}  {one['concept']} {one['p_max']:.2f}  {one['predicted']}  {one['file']}"
        for one in result["images"]
    ]
    return "\n".join(lines)


def search(
    query: Annotated[str, typer.Argument(help="For example: cat.legs < 0.1 and cat.eyes > 0.8")],
    limit: Annotated[int, typer.Option(min=0, help="Hits shown.")] = 60,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Find images by meaning, the clearest first."""
    from sxai.search.verbs.doubts import query_doubts
    from sxai.search.verbs.search import search

    with opened_project() as project:
        found = search(project, query, limit, model=model, progress=Meter())
        say({**asdict(found), "doubts": query_doubts(project, query, model)}, _search_text)


def _search_text(result: dict[str, Any]) -> str:
    lines = [f"{result['total']} of {result['considered']} images"]
    lines += [f"  {name} is poor: {why}" for name, why in result["doubts"].items()]
    return "\n".join([*lines, *(f"  {hit['margin']:+.3f}  {hit['file']}" for hit in result["hits"])])
