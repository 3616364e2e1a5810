"""``sxai mask suggest``, ``propagate`` and ``review``: masks that are proposed, and what became of them."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say

if TYPE_CHECKING:
    from sxai.annotation.verbs.suggest import Suggestion


class Order(StrEnum):
    """Which pictures come first."""

    strong = "strong"
    uncertain = "uncertain"
    project = "project"


def register(commands: typer.Typer) -> None:
    """Add the commands to ``sxai mask``."""
    example = "Example: sxai mask "
    commands.command("suggest", epilog=f"{example}suggest cat.eyes 12")(mask_suggest)
    commands.command("propagate", epilog=f"{example}propagate cat.eyes --limit 200")(mask_propagate)
    commands.command("review", epilog=f"{example}review cat.eyes --accept 12,13 --reject 20")(mask_review)
    commands.command("queue", epilog=f"{example}queue cat.eyes --order uncertain")(mask_queue)


def mask_suggest(
    concept: Annotated[str, typer.Argument(help="class.concept")],
    image: Annotated[int, typer.Argument(help="Number of the image.")],
    count: Annotated[int, typer.Option(min=2, help="Superpixels asked for.")] = 20,
) -> None:
    """Rank the superpixels of an image by how likely they show a concept, learned from its masks."""
    from sxai.annotation.verbs.suggest import suggestion

    with opened_project() as project:
        say(_document(suggestion(project, concept, image, count, progress=Meter())), _suggestion_text)


def mask_propagate(
    concept: Annotated[str, typer.Argument(help="class.concept")],
    count: Annotated[int, typer.Option(min=2, help="Superpixels asked for.")] = 20,
    limit: Annotated[int | None, typer.Option(min=1, help="Images looked at; all when not given.")] = None,
) -> None:
    """Propose masks for the images of a class that have none; an interrupted run goes on where it was."""
    from sxai.annotation.verbs.proposals import propagate

    with opened_project() as project:
        say(
            propagate(project, concept, count, limit, progress=Meter()),
            lambda r: (
                f"{r['concept']}: {r['proposed']} masks proposed, not visible in {r['not_visible']} of "
                f"{r['looked_at']} images; learned from {r['taught_by']} masks"
            ),
        )


def mask_review(
    concept: Annotated[str, typer.Argument(help="class.concept")],
    accept: Annotated[str, typer.Option(help="Comma-separated images, or all.")] = "",
    reject: Annotated[str, typer.Option(help="Comma-separated images.")] = "",
    author: Annotated[str, typer.Option(help="Whose verdicts they are.")] = "me",
) -> None:
    """List what is proposed, accept or reject it, and see how much of what was suggested was kept."""
    from sxai.annotation.verbs.proposals import accept_proposal, proposals, reject_proposal
    from sxai.annotation.verbs.record import suggestion_record

    with opened_project() as project:
        waiting = [proposal.image_id for proposal in proposals(project, concept)]
        accepted = waiting if accept.strip() == "all" else _numbers(accept)
        for image in _numbers(reject):
            reject_proposal(project, concept, image, author)
        for image in accepted:
            if image not in _numbers(reject):
                accept_proposal(project, concept, image, author)
        document = {
            "concept": concept,
            "proposals": [_document(proposal) for proposal in proposals(project, concept)],
            "record": asdict(suggestion_record(project, concept)),
        }
        say(document, _review_text)


def mask_queue(
    concept: Annotated[str, typer.Argument(help="class.concept")],
    order: Annotated[Order, typer.Option(help="Which pictures come first.")] = Order.strong,
) -> None:
    """The images that wait for a mask, the most useful first; those where it seems not to be visible are left out."""
    from sxai.annotation.verbs.record import useful_queue

    with opened_project() as project:
        queue = useful_queue(project, concept, order.value)
        say(
            {"concept": concept, "images": list(queue.images), "left_out": list(queue.left_out)},
            lambda r: f"{' '.join(map(str, r['images']))}\n{len(r['left_out'])} left out: not visible, it seems",
        )


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no list of image numbers, for example 12,13") from error


def _document(suggestion: "Suggestion") -> dict[str, Any]:
    return {
        "concept": suggestion.concept,
        "image": suggestion.image_id,
        "superpixels": suggestion.count,
        "labels": list(suggestion.labels),
        "ranked": list(suggestion.ranked),
        "chances": list(suggestion.probabilities),
        "drops": list(suggestion.drops),
        "taught_by": suggestion.taught_by,
    }


def _suggestion_text(suggestion: dict[str, Any]) -> str:
    best = ", ".join(f"{label} ({suggestion['chances'][label]:.2f})" for label in suggestion["ranked"][:5])
    chosen = ", ".join(map(str, suggestion["labels"])) or "none: it seems not to be visible"
    return f"{suggestion['concept']} on image {suggestion['image']}: {chosen}\nlikeliest superpixels: {best}"


def _review_text(document: dict[str, Any]) -> str:
    record = document["record"]
    lines = [f"{document['concept']}: {len(document['proposals'])} proposals wait"]
    if record["precision"] is not None:
        lines.append(
            f"of the superpixels suggested, {record['precision']:.0%} were kept on {record['pictures']} pictures; "
            f"{record['unchanged']} kept unchanged, {record['rejected']} rejected"
        )
    return "\n".join(lines)
