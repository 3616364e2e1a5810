"""``sxai occlude …``: global feature occluders, what they do, and which concepts they take away."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.errors import ProjectError, UnreadableImage
from sxai.occluders.defaults import EPSILON, IMAGES, STEPS, VISIBILITY_LIMIT

if TYPE_CHECKING:
    from sxai.occluders.verbs.learn import OccludedPicture

commands = typer.Typer(
    help="Global feature occluders: learn, show, rank, apply.", no_args_is_help=True, rich_markup_mode=None
)

Model = Annotated[str | None, typer.Option(help="The network; default the active one.")]
OneEpsilon = Annotated[float | None, typer.Option("--epsilon", help="Those at this ε; default those learned last.")]


@commands.command("learn", epilog="Example: sxai occlude learn cat --epsilon 0.02 --epsilon 0.04")
def occlude_learn(
    classes: Annotated[list[str] | None, typer.Argument(help="Classes; default all that the network tells.")] = None,
    epsilon: Annotated[
        list[float] | None,
        typer.Option(
            help=f"Largest change of a pixel value, in 0 to 1; several make a sweep. Default {255 * EPSILON:.0f}/255."
        ),
    ] = None,
    seen: Annotated[
        float, typer.Option(min=0, help="The most that a person may see of it: S-CIELAB's ΔE on grey; 0 for any.")
    ] = VISIBILITY_LIMIT,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the descent.")] = STEPS,
    images: Annotated[int, typer.Option(min=1, help="Images of a class and split at most.")] = IMAGES,
    model: Model = None,
) -> None:
    """Learn the occluder of each class and try it on images, seen and unseen, of its class and of others."""
    from sxai.occluders.verbs.learn import learn_occluders, stored_occluders

    with opened_project() as project:
        occluders = learn_occluders(project, classes, epsilon or EPSILON, steps, images, model, Meter(), seen or None)
        wanted = set(epsilon or [EPSILON])
        sets = [group for group in stored_occluders(project, model) if group.epsilon in wanted]
        say(occluders.summary() | {"sweep": [group.summary() for group in reversed(sets)]}, _sweep_text)


@commands.command("show", epilog="Example: sxai occlude show")
def occlude_show(model: Model = None) -> None:
    """The occluders that are kept: accuracy clean and occluded, matched and unmatched, by ε."""
    from sxai.occluders.verbs.learn import stored_occluders

    with opened_project() as project:
        say({"sweep": [group.summary() for group in stored_occluders(project, model)]}, _sweep_text)


@commands.command("rank", epilog="Example: sxai occlude rank cat")
def occlude_rank(
    class_name: Annotated[str, typer.Argument(metavar="CLASS", help="A class that has an occluder.")],
    epsilon: OneEpsilon = None,
    model: Model = None,
) -> None:
    """Which concepts the network needs for a class: their share of what its occluder takes away."""
    from sxai.occluders.verbs.learn import occluders_in_use
    from sxai.occluders.verbs.rank_concepts import rank_concepts

    with opened_project() as project:
        occluder = occluders_in_use(project, epsilon, model).of(class_name)
        say(rank_concepts(project, occluder, Meter()).summary(), _rank_text)


@commands.command("apply", epilog="Example: sxai occlude apply photo.jpg cat --out occluded/")
def occlude_apply(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    class_name: Annotated[str, typer.Argument(metavar="CLASS", help="Whose occluder to lay over it.")],
    epsilon: OneEpsilon = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the picture, the occluder and both together.")] = None,
    model: Model = None,
) -> None:
    """What the network says of a picture before and after an occluder."""
    from sxai.occluders.verbs.learn import occlude_picture, occluders_in_use

    with opened_project() as project:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UnreadableImage(f"cannot read {file}: {error.strerror}. Check the path.") from error
        occluder = occluders_in_use(project, epsilon, model).of(class_name)
        picture = occlude_picture(project, occluder, data, str(file))
        written = _written(picture, out) if out else []
        say(picture.summary() | {"written": written}, _apply_text)


def _written(picture: "OccludedPicture", folder: Path) -> list[str]:
    """Write the three pictures; their files."""
    from sxai.attacks.figures import magnified
    from sxai.images.decode import encode

    change, _ = magnified(picture.pictures["change"])
    files = {f"{kind}.png": picture.pictures[kind] for kind in ("clean", "occluded")} | {"occluder.png": change}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, pixels in files.items():
            (folder / name).write_bytes(encode(pixels, "png"))
    except OSError as error:
        raise ProjectError(f"cannot write to {folder}: {error.strerror}. Choose another --out.") from error
    return [str(folder / name) for name in files]


def _sweep_text(result: dict[str, Any]) -> str:
    return "\n\n".join(map(_set_text, result["sweep"])) or "No occluders yet; run: sxai occlude learn"


def _set_text(result: dict[str, Any]) -> str:
    lines = [
        f"{result['model']}, ε = {result['epsilon']:.4g}: {len(result['classes'])} occluders, {result['steps']} steps, "
        f"up to {result['images']} images of a class{_sight(result['seen'])}",
        *[
            f"  {kind:<10}train {_fall(result[kind]['train'])}   unseen {_fall(result[kind]['val'])}"
            for kind in ("matched", "unmatched")
        ],
    ]
    for row in result["classes"]:
        into = ", ".join(f"{name} {count}" for name, count in list(row["becomes"].items())[:3]) or "nothing it knew"
        matched, unmatched = row["matched"]["val"], row["unmatched"]["val"]
        lines.append(f"  {row['class']:<16}{_fall(matched)}, others {_fall(unmatched)}; becomes {into}")
    return "\n".join(lines)


def _sight(seen: float | None) -> str:
    return "" if seen is None else f"; visible difference {seen:.2f} ΔE (S-CIELAB; below 1 hardly noticeable)"


def _fall(effect: dict[str, float | None]) -> str:
    clean, occluded = (effect[key] for key in ("clean", "occluded"))
    return "no images" if clean is None or occluded is None else f"{clean:.3f} → {occluded:.3f}"


def _rank_text(result: dict[str, Any]) -> str:
    lines = [
        f"{result['class']} in {result['model']}, ε = {result['epsilon']:.4g}, {result['images']} unseen images: its "
        f"score falls by {result['loss']:.2f}, {result['away'] / result['loss']:.0%} of it by what is taken away",
        "  of which passes along",
    ]
    for concept in result["concepts"]:
        masked = "" if concept["when_masked"] is None else f"; masking it costs {concept['when_masked']:+.2f}"
        lines.append(
            f"  {concept['name']:<20}{concept['share']:>7.1%} ({concept['low']:.1%} to {concept['high']:.1%}); "
            f"random directions {concept['control']:.1%}, p {concept['p']:.3f}{masked}"
        )
    if result["agreement"] is not None:
        lines.append(f"  rank correlation with what masking costs: {result['agreement']:+.2f}")
    channels = ", ".join(
        f"{channel['channel']}" + (f" ({' '.join(channel['spaces'])})" if channel["spaces"] else "")
        for channel in result["channels"]
    )
    return "\n".join([*lines, f"  most important channels that fell: {channels}"])


def _apply_text(result: dict[str, Any]) -> str:
    first, last = result["said"], result["says"]
    head = f"{result['file']}: {first} ({result['before'][first]:.1%}) becomes {last} ({result['after'][last]:.1%})"
    seen = f"  visible difference {result['seen']:.1f} ΔE (S-CIELAB, arm's length; below 1 hardly noticeable)"
    return "\n".join([head, seen, *(f"  wrote {file}" for file in result["written"])])
