"""``sxai space …``: the neurons that carry concepts."""

from dataclasses import asdict
from typing import Annotated, Any, cast

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.spaces.defaults import MIN_NORMAL_R2, RECOMMENDED, TITLES, Fit

MOST_LISTED = 64
"""Channels of a space that are named in text; ``--json`` has all."""

commands = typer.Typer(
    help="Semantic spaces: extract, use, list, show, fit, remove.", no_args_is_help=True, rich_markup_mode=None
)

FIT = "What P is read from: normal (the paper), empirical (the images), auto (normal where it fits)."
ESTIMATOR = (
    "How the concept's direction is found: recommended (the better of s-xai and spatial by presence labels), "
    f"{', '.join(TITLES)}."
)
BAR_HELP = "The q-q R² from which auto takes the normal."


@commands.command("extract", epilog="Example: sxai space extract cat.eyes dog.nose")
def space_extract(
    names: Annotated[list[str] | None, typer.Argument(help="Concepts such as cat.eyes.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every concept with at least three masks.")] = False,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
    estimator: Annotated[str, typer.Option(help=ESTIMATOR)] = RECOMMENDED,
    n_ssn: Annotated[int, typer.Option(help="Semantically sensitive neurons a space.")] = 5,
    reference: Annotated[str | None, typer.Option(help="Take the reference distribution over this data set.")] = None,
    fit: Annotated[str, typer.Option(help=FIT)] = "normal",
    bar: Annotated[float, typer.Option(help=BAR_HELP)] = MIN_NORMAL_R2,
) -> None:
    """Extract semantic spaces from the masks."""
    from sxai.spaces.verbs.choose import extract_chosen

    if not names and not every:
        raise typer.BadParameter("name concepts such as cat.eyes, or give --all")
    with opened_project() as project:
        result = extract_chosen(
            project, names or None, model, estimator, n_ssn, reference, cast(Fit, fit), bar, progress=Meter()
        )
        say(result, _spaces_text)


@commands.command("fit", epilog="Example: sxai space fit cat.legs --fit empirical")
def space_fit(
    names: Annotated[list[str] | None, typer.Argument(help="Spaces such as cat.legs.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every space of the network.")] = False,
    fit: Annotated[str, typer.Option(help=FIT)] = "auto",
    bar: Annotated[float, typer.Option(help=BAR_HELP)] = MIN_NORMAL_R2,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Read probabilities from another reference distribution; nothing is extracted again."""
    from sxai.spaces.verbs.refit import refit_spaces

    if not names and not every:
        raise typer.BadParameter("name spaces such as cat.legs, or give --all")
    with opened_project() as project:
        say(refit_spaces(project, names or None, cast(Fit, fit), bar, model, progress=Meter()), _spaces_text)


@commands.command("use", epilog="Example: sxai space use cat.legs --estimator spatial")
def space_use(
    estimator: Annotated[str, typer.Option(help=f"Which stored space of the concept: by {', '.join(TITLES)}.")],
    names: Annotated[list[str] | None, typer.Argument(help="Concepts such as cat.legs.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every concept that has a space in use.")] = False,
    model: Annotated[str | None, typer.Option(help="The network; default the active one.")] = None,
) -> None:
    """Read concepts by another of their stored spaces; nothing is extracted again."""
    from sxai.spaces.verbs.stored import list_spaces, use_estimator

    if not names and not every:
        raise typer.BadParameter("name concepts such as cat.legs, or give --all")
    with opened_project() as project:
        wanted = names or [space.name for space in list_spaces(project, model)]
        say({"spaces": [asdict(space) for space in use_estimator(project, wanted, estimator, model)]}, _spaces_text)


@commands.command("list", epilog="Example: sxai space list --json")
def space_list(model: Annotated[str | None, typer.Option(help="The network.")] = None) -> None:
    """The semantic spaces of a network."""
    from sxai.spaces.verbs.stored import list_spaces

    with opened_project() as project:
        say({"spaces": [asdict(space) for space in list_spaces(project, model)]}, _spaces_text)


@commands.command("show", epilog="Example: sxai space show cat.eyes")
def space_show(name: str, model: Annotated[str | None, typer.Option(help="The network.")] = None) -> None:
    """One semantic space with its channels, differences and reference distribution."""
    from sxai.spaces.verbs.details import space_detail

    with opened_project() as project:
        detail = space_detail(project, name, model)
        say({"spaces": [{**asdict(detail.summary), "shared": detail.shared}]}, _space_details)


@commands.command("delete", epilog="Example: sxai space delete cat.eyes")
def space_delete(name: str, model: Annotated[str | None, typer.Option(help="The network.")] = None) -> None:
    """Delete the semantic space by which a concept is read; its masks stay."""
    from sxai.spaces.verbs.stored import remove_space

    with opened_project() as project:
        say({"changed": 1, **asdict(remove_space(project, name, model))}, _deleted_text)


def _deleted_text(removed: dict[str, Any]) -> str:
    now = f"it is read by '{removed['now']}' now" if removed["now"] else "it has no space now"
    return f"{removed['name']}: the space by '{removed['estimator']}' is deleted; {now}"


def _spaces_text(result: dict[str, Any]) -> str:
    lines = [_space_line(space) for space in result["spaces"]]
    lines += [f"{name}: passed over, {reason}" for name, reason in result.get("skipped", [])]
    lines += [result["note"]] if result.get("note") else []
    return "\n".join(lines) or "No semantic space yet; run: sxai space extract --all"


def _space_line(space: dict[str, Any]) -> str:
    masked = space["masked"]
    stale = " (stale: extract it again)" if space["stale"] else ""
    return (
        f"{space['name']}: {_channels(space)}; {space['n_masks']} masks; "
        f"R² {space['reference']['r2']:.3f}, {space['fit']} fit; "
        f"P {masked['p_unmasked']:.2f} → {masked['p_masked']:.2f} when masked, "
        f"lower in {masked['share_lower']:.0%}{stale}"
    )


def _channels(space: dict[str, Any]) -> str:
    """The channels of a space, or how many there are and by which estimator when they are too many to read."""
    if len(space["channels"]) > MOST_LISTED:
        return f"{len(space['channels'])} channels ({space['estimator']})"
    return f"channels {', '.join(map(str, space['channels']))}"


def _space_details(result: dict[str, Any]) -> str:
    space = result["spaces"][0]
    reference, shared = space["reference"], space["shared"]
    origin = "the reference images themselves" if space["fit"] == "empirical" else "the normal fitted to them"
    lines = [
        _space_line(space),
        f"  P is read from {origin}: n = {reference['n']}, mean {reference['mean']:.4g}, deviation "
        f"{reference['std']:.4g}, from {reference['min']:.4g} to {reference['max']:.4g}",
    ]
    for channel, delta in list(zip(space["channels"], space["delta"], strict=True))[:MOST_LISTED]:
        also = f", also in {', '.join(shared[channel])}" if channel in shared else ""
        lines.append(f"  channel {channel}: Δ = {delta:+.4f}{also}")
    return "\n".join(lines)
