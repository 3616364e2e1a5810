"""What the page of ``benchmarks.normality`` concludes from its numbers; the words are in the template."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.pages import render

BAR = 0.97
Row = dict[str, Any]
MEASURES = {
    "fall of P": "the fall of P",
    "lowered, held out": "the share lowered, held out",
    "presence AUC": "the presence AUC",
    "own largest": "the concepts that lower their own space most",
}


def page(results: Sequence[Row], cropped: Sequence[Row] = ()) -> str:
    """The whole page in Markdown."""
    spaces = [(result["network"], space) for result in results for space in result["spaces"]]
    rows = [space for _, space in spaces]
    pairs = [
        (_same(result, {"masks": row["masks"], "N_SSN": 5}), row)
        for result in results
        for row in result["settings"]
        if row["N_SSN"] == 20
    ]
    by_count = {count: min(row["by N_SSN"][count] for row in rows) for count in _counts(rows[0])}
    return render(
        "normality",
        results=results,
        cropped=cropped,
        spaces=spaces,
        drift=max(abs(row["by images"]["1000"][1] - row["by images"]["100"][1]) for row in rows),
        explained=[(1 - row["independent"]) / (1 - row["R²"]) for row in rows if row["R²"] < BAR],
        by_count=by_count,
        enough=_enough(by_count),
        moved=[row["other masks"][2] - row["other masks"][0] for row in rows],
        lowest=_lowest(results),
        pairs=pairs,
        changes=list(_changes(pairs)),
        crops=list(_crops(results, cropped)),
    )


def _counts(space: Row) -> list[str]:
    """The N_SSN tried that are numbers of channels to choose, not all of them."""
    return [count for count in space["by N_SSN"] if int(count) <= 100]


def _enough(lowest: dict[str, float]) -> str | None:
    """The N_SSN from which on every space reaches the bar."""
    counts = list(lowest)
    return next((one for at, one in enumerate(counts) if all(lowest[other] >= BAR for other in counts[at:])), None)


def _lowest(results: Sequence[Row]) -> dict[int, dict[str, list[float]]]:
    """Lowest R² of the spaces of each network, by N_SSN and masks."""
    found: dict[int, dict[str, list[float]]] = {}
    for row in results[0]["settings"]:
        values = [min(_same(result, row)["R²"].values()) for result in results]
        found.setdefault(row["N_SSN"], {})[row["masks"]] = values
    return found


def _changes(pairs: Sequence[tuple[Row, Row]]) -> Iterator[Row]:
    """What 20 channels change against 5, counted over networks and masks."""
    for key, words in MEASURES.items():
        yield {
            "words": words,
            "rises": sum(new[key] > old[key] for old, new in pairs),
            "falls": sum(new[key] < old[key] for old, new in pairs),
            "before": sum(old[key] for old, _ in pairs) / len(pairs),
            "after": sum(new[key] for _, new in pairs) / len(pairs),
        }


def _crops(results: Sequence[Row], cropped: Sequence[Row]) -> Iterator[tuple[str, Row, Row]]:
    """Network, and R² by space before and after cropping."""
    for result in cropped:
        squeezed = next(one for one in results if one["network"] == result["network"])
        own = {"masks": "the project's own", "N_SSN": 5}
        yield result["network"], _same(squeezed, own)["R²"], _same(result, own)["R²"]


def _same(result: Row, like: Row) -> Row:
    return next(row for row in result["settings"] if (row["masks"], row["N_SSN"]) == (like["masks"], like["N_SSN"]))
