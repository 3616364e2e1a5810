"""The report as one self-contained page: thumbnails and radars inside, light and dark, ready to print."""

import base64
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from sxai.assess.assessment import FLAGS
from sxai.assess.levels import TITLES
from sxai.assess.report.content import Content, Entry, counted, flag_word, number, printable
from sxai.assess.report.radar import drawing_svg, radar_drawing
from sxai.images.sources import FileFailure
from sxai.plot.theme import class_colour
from sxai.progress import Progress
from sxai.version import __version__


@cache
def _template() -> Template:
    loader = PackageLoader("sxai.assess.report", ".")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(
        "report.html"
    )


def write(content: Content, path: Path, progress: Progress) -> None:
    """Write the page to ``path``, one picture at a time."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_template().generate(**_filled(content, progress)))


def _filled(content: Content, progress: Progress) -> dict[str, Any]:
    """The values of the template."""
    levels = list(content.levels())
    return {
        "title": printable(content.title),
        "created": content.created,
        "version": __version__,
        "entries": content.entries,
        "failed": [FileFailure(printable(one.file), printable(one.error)) for one in content.failed],
        "conclusion": content.conclusion(),
        "levels": [{"key": level, "word": TITLES[level]} for level in levels],
        "table": [
            {"name": printable(name), "counts": [counts[level] for level in levels], "total": counts.total()}
            for name, counts in content.by_class().items()
        ],
        "flags": [_flag(flag) | {"count": count} for flag, count in content.flags().items()],
        "doubtful": [_doubt(entry) for entry in content.doubtful()],
        "poor": bool(content.poor),
        "legend": [(printable(name), class_colour(name, content.classes)) for name in content.classes],
        "cards": _cards(content, progress),
        "provenance": [(printable(name), printable(value)) for name, value in content.provenance],
    }


def _flag(flag: str) -> dict[str, Any]:
    return {"word": flag_word(flag), "meaning": FLAGS.get(flag, "")}


def _doubt(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "name": printable(entry.said.file),
        "predicted": printable(entry.said.predicted),
        "confidence": f"{entry.said.confidence:.1%}",
        "p_max": "–" if entry.p_max is None else number(entry.p_max),
    }


def _cards(content: Content, progress: Progress) -> Iterator[dict[str, Any]]:
    """Each picture as the template shows it, made when its turn comes."""
    for entry in counted(content.entries, "write HTML", progress):
        said = entry.said
        radar = radar_drawing(said.probabilities, content.averages, content.classes, said.predicted, poor=content.poor)
        yield {
            "number": entry.number,
            "name": printable(said.file),
            "level": said.level,
            "word": TITLES[said.level],
            "sentence": printable(said.verdict),
            "paper": printable(said.sentence) if said.verdict != said.sentence else "",
            "caution": printable(said.caution),
            "cnn_line": printable(said.cnn_line),
            "truth": printable(entry.truth) if entry.truth else "",
            "flags": [_flag(flag) for flag in said.flags],
            "findings": [
                {
                    "concept": printable(finding.concept),
                    "p": number(finding.probability),
                    "delta": number(finding.difference),
                    "presence": finding.presence,
                    "likeness": "" if finding.likeness == "none" else finding.likeness,
                    "rival": printable(finding.rival or ""),
                }
                for finding in said.findings
            ],
            "picture": base64.b64encode(entry.picture()).decode(),
            "radar": Markup(printable(drawing_svg(radar))),  # its words are escaped where it is drawn
        }
