"""``sxai traits …``: what the samples of a class have in common."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say
from sxai.traits.defaults import MAX_POSITIONS, MIN_IMAGES, REPEATS, SAMPLES, SIZES

if TYPE_CHECKING:
    from sxai.traits.verbs.combinations import StoredCombination

commands = typer.Typer(help="Common traits: show, spread, layers, search.", no_args_is_help=True, rich_markup_mode=None)

ClassName = Annotated[str, typer.Argument(metavar="CLASS", help="A class of the project, such as cat.")]
Samples = Annotated[int, typer.Option("--n", min=2, help="Samples N_s.")]
Searched = Annotated[
    bool, typer.Option("--search/--no-search", help="Take each image's best combination of superpixels first.")
]
Method = Annotated[str, typer.Option(help="flips, genetic, script or exhaustive.")]
Model = Annotated[str | None, typer.Option(help="The network; default the active one.")]


@commands.command("show", epilog="Example: sxai traits show cat --n 300 --no-search")
def traits_show(
    class_name: ClassName,
    n: Samples = SAMPLES,
    search: Searched = True,
    method: Method = "flips",
    draw: Annotated[int, typer.Option(min=0, help="Another random sample.")] = 0,
    model: Model = None,
) -> None:
    """Common traits of a class: information ratios and the strongest channels."""
    from sxai.traits.verbs.traits import common_traits

    with opened_project() as project:
        traits = common_traits(project, class_name, n, method if search else None, model, draw, progress=Meter())
        say(traits.summary(), _traits_text)


@commands.command("spread", epilog="Example: sxai traits spread cat --sizes 10,50,100,300 --no-search")
def traits_spread(
    class_name: ClassName,
    sizes: Annotated[str, typer.Option(help="Numbers of samples, with commas.")] = ",".join(map(str, SIZES)),
    repeats: Annotated[int, typer.Option(min=2, help="Repeats with other samples, N_e.")] = REPEATS,
    search: Searched = False,
    method: Method = "flips",
    model: Model = None,
) -> None:
    """How far the first common trait depends on the samples and their number."""
    from sxai.traits.verbs.spread import trait_spread

    wanted = _numbers(sizes)
    with opened_project() as project:
        chosen = method if search else None
        spread = trait_spread(project, class_name, wanted, repeats, chosen, model, progress=Meter())
        say(spread.summary(), _spread_text)


@commands.command("layers", epilog="Example: sxai traits layers cat --n 100")
def traits_layers(
    class_name: ClassName,
    n: Samples = SAMPLES,
    positions: Annotated[int, typer.Option(min=1, help="Positions of a layer at most.")] = MAX_POSITIONS,
    model: Model = None,
) -> None:
    """Information ratio of the first common trait at every layer."""
    from sxai.traits.verbs.layers import layer_ratios

    with opened_project() as project:
        ratios = layer_ratios(project, class_name, n, model, positions, progress=Meter())
        say(ratios.summary(), _layers_text)


@commands.command("search", epilog="Example: sxai traits search cat --count 20 --method genetic")
def traits_search(
    class_name: ClassName,
    count: Annotated[int, typer.Option(min=1, help="Random images, those that common traits take.")] = SAMPLES,
    method: Method = "flips",
    model: Model = None,
) -> None:
    """The best combination of superpixels of each image: what the network takes most surely for the class."""
    from sxai.traits.search.settings import SearchSettings
    from sxai.traits.verbs.combinations import best_combinations
    from sxai.traits.verbs.traits import drawn_images, search_settings

    with opened_project() as project:
        images = drawn_images(project, class_name, max(count, MIN_IMAGES))[:count]
        settings = search_settings(project, method) or SearchSettings()
        combinations = best_combinations(project, images, settings, model, Meter())
        names = {image.id: image.name for image in images}
        say(_searched(class_name, method, combinations, names), _search_text)


def _searched(
    class_name: str, method: str, combinations: Sequence["StoredCombination"], names: Mapping[int, str]
) -> dict[str, Any]:
    images = [
        {
            "image": combination.image_id,
            "name": names[combination.image_id],
            "full_fitness": combination.full_fitness,
            "fitness": combination.fitness,
            "probability": combination.probability,
            "forwards": combination.forwards,
            "kept": int(combination.genome.sum()),
            "superpixels": len(combination.genome),
        }
        for combination in combinations
    ]
    mean = {
        "gain": fmean(combination.gain for combination in combinations),
        "forwards": fmean(combination.forwards for combination in combinations),
    }
    return {"class": class_name, "method": method, "images": images, "mean": mean}


def _search_text(result: dict[str, Any]) -> str:
    lines = [
        f"  {image['name']}: log-odds {image['full_fitness']:.2f} → {image['fitness']:.2f} with {image['kept']} of "
        f"{image['superpixels']} superpixels, {image['forwards']} passes"
        for image in result["images"]
    ]
    mean = result["mean"]
    lines.append(f"on average + {mean['gain']:.2f} in {mean['forwards']:.0f} passes")
    return "\n".join([f"{result['class']}: best combinations ({result['method']})", *lines])


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise typer.BadParameter(f"--sizes {text}: give whole numbers with commas, such as 10,50,100") from error


def _source(result: dict[str, Any]) -> str:
    return f"best combinations ({result['search']})" if result["search"] else "whole images"


def _traits_text(result: dict[str, Any]) -> str:
    ratios = ", ".join(f"{ratio:.1%}" for ratio in result["ratios"])
    top = ", ".join(f"{channel['channel']} ({channel['score']:.1f})" for channel in result["top"])
    return "\n".join(
        [
            f"{result['class']} in {result['model']}: {result['n']} samples, {_source(result)}",
            f"first ratios: {ratios}; 85 % need {result['components_for_85']} of {result['components']} components",
            f"strongest channels of the 1st: {top}",
        ]
    )


def _spread_text(result: dict[str, Any]) -> str:
    lines = [f"{result['class']} in {result['model']}: {result['repeats']} repeats, {_source(result)}"]
    lines += [
        f"  N_s {point['size']:>4}: spread {point['percent']:.1f} %, cosine {point['cosine']:.4f}, scores × "
        f"{point['scale']:.3f} (√ of the share: {point['expected_scale']:.3f})"
        + ("" if point["disjoint"] else "; repeats share images")
        for point in result["points"]
    ]
    if result["exponent"] is not None:
        lines.append(f"scores grow as N_s to the power {result['exponent']:.3f}")
    lines += [f"{size} samples: too few images" for size in result["dropped"]]
    return "\n".join(lines)


def _layers_text(result: dict[str, Any]) -> str:
    lines = [f"{result['class']} in {result['model']}: {result['n']} samples"]
    lines += [_layer_line(layer) for layer in result["layers"]]
    return "\n".join([*lines, *(f"  {name}: left out, {reason}" for name, reason in result["skipped"])])


def _layer_line(layer: dict[str, Any]) -> str:
    line = f"  {layer['name']:<16}{layer['kind']:<6}{layer['ratio']:>7.1%}"
    if layer["of"] == 1:
        return line
    return f"{line} ± {layer['error']:.1%}  ({layer['positions']:,} of {layer['of']:,} positions)"
