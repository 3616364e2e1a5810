"""Extended Data Table 1: the rules of the explanation, obtained by running them, and the printed examples."""

from collections.abc import Mapping, Sequence
from typing import Any

from sxai.assess.assessment import Assessment, ConceptFinding, assess
from sxai.assess.bands import HIGH, LOW, MIDDLE
from sxai.assess.sentences import sentence
from sxai.plot.panels import Look, panels
from sxai.plot.word_map import word_map
from sxai.reproduction.paper import GOLDEN
from sxai.reproduction.study import Item, ItemResult, Study

DIFFERENCES = ((0.0, LOW), (LOW, MIDDLE), (MIDDLE, HIGH), (HIGH, 1.0))
PROBABILITIES = ((0.0, LOW), (LOW, HIGH), (HIGH, 1.0))
PETS = ("cat", "dog")
LEVELS = {
    "unsure": "It might be a …,<br>but I am not sure.",
    "probably": "It is probably a …<br>mainly because …",
    "sure": "I am sure it is a …<br>mainly because …",
}
STRENGTH = {"none": 0.0, "confusing": 0.15, "perhaps": 0.35, "something like": 0.6, "obviously": 0.9}
NAN = float("nan")


def rule_table(study: Study) -> ItemResult:
    """Extended Data Table 1: the words for each band of P and ΔP, and the paper's sentences beside ours."""
    cells = [[_judged(probability, difference) for difference in DIFFERENCES] for probability in PROBABILITIES]
    levels = [_said(_within(band), 0.0).level for band in DIFFERENCES]
    across = [_band("ΔP", band, DIFFERENCES) for band in DIFFERENCES]
    down = [_band("P", band, PROBABILITIES) for band in PROBABILITIES]
    top = [_band("Δ<sub>max</sub>", band, DIFFERENCES) for band in DIFFERENCES]
    charts = [
        word_map(
            top,
            ["assessment"],
            [[LEVELS[level] for level in levels]],
            [[list(LEVELS).index(x) / 2 for x in levels]],
            ("largest difference Δ<sub>max</sub>P", ""),
            "Assessment of the image",
        ),
        word_map(
            across,
            down,
            [[_words(cell) for cell in row] for row in cells],
            [[STRENGTH[cell.likeness] if cell else NAN for cell in row] for row in cells],
            ("difference to the other class, ΔP", "semantic probability P"),
            "Words for a concept",
        ),
    ]
    alt = "Bands of the largest difference with the assessment they earn, and bands of P and ΔP with their words."
    caption = "Obtained by assessing one value of each band; a value on a boundary belongs to the lower band."
    look = Look(row_height=190, row_gap=130, legend=False)
    fig = panels([[chart] for chart in charts], "Rules of the explanation", alt, caption, look=look)
    sentences = [_golden(name) for name in GOLDEN]
    ours: dict[str, Any] = {
        "not sure": f"Δmax ≤ {LOW}",
        "probably": f"{LOW} to {HIGH}",
        "sure": f"Δmax > {HIGH}",
        "vivid": f"P > {HIGH}",
        "perhaps": f"{LOW} to {MIDDLE}",
        "something like": f"{MIDDLE} to {HIGH}",
        "obviously": f"ΔP > {HIGH}",
    }
    note = (
        "The columns are in the order that the authors' program applies; in print their headings are swapped. A plain "
        "concept cannot be obviously a class's (P up to 0.5 with ΔP above 0.5), since ΔP never exceeds P."
    )
    tables = {"rules": _rows(cells, levels), "sentences": sentences}
    return ItemResult("ext-table-1", ours, tables, {"ext-table-1": fig}, note=note, width=1000)


def _rows(cells: Sequence[Sequence[ConceptFinding | None]], levels: Sequence[str]) -> list[dict[str, str]]:
    """The table behind the map of words, a row for each pair of bands."""
    return [
        {
            "P": _plain(row),
            "ΔP": _plain(column),
            "words": _words(cells[r][c]).replace("<br>", " "),
            "assessment": levels[c],
        }
        for r, row in enumerate(PROBABILITIES)
        for c, column in enumerate(DIFFERENCES)
    ]


def _within(band: tuple[float, float]) -> float:
    return (band[0] + band[1]) / 2


def _said(probability: float, rival: float) -> Assessment:
    first, second = PETS
    return assess(first, 1.0, {f"{first}.part": probability, f"{second}.part": rival}, PETS)


def _judged(probability: tuple[float, float], difference: tuple[float, float]) -> ConceptFinding | None:
    """The finding for a concept with P and ΔP inside both bands; None where ΔP would exceed P."""
    p, delta = max(_within(probability), min(_within(difference), probability[1])), _within(difference)
    return _said(p, p - delta).concepts[0] if delta <= p else None


def _words(finding: ConceptFinding | None) -> str:
    if finding is None:
        return "cannot occur"
    if not finding.mentioned:
        return "not mentioned"
    return f"{'vivid' if finding.presence == 'vivid' else 'plain'},<br>{finding.likeness}"


def _band(sign: str, band: tuple[float, float], bands: tuple[tuple[float, float], ...]) -> str:
    if band == bands[0]:
        return f"{sign} ≤ {band[1]}"
    return f"{sign} > {band[0]}" if band == bands[-1] else f"{band[0]} < {sign} ≤ {band[1]}"


def _plain(band: tuple[float, float]) -> str:
    return f"{band[0]} to {band[1]}"


def _golden(name: str) -> dict[str, str]:
    """One printed example beside our sentence for probabilities that agree with it."""
    predicted, probabilities, printed = GOLDEN[name]
    ours = sentence(assess(predicted, 0.95, probabilities, PETS))
    values = ", ".join(f"{space} {value}" for space, value in probabilities.items())
    return {"example": name, "P": values, "paper": printed, "ours": ours}


ITEMS: Mapping[str, Item] = {"ext-table-1": rule_table}
"""The items of this module by name."""
