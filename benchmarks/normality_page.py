"""The page that ``benchmarks.normality`` writes: tables, and conclusions with the numbers they rest on."""

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.report import table

BAR = 0.97
Row = dict[str, Any]


def page(results: Sequence[Row], cropped: Sequence[Row] = ()) -> str:
    """The whole page in Markdown."""
    spaces = [(result["network"], space) for result in results for space in result["spaces"]]
    return "\n".join(
        [
            "# How normal are the distributions?\n",
            "Written by `python -m benchmarks.normality` from the projects of `benchmarks.real_photographs`: 1,250 "
            "reference photographs a class, 100 masked photographs a concept. R² is that of the q-q "
            "plot of A_s against "
            "the fitted normal. The paper (VGG-19, 3,000 photographs) reports more than 0.97 in all of its six spaces "
            "(supplement, S.3); its AlexNet “deviates more” (S.4).\n",
            "## In short\n",
            *conclusions(results, cropped),
            "## Where each space stands\n",
            table([_standing(network, space) for network, space in spaces]),
            "The interval holds 95 % of bootstrap samples of the reference photographs. The chance is "
            "Lilliefors' p-value: "
            "with 1,250 photographs every space differs from a normal beyond doubt, also those with the best R²; the "
            "question is how far, not whether. “P differs” compares P from the normal with P from the photographs "
            "themselves; “other band” counts photographs that cross 0.2 or 0.5, where an assessment's words change.\n",
            "## Is it the number of photographs?\n",
            table([_sizes(network, space) for network, space in spaces]),
            "Median R² over 200 subsamples (5th to 95th percentile).\n",
            "## Is it the channels?\n",
            table([_channels(network, space) for network, space in spaces]),
            "Averages after a ReLU cannot be negative and are skewed to the right. “Correlation” is "
            "the mean one between "
            "the contributions of two channels. “Shuffled” gives every channel the values of other photographs, which "
            "leaves its shape and removes every dependence. “√” and “log” read the same channels with the same Δ after "
            "that transformation of the features.\n",
            *[_lots(result) for result in results],
            "## Is it the number of channels?\n",
            table([_counts(network, space) for network, space in spaces]),
            "R² when the N_SSN largest |Δ| are read; 5 is the paper's.\n",
            "## Is it the masks?\n",
            table([_masks(network, space) for network, space in spaces]),
            "R² over 200 spaces made from the 100 pairs drawn again with replacement; with Δ from plain means of the "
            "features instead of first components; and without the lowest and highest 1 % of the photographs.\n",
            "## Settings, and what they cost\n",
            *[_settings(result) for result in results],
            *[
                _settings(
                    result, "the middle of each photograph instead of all of it squeezed into a square (`--fit crop`)"
                )
                for result in cropped
            ],
            "“Fall of P” is the mean fall of a concept's own P when it is masked. “Lowered” counts "
            "pairs that the space "
            "was not made from. “Presence AUC” asks whether a higher A_s means that the part is visible, on "
            "photographs that were not masked. “Own largest” counts concepts whose masking lowers "
            "their own space most.\n",
        ]
    )


def _standing(network: str, space: Row) -> Row:
    low, high = space["interval"]
    return {
        "network": network,
        "space": space["space"],
        "R²": space["R²"],
        "95 % interval": f"{low:.3f} to {high:.3f}",
        "skewness": space["skewness"],
        "KS": space["KS"],
        "chance": f"{space['chance']:.3f}",
        "P differs by up to": f"{space['P differs by up to']:.2f}",
        "other band": f"{space['other band']:.1%}",
        "Δ of its SSNs": " ".join(f"{value:+.1f}" for value in space["delta"]),
    }


def _sizes(network: str, space: Row) -> Row:
    columns = {f"{size} photographs": _range(found) for size, found in space["by images"].items()}
    return {"network": network, "space": space["space"], **columns, f"all {space['n']:,}": space["R²"]}


def _range(found: Sequence[float]) -> str:
    low, middle, high = found
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


def _channels(network: str, space: Row) -> Row:
    return {
        "network": network,
        "space": space["space"],
        "R²": space["R²"],
        "skewness of its SSNs": " ".join(f"{value:.1f}" for value in space["channel skewness"]),
        "most zeros": f"{max(space['channel zeros']):.0%}",
        "R² of one alone": _span(space["channel R²"]),
        "correlation": space["correlation"],
        "shuffled": space["independent"],
        "√": space["square roots"],
        "log": space["logarithms"],
    }


def _span(values: Iterable[float]) -> str:
    found = list(values)
    return f"{min(found):.3f} to {max(found):.3f}"


def _lots(result: Row) -> str:
    drawn = result["random channels"]
    found = "; ".join(f"{count} channels {_range(row)}" for count, row in drawn["R²"].items())
    return (
        f"{result['network']}: the median channel has a skewness of {result['median channel skewness']:.1f}. R² of "
        f"channels drawn by lot: {found}. Over 1,200 draws of five, R² and |skewness| of A_s have a rank correlation "
        f"of {drawn['rank correlation of R² with |skewness|']:+.2f}.\n"
    )


def _counts(network: str, space: Row) -> Row:
    return {
        "network": network,
        "space": space["space"],
        **{count if int(count) <= 100 else "all": value for count, value in space["by N_SSN"].items()},
    }


def _masks(network: str, space: Row) -> Row:
    return {
        "network": network,
        "space": space["space"],
        "R²": space["R²"],
        "pairs drawn again": _range(space["other masks"]),
        "plain means": space["plain means"],
        "1 % trimmed": space["trimmed 1 %"],
    }


def _settings(result: Row, note: str = "") -> str:
    rows = [
        {
            "masks": row["masks"],
            "N_SSN": row["N_SSN"],
            **{name: f"**{value:.3f}**" if value < BAR else f"{value:.3f}" for name, value in row["R²"].items()},
            "lowest": min(row["R²"].values()),
            "fall of P": row["fall of P"],
            "lowered": f"{row['lowered, held out']:.1%}",
            "presence AUC": row["presence AUC"],
            "own largest": f"{row['own largest']} of {len(row['R²'])}",
        }
        for row in result["settings"]
    ]
    title = f"### {result['network']}" + (f": {note}" if note else "")
    return f"{title}\n\n{table(rows)}"


def conclusions(results: Sequence[Row], cropped: Sequence[Row] = ()) -> list[str]:
    """What follows, each with its numbers."""
    spaces = [space for result in results for space in result["spaces"]]
    low = [space for space in spaces if space["R²"] < BAR]
    named = ", ".join(
        f"{result['network']} {space['space']} {space['R²']:.3f}"
        for result in results
        for space in result["spaces"]
        if space["R²"] < BAR
    )
    drift = max(abs(space["by images"]["1000"][1] - space["by images"]["100"][1]) for space in spaces)
    ties = [result["random channels"]["rank correlation of R² with |skewness|"] for result in results]
    return [
        f"- **{len(spaces) - len(low)} of {len(spaces)} spaces reach 0.97; these do not: {named}.** The bootstrap "
        f"interval of {sum(space['interval'][1] < BAR for space in low)} of them lies below 0.97 altogether.",
        f"- *Not the number of photographs.* The median R² at 100 photographs is within {drift:.3f} of that at 1,000: "
        "more photographs would only narrow the interval.",
        "- *It is skewness of the channels that five are too few to average out.* R² falls with the skewness of A_s "
        f"(rank correlation {' and '.join(f'{tie:+.2f}' for tie in ties)} over channels drawn by lot). In the spaces "
        f"below 0.97 the shapes of the five channels alone explain {_part(low)} of what is missing to 1, the "
        "dependence between them the rest (not always a correlation, see the table): without it R² would be "
        f"{_span(space['independent'] for space in low)}. Square roots of the features, which take the skewness away, "
        f"raise it to {_span(space['square roots'] for space in low)} there and to at least "
        f"{min(space['square roots'] for space in spaces):.3f} everywhere.",
        *_by_count(results),
        "- *Which 100 photographs are masked matters as much.* Drawing the pairs again moves R² by "
        f"{_span(space['other masks'][2] - space['other masks'][0] for space in spaces)} (5th to 95th percentile), "
        "since other channels come among the five; in the spaces below 0.97 the 95th percentile is "
        f"{_span(space['other masks'][2] for space in low)}.",
        *_plain(spaces, low),
        *_reaching(results),
        _against_five(results),
        *_cropped(results, cropped),
        _at_stake(spaces, low),
        "- *What the product does*: the default stays the paper's (normal, N_SSN 5); `--fit auto` reads P from the "
        "photographs themselves where R² is below 0.97 and says so, which needs no other setting.\n",
    ]


def _at_stake(spaces: Sequence[Row], low: Sequence[Row]) -> str:
    gaps, lowest = ([row["P differs by up to"] for row in rows] for rows in (spaces, low))
    crossing = [row["other band"] for row in spaces]
    return (
        f"- *What is at stake*: between both readings P differs by up to {max(lowest):.2f} in the spaces below 0.97, "
        f"{max(gaps):.2f} in any; {min(crossing):.1%} to {max(crossing):.1%} of the photographs get another "
        "band of the assessment."
    )


def _part(spaces: Sequence[Row]) -> str:
    parts = [(1 - space["independent"]) / (1 - space["R²"]) for space in spaces]
    return f"{min(parts):.0%} to {max(parts):.0%}"


def _by_count(results: Sequence[Row]) -> list[str]:
    counts = [count for count in results[0]["spaces"][0]["by N_SSN"] if int(count) <= 100]
    lowest = {
        count: min(space["by N_SSN"][count] for result in results for space in result["spaces"]) for count in counts
    }
    enough = [count for at, count in enumerate(counts) if all(lowest[other] >= BAR for other in counts[at:])]
    listed = ", ".join(f"{count}: {value:.3f}" for count, value in lowest.items())
    ending = f" From N_SSN = {enough[0]} on every space of both networks reaches 0.97." if enough else ""
    return [f"- *More channels help*, as the central limit theorem has it. Lowest R² by N_SSN: {listed}.{ending}"]


def _plain(spaces: Sequence[Row], low: Sequence[Row]) -> list[str]:
    return [
        "- *Not the first component.* Differences of plain mean features give "
        f"{_span(space['plain means'] for space in low)} in the spaces below 0.97, and "
        f"{sum(space['plain means'] < BAR for space in spaces)} of {len(spaces)} spaces stay below it."
    ]


def _reaching(results: Sequence[Row]) -> list[str]:
    """Which settings reach the bar in every space of every network, and by how much the others miss it."""
    lowest = {
        (row["masks"], row["N_SSN"]): [min(_same(result, row)["R²"].values()) for result in results]
        for row in results[0]["settings"]
    }
    networks = " and ".join(result["network"] for result in results)
    lines = [f"- *Which setting reaches 0.97 everywhere?* Lowest R² of the six spaces of {networks}:\n"]
    for n_ssn in dict.fromkeys(row["N_SSN"] for row in results[0]["settings"]):
        found = {masks: values for (masks, count), values in lowest.items() if count == n_ssn}
        listed = "; ".join(
            f"{masks} {'**' * (min(values) >= BAR)}{' and '.join(f'{value:.3f}' for value in values)}"
            f"{'**' * (min(values) >= BAR)}"
            for masks, values in found.items()
        )
        lines.append(f"  - N_SSN {n_ssn}: {listed}.")
    return lines


def _against_five(results: Sequence[Row]) -> str:
    """What 20 channels change against 5, counted over networks and masks."""
    pairs = [
        (_same(result, {"masks": row["masks"], "N_SSN": 5}), row)
        for result in results
        for row in result["settings"]
        if row["N_SSN"] == 20
    ]
    measures = {
        "fall of P": "the fall of P",
        "lowered, held out": "the share lowered, held out",
        "presence AUC": "the presence AUC",
        "own largest": "the concepts that lower their own space most",
    }
    rises = [
        f"{words} in {sum(new[key] > old[key] for old, new in pairs)} (lower in "
        f"{sum(new[key] < old[key] for old, new in pairs)}; on average "
        f"{sum(old[key] for old, _ in pairs) / len(pairs):.3f} → {sum(new[key] for _, new in pairs) / len(pairs):.3f})"
        for key, words in measures.items()
    ]
    return (
        f"- *What 20 channels cost.* Of {len(pairs)} comparisons of N_SSN 20 with 5 (masks and networks) these rise: "
        f"{', '.join(rises)}. So who wants normal spaces takes `sxai space extract --all --n-ssn 20 --reference pets`; "
        "a single draw of 100 masks can still miss 0.97 in a space, as the list above shows."
    )


def _same(result: Row, like: Row) -> Row:
    return next(row for row in result["settings"] if (row["masks"], row["N_SSN"]) == (like["masks"], like["N_SSN"]))


def _cropped(results: Sequence[Row], cropped: Sequence[Row]) -> list[str]:
    lines = []
    for result in cropped:
        before = next(one for one in results if one["network"] == result["network"])
        old, new = (_same(one, {"masks": "the project's own", "N_SSN": 5})["R²"] for one in (before, result))
        moved = ", ".join(f"{name} {old[name]:.3f} → {new[name]:.3f}" for name in old)
        lines.append(f"- *Cropping instead of squeezing* ({result['network']}) moves single spaces both ways: {moved}.")
    return lines
