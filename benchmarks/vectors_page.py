"""The page on semantic vectors: tables of ``benchmarks.vectors`` with the paper's numbers beside them, and charts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import save_figure, table
from benchmarks.vectors_goals import goals
from sxai.assess.pointing_figures import gain_band, pointing_curves
from sxai.vectors.figures import diversity_scatter

METHODS = {"guided-backprop": "Guided backprop", "gradient-input": "Gradient × input"}
Result = Mapping[str, Any]

WHY = """\
A gate cannot ask whether a concept is a direction and nothing else: a permuted gate silences as many units as the
SeVec's, units of the class among them, and the scores of a linear head shrink with what is silenced. A step asks just
that. It is as long as the associated neuron's change, and only its direction differs: a neuron, the SeVec, or the
SeVec's entries in another order. The associated neuron is the most typical unit of the class, set to 1.5 times the
largest activation; in a network of few channels that alone says something of the class. On the demo's species most
accuracies are 1 or next to it, so that diversity has nothing to explain there.
"""


def page(results: Result, charts: Path) -> str:
    """The whole page; its charts are written to the folder ``charts``."""
    parts = [
        "# Semantic vectors on real photographs\n",
        "Written by `python -m benchmarks.vectors`. Five animals (1,990 photographs) and ten textures (400), halved by "
        "file name: vectors are made from the first half (up to 300 of a concept) and the head of fifteen classes is "
        "trained on it; everything below is measured on the second half. A unit is active above its 0.9 quantile over "
        "the images that make vectors; “zero” rows use the paper's 0 instead. The network is read after global average "
        "pooling. No photograph is shown here.\n",
        "## What was found\n",
        table(goals(results)),
        WHY,
        *(part for one in results["networks"] for part in _network(one, charts)),
        *_species(results["species"]),
    ]
    return "\n".join(parts)


def _network(one: Result, charts: Path) -> list[str]:
    name = one["network"]
    return [
        f"## {name}\n",
        f"Accuracy of the head on held-out photographs: {one['accuracy']['val']:.3f}.\n",
        "### Retrieval\n",
        "Precision among the first 20 held-out photographs of the pool, ranked by margin (cosine with the concept less "
        "that with the nearest other one) and by cosine alone; chance is a concept's share of the pool.\n",
        table(_retrieval(one)),
        "### One neuron or a direction (paper: Table 1)\n",
        "Mean rise of the own class's probability. Paper, fc1 of VGG-16: associated neuron +0.000001, random neuron "
        "−0.0000007, SeVec +0.1929, permutation of the SeVec +0.000004. A step is as long as "
        "the associated neuron's change, along v_c or along v_c with its entries permuted.\n",
        table([_shift(row) for row in one["shifts"]]),
        "### Diversity against accuracy (paper: Table 2)\n",
        "Pearson's r of D_c with accuracy by class. Paper: −0.52, p = 9e-72, 1,000 classes.\n",
        table(_correlations(one)),
        f"![{name}: diversity and accuracy]({charts.name}/{_diversity(one, charts)})\n",
        "### Relevance\n",
        table(one["nearest"]),
        "### Without colour\n",
        f"Accuracy {one['colour']['accuracy']:.3f} in colour, {one['colour']['grey_accuracy']:.3f} in grey over "
        f"{one['colour']['n']} photographs, the network as it is. “Same” is the cosine of a class's vectors from "
        "colour and from grey photographs, “other” that with the nearest other class.\n",
        table(one["colour"]["classes"]),
        *_game(one, charts),
    ]


def _retrieval(one: Result) -> list[dict[str, Any]]:
    rows = []
    for pool in ("animals", "textures", "both"):
        for label, key in (("0.9 quantile", "retrieval"), ("zero", "retrieval, zero")):
            found = {row["name"]: row["precision"] for row in one[key][pool]}
            words = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
            mean = sum(found.values()) / len(found)
            alone = sum(row["by_cosine"] for row in one[key][pool]) / len(found)
            rows.append(
                {
                    "pool": pool,
                    "active above": label,
                    "mean precision@20": mean,
                    "by cosine alone": alone,
                    "by concept": words,
                }
            )
    return rows


def _shift(row: Result) -> dict[str, Any]:
    ways = {
        way: f"{shift['mean']:+.3f} ({shift['low']:+.3f} to {shift['high']:+.3f})" for way, shift in row["ways"].items()
    }
    zero = "zero" if row["level"] == 0 else f"{row['level']:g} quantile"
    return {"active above": zero, "gate at rate": row["threshold"], "units kept": row["kept"], **ways}


def _correlations(one: Result) -> list[dict[str, Any]]:
    rows = []
    for pool in ("animals", "textures", "both"):
        for label, key in (("0.9 quantile", "diversity"), ("zero", "diversity, zero")):
            found = one[key][pool]
            p = None if found["p"] is None else f"{found['p']:.2g}"
            rows.append({"classes": pool, "n": found["n"], "active above": label, "r": found["r"], "p": p})
    return rows


def _diversity(one: Result, charts: Path) -> str:
    found = one["diversity"]["both"]
    rows: Sequence[Result] = found["rows"]
    fig = diversity_scatter(
        [row["name"] for row in rows],
        [row["diversity"] for row in rows],
        [row["accuracy"] for row in rows],
        found["r"],
        found["p"],
    )
    return save_figure(fig, charts, f"{one['network']}-diversity")


def _game(one: Result, charts: Path) -> list[str]:
    game, name = one["game"], one["network"]
    tried = ", ".join(f"{row['share']:.0%} ({row['mean gain']:+.3f})" for row in game["tried"])
    parts = [
        "### Pointing game on two-class pictures (paper: Fig. 7)\n",
        f"{game['composites']} composites of two held-out animals of different species, side by side or one above the "
        "other, each filling its half: the half is the box. Both classes are asked for; the interval is a bootstrap "
        f"over composites. The gate lets {game['gate']['share']:.0%} of the units pass, those with the largest entries "
        f"of the class's vector; chosen on composites of photographs that made the vectors (mean gain: {tried}). A hit "
        "is counted when more than half of the kept pixels "
        "lie in the box (“most”), or all of them (“every”).\n",
    ]
    for curve in game["curves"]:
        rows = [
            {
                "m, %": round(100 * m),
                "Grad-CAM": cam,
                "plain": plain,
                "gated": gated,
                "gain": f"{gain:+.3f}",
                "95 % interval": f"{low:+.3f} to {high:+.3f}",
            }
            for m, cam, plain, gated, gain, low, high in zip(
                game["shares"],
                game["grad_cam"][curve["reading"]],
                *(curve[key] for key in ("plain", "gated", "gain", "low", "high")),
                strict=True,
            )
        ]
        title = METHODS[curve["method"]]
        parts += [f"#### {title}, {curve['reading']}\n", table(rows)]
        if curve["reading"] == "most":
            band = gain_band(game["shares"], curve["gain"], curve["low"], curve["high"], title)
            lines = pointing_curves(
                game["shares"], curve["plain"], curve["gated"], game["grad_cam"]["most"], title, "most of the pixels"
            )
            files = [
                save_figure(fig, charts, f"{name}-{curve['method']}-{kind}")
                for kind, fig in (("hits", lines), ("gain", band))
            ]
            parts.append(" ".join(f"![{title}]({charts.name}/{file})" for file in files) + "\n")
    return parts


def _species(found: Mapping[str, Result]) -> list[str]:
    rows = [
        {
            "active above": "zero" if level == "0.0" else f"{level} quantile",
            "n": one["n"],
            "r": one["r"],
            "p": None if one["p"] is None else f"{one['p']:.2g}",
        }
        for level, one in found.items()
    ]
    return ["## The demo's twenty species\n", "D_c against accuracy on val images, by species.\n", table(rows)]
