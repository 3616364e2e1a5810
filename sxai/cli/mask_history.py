"""``sxai mask …``: what happened to masks, who made them, and whether they are good and enough."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say

Concept = Annotated[str, typer.Argument(help="A concept such as cat.eyes.")]
Image = Annotated[str, typer.Argument(help="The image's number or name.")]
Author = Annotated[str | None, typer.Option(help="Only what this person did, or had a side in.")]
Name = Annotated[str, typer.Option(help="Who does this.")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most.")]


def register(commands: typer.Typer) -> None:
    """Put these commands beside those that make masks."""
    commands.command("history", epilog="Example: sxai mask history cat.eyes --image 12")(history)
    commands.command("undo", epilog="Example: sxai mask undo cat.eyes 12 --to 3")(undo)
    commands.command("annotators", epilog="Example: sxai mask annotators cat.eyes")(annotators)
    commands.command("conflicts", epilog="Example: sxai mask conflicts --author ada")(conflicts)
    commands.command("agreement", epilog="Example: sxai mask agreement cat.eyes --against theirs.json")(agreement)
    commands.command("quality", epilog="Example: sxai mask quality cat.eyes cat.nose")(quality)


def history(
    concept: Annotated[str | None, typer.Argument(help="A concept such as cat.eyes; all when not given.")] = None,
    image: Annotated[str | None, typer.Option(help="Every edit of this image's mask, by number or name.")] = None,
    author: Author = None,
    limit: Limit = 20,
) -> None:
    """The latest edits of masks, or all of one mask; nothing is ever overwritten."""
    from sxai.images.verbs.stored import image_named
    from sxai.masks.verbs.history import mask_edits, mask_history

    with opened_project() as project:
        if image is not None and concept is None:
            raise typer.BadParameter("name the concept as well", param_hint="CONCEPT")
        if image is not None and concept is not None:
            changes = mask_history(project, image_named(project, image).id, concept)
            edits = [asdict(change) for change in changes if author in (None, change.author)]
            say({"concept": concept, "image": image, "edits": edits}, _changes_text)
            return
        log = mask_edits(project, concept, author, limit)
        say({"edits": [{**asdict(edit), "full_name": edit.full_name} for edit in log]}, _log_text)


def undo(
    concept: Concept,
    image: Image,
    to: Annotated[int | None, typer.Option(min=0, help="Back to this version; 0: no mask.")] = None,
    author: Name = "me",
) -> None:
    """Take back the latest edit of a mask, or bring an earlier version back; that is one more edit."""
    from sxai.images.verbs.stored import image_named
    from sxai.masks.verbs.history import restore_mask, undo_mask

    with opened_project() as project:
        image_id = image_named(project, image).id
        if to is None:
            done = undo_mask(project, image_id, concept, author)
        else:
            done = restore_mask(project, image_id, concept, to, author)
        say(done, lambda r: f"{r['concept']} on image {r['image_id']}: " + _now(r))


def _now(saved: dict[str, Any]) -> str:
    return f"now version {saved['version']}, {saved['pixels']} pixels." if saved["version"] else "no mask now."


def annotators(concept: Annotated[str | None, typer.Argument(help="Only masks of this concept.")] = None) -> None:
    """What each person did: edits, masks that are theirs now, pace, conflicts."""
    from sxai.masks.verbs.history import annotators

    with opened_project() as project:
        say({"annotators": [asdict(person) for person in annotators(project, concept)]}, _annotators_text)


def conflicts(
    concept: Annotated[str | None, typer.Argument(help="Only of this concept.")] = None, author: Author = None
) -> None:
    """Edits of two people that met: whose was refused, whose had come first, and whether it was settled."""
    from sxai.masks.verbs.history import mask_conflicts

    with opened_project() as project:
        say({"conflicts": [asdict(conflict) for conflict in mask_conflicts(project, concept, author)]}, _conflicts_text)


def agreement(
    concept: Concept,
    against: Annotated[Path | None, typer.Option(help="Somebody else's masks, in any format; not stored.")] = None,
) -> None:
    """Do annotators mark the same? Overlap of pixels (IoU) and Cohen's kappa on superpixels."""
    from sxai.masks.verbs.agreement import mask_agreement

    with opened_project() as project:
        say(mask_agreement(project, concept, against, progress=Meter()), _agreement_text)


def quality(
    concepts: Annotated[list[str] | None, typer.Argument(metavar="[CONCEPT]...", help="All when not given.")] = None,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Are the masks good, and enough? Coverage, masks that change nothing, agreement, and how Δ settles."""
    from sxai.annotation.verbs.quality import mask_quality
    from sxai.masks.verbs.save import list_concepts

    with opened_project() as project:
        names = concepts or [concept.name for concept in list_concepts(project) if concept.masks]
        qualities = [asdict(mask_quality(project, name, model, progress=Meter())) for name in names]
        say({"concepts": qualities}, lambda r: "\n\n".join(map(_quality_text, r["concepts"])) or "No masks yet.")


def _moment(text: str) -> str:
    return text[:19].replace("T", " ")


def _did(edit: dict[str, Any]) -> str:
    if edit["restored"] is None:
        return str(edit["action"])
    return f"brought back version {edit['restored']}" if edit["restored"] else "brought back that there was none"


def _changes_text(result: dict[str, Any]) -> str:
    lines = [
        f"version {edit['version']}  {_moment(edit['created'])}  {edit['author']}: {_did(edit)}, {edit['pixels']} "
        f"pixels (+{edit['added']} -{edit['removed']})"
        for edit in result["edits"]
    ]
    return "\n".join(lines) or "Nobody masked this yet."


def _log_text(result: dict[str, Any]) -> str:
    lines = [
        f"{_moment(edit['created'])}  {edit['author']}: {_did(edit)}, version {edit['version']} of {edit['full_name']} "
        f"on {edit['image_name']} (image {edit['image_id']})"
        for edit in result["edits"]
    ]
    return "\n".join(lines) or "No edits yet."


def _annotators_text(result: dict[str, Any]) -> str:
    lines = []
    for person in result["annotators"]:
        pace = f", {person['seconds']:.0f} s between edits" if person["seconds"] is not None else ""
        lines.append(
            f"{person['author']}: {person['edits']} edits on {person['images']} images "
            f"({person['created']} made, {person['changed']} changed, {person['deleted']} deleted, "
            f"{person['restored']} brought back), {person['masks']} masks now, "
            f"{person['conflicts']} conflicts{pace}"
        )
    return "\n".join(lines) or "No edits yet."


def _conflicts_text(result: dict[str, Any]) -> str:
    lines = [
        f"{_moment(conflict['created'])}  {conflict['concept']} on {conflict['image_name']}: "
        f"{conflict['other']} had saved version {conflict['version']} before {conflict['author']}; "
        + (
            f"{conflict['author']} settled it with version {conflict['settled']}"
            if conflict["settled"]
            else "not settled yet"
        )
        for conflict in result["conflicts"]
    ]
    return "\n".join(lines) or "No two edits met."


def _agreement_text(result: dict[str, Any]) -> str:
    return "\n".join(f"{result['concept']}: {_pair(pair)}" for pair in result["pairs"])


def _pair(pair: dict[str, Any]) -> str:
    low, high = pair["interval"]
    kappa = "–" if pair["kappa"] is None else f"{pair['kappa']:.3f}"
    seen = f", {pair['edited']} of them begun from the other's mask" if pair["edited"] else ""
    return (
        f"{pair['first']} and {pair['second']}: IoU {pair['iou']:.3f} ({low:.3f} to {high:.3f}), kappa {kappa} on "
        f"superpixels, {pair['images']} images{seen}"
    )


def _quality_text(result: dict[str, Any]) -> str:
    covered, effects = result["coverage"], result["effects"]
    area = f", each covers {covered['area'][2]:.1%} of its picture (median)" if covered["area"] else ""
    lines = [f"{result['concept']}: {covered['masks']} of {covered['images']} images masked{area}"]
    if effects:
        lines.append(effects["advice"])
        for finding, words in FINDINGS.items():
            names = [effect["image_name"] for effect in effects["effects"] if effect["finding"] == finding]
            if names:
                lines.append(f"{len(names)} {words}: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}")
    lines += [_pair(pair) for pair in (result["agreement"] or {"pairs": []})["pairs"]]
    return "\n".join([*lines, *result["missing"]])


FINDINGS = {
    "nothing": "change nothing when filled",
    "raises": "raise the activation when filled",
    "alone": "steer the direction alone",
}
