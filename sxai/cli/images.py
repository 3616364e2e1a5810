"""``sxai import`` and ``sxai images …``: images imported, and put right afterwards."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import ImportFailed

commands = typer.Typer(help="Images: class, split, rename, delete.", no_args_is_help=True, rich_markup_mode=None)

CLASSES_HELP = (
    "What classes are taken from: auto, table (a CSV), folders, names (of files), own (folder's name) or none."
)
MOST_LISTED = 8
"""Classes of another rule that a dry run names."""

Names = Annotated[list[str] | None, typer.Argument(metavar="IMAGE…", help="Numbers or names of images.")]
Mark = Annotated[str | None, typer.Option("--mark", help="Also all images with this mark.")]
Unclassed = Annotated[bool, typer.Option("--unclassed", help="Also all images without a class.")]


def register(cli: typer.Typer) -> None:
    """Put the import on ``cli``."""
    cli.command("import", epilog="Example: sxai import photographs.zip --name pets --split auto")(import_)


def import_(
    path: Annotated[list[str], typer.Argument(help="Folders, zips, a CSV, image files, or OxfordIIITPet.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.")] = None,
    split: Annotated[str, typer.Option(help="train, val, reference or auto.")] = "auto",
    class_name: Annotated[str | None, typer.Option("--class", help="Class of all images, instead of folders.")] = None,
    classes: Annotated[str, typer.Option("--classes", help=CLASSES_HELP)] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and store nothing.")] = False,
) -> None:
    """Import photographs; what cannot be read is listed and the rest imported."""
    from sxai.images.verbs.import_ import import_images, import_torchvision
    from sxai.images.verbs.preview import preview

    if dry_run:
        say(preview(path, split, class_name, classes, progress=Meter()), _preview_text)
        return
    with opened_project() as project:
        if path == ["OxfordIIITPet"] and not Path(path[0]).exists():
            if name or class_name or split != "auto":
                raise typer.BadParameter("OxfordIIITPet brings its own name, classes and splits: leave the options out")
            result = import_torchvision(project, path[0], progress=Meter())
        else:
            result = import_images(project, list(path), name, split, class_name, progress=Meter(), classes=classes)
        say(result, _import_text)
        if result.failed and not (result.imported or result.duplicates):
            raise ImportFailed(f"none of the {len(result.failed)} files could be imported: {result.failed[0].error}")


def _import_text(result: dict[str, Any]) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in sorted(result["classes"].items()))
    head = f"{result['imported']} imported ({counts or 'no class'}), {result['duplicates']} duplicates"
    lines = [head]
    if result["imported"] and result["classes_from"]:
        lines.append(f"  {_taken_from(result['classes_from'])}")
    if result["unclassed"] and result["classes"]:
        lines.append(f"  {result['unclassed']} without a class")
    lines += [f"  in two classes: {item['file']}: {item['error']}" for item in result["twice"]]
    lines += [f"  differ in case only: {' and '.join(names)}" for names in _alike(result["classes"])]
    return "\n".join([*lines, *_failed_lines(result)])


def _alike(classes: dict[str, int]) -> list[list[str]]:
    """Classes whose names differ in nothing but case, which are one class more often than not."""
    groups: dict[str, list[str]] = {}
    for name in sorted(classes):
        groups.setdefault(name.casefold(), []).append(name)
    return [names for names in groups.values() if len(names) > 1]


def _preview_text(found: dict[str, Any]) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in found["classes"].items())
    splits = ", ".join(f"{name} {count}" for name, count in found["splits"].items())
    lines = [
        f"found: {counts or str(found['images']) + ' pictures'}; {len(found['failed'])} cannot be read",
        f"  splits: {splits}",
        f"  {_taken_from(found['classes_from'])}",
    ]
    if found["unclassed"] and counts:
        lines.append(f"  {found['unclassed']} without a class")
    others = [rule for rule in found["choices"] if rule not in found["classes_from"]]
    lines += [f"  or --classes {rule}: {_listed(found['choices'][rule])}" for rule in others]
    return "\n".join([*lines, *_failed_lines(found), "Nothing was stored."])


def _listed(classes: dict[str, int]) -> str:
    shown = [f"{name} {count}" for name, count in list(classes.items())[:MOST_LISTED]]
    return ", ".join([*shown, "…"] if len(classes) > MOST_LISTED else shown)


def _taken_from(rules: list[str]) -> str:
    from sxai.images.labels import RULES

    return f"classes taken from: {' and '.join(RULES.get(rule, rule) for rule in rules) or 'what was asked for'}"


def _failed_lines(result: dict[str, Any]) -> list[str]:
    return [f"  failed: {item['file']}: {item['error']}" for item in result["failed"]]


@commands.command("class", epilog="Example: sxai images class dog --unclassed --new")
def images_class(
    class_name: Annotated[str, typer.Argument(metavar="CLASS", help="Their class from now on.")],
    names: Names = None,
    mark: Mark = None,
    unclassed: Unclassed = False,
    new: Annotated[bool, typer.Option("--new", help="The class is new.")] = False,
) -> None:
    """Move images to another class; their masks stay with the concepts they were made for."""
    from sxai.images.verbs.sort import move_images
    from sxai.images.verbs.stored import chosen_images

    with opened_project() as project:
        chosen = chosen_images(project, names or (), mark, unclassed)
        _say(move_images(project, chosen, class_name, None, new), "moved", "stay")


@commands.command("split", epilog="Example: sxai images split val cat-0007.png")
def images_split(
    split: Annotated[str, typer.Argument(metavar="SPLIT", help="train, val or reference.")],
    names: Names = None,
    mark: Mark = None,
    unclassed: Unclassed = False,
) -> None:
    """Move images to another split."""
    from sxai.images.verbs.sort import move_images
    from sxai.images.verbs.stored import chosen_images

    with opened_project() as project:
        _say(move_images(project, chosen_images(project, names or (), mark, unclassed), None, split), "moved", "stay")


@commands.command("delete", epilog="Example: sxai images delete 12 cat-0007.png --masks")
def images_delete(
    names: Names = None,
    mark: Mark = None,
    masks: Annotated[bool, typer.Option("--masks", help="Also images that have masks, which go too.")] = False,
) -> None:
    """Delete images with their features, marks and known parts."""
    from sxai.images.verbs.sort import remove_images
    from sxai.images.verbs.stored import chosen_images

    with opened_project() as project:
        _say(remove_images(project, chosen_images(project, names or (), mark), masks), "deleted", "deleted")


@commands.command("rename", epilog="Example: sxai images rename IMG_0007.jpg tired-cat.jpg")
def images_rename(
    name: Annotated[str, typer.Argument(metavar="IMAGE", help="Number or name of the image.")],
    new: Annotated[str, typer.Argument(metavar="NAME", help="Its name from now on.")],
) -> None:
    """Rename an image inside the project; no file is touched."""
    from sxai.images.verbs.sort import rename_image

    with opened_project() as project:
        image = rename_image(project, name, new)
        say({"changed": 1, "image": image.id, "name": image.name}, lambda r: f"image {r['image']} is now {r['name']}")


def _say(changed: Any, done: str, masks: str) -> None:
    document = {"changed": len(changed.images), **asdict(changed)}
    told = [f"  {count} masks of {concept} {masks}" for concept, count in document["masks"].items()]
    say(document, lambda _: "\n".join([f"{document['changed']} images {done}", *told]))
