"""The content of a report, independent of its format."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sxai.assess.assessment import FLAGS
from sxai.assess.familiarity import strangers
from sxai.assess.levels import LEVELS
from sxai.assess.verdict import TRUSTED, ImageAssessment
from sxai.images.sources import FileFailure
from sxai.progress import Progress

MAX_DOUBTFUL = 20
"""Pictures listed as those to look at first."""


@dataclass(frozen=True)
class Entry:
    """One picture of the report; ``truth`` is its class where it is known, ``picture()`` its thumbnail (JPEG)."""

    number: int
    said: ImageAssessment
    truth: str | None
    picture: Callable[[], bytes]

    @property
    def p_max(self) -> float | None:
        """The largest P of the predicted class."""
        return max((finding.probability for finding in self.said.findings), default=None)


@dataclass(frozen=True)
class Content:
    """The content of a report, independent of its format; ``poor`` names spaces whose P says little of their part."""

    title: str
    created: str
    entries: Sequence[Entry]
    failed: Sequence[FileFailure]
    classes: Sequence[str]
    averages: Mapping[str, Mapping[str, float]]
    provenance: Sequence[tuple[str, str]]
    poor: Sequence[str] = ()

    def levels(self) -> dict[str, int]:
        """How often each level came out, the strongest first, those that did not left out."""
        counts = Counter(entry.said.level for entry in self.entries)
        return {level: counts[level] for level in LEVELS if counts[level]}

    def flags(self) -> dict[str, int]:
        """How often each warning was raised."""
        counts = Counter(flag for entry in self.entries for flag in entry.said.flags)
        return {flag: counts[flag] for flag in FLAGS if counts[flag]}

    def by_class(self) -> dict[str, Counter[str]]:
        """Levels by predicted class, in the network's order of classes."""
        table: dict[str, Counter[str]] = {name: Counter() for name in self.classes}
        for entry in self.entries:
            table[entry.said.predicted][entry.said.level] += 1
        return {name: counts for name, counts in table.items() if counts}

    def doubtful(self) -> list[Entry]:
        """Pictures whose certainty exceeds most what was seen, among those that are not trusted."""
        rows = [entry for entry in self.entries if entry.said.level not in (*TRUSTED, "unknown")]
        return sorted(rows, key=lambda entry: (entry.p_max or 0.0) - entry.said.confidence)[:MAX_DOUBTFUL]

    def conclusion(self) -> str:
        """What to conclude, in a sentence or two."""
        total = len(self.entries)
        if not total:
            return "No picture could be assessed."
        levels, flags = self.levels(), self.flags()
        backed = sum(levels.get(level, 0) for level in TRUSTED)
        words = f"For {backed} of {total} ({backed / total:.0%}) the concepts that were seen support what the CNN says."
        count = flags.get("over-confident", 0)
        words += f" {count} {'is' if count == 1 else 'are'} over-confident." if count else ""
        return f"{words} {self.strangers()}".rstrip()

    def strangers(self) -> str:
        """How many pictures are unfamiliar at a chosen share of wrong alarms, in a sentence; "" when unknown."""
        judged = [entry.said.familiarity for entry in self.entries]
        reported = strangers(judged)
        if reported is None:
            return ""
        rate = next(found.rate for found in judged if found is not None)
        promise = f"of such a list at most {rate:.0%} are wrong on average"
        return f"{int(reported.sum())} of {len(judged)} are unlike anything that the network knows ({promise})."


def counted(entries: Sequence[Entry], stage: str, progress: Progress) -> Iterator[Entry]:
    """The entries one by one, reported to ``progress`` now and then (which may stop the work)."""
    for done, entry in enumerate(entries):
        if done % 20 == 0:
            progress(stage, done, len(entries))
        yield entry
    progress(stage, len(entries), len(entries))


def printable(text: str) -> str:
    """Any name as printable text: line breaks become spaces, invalid characters U+FFFD.

    >>> printable("a\\nb\\udcff")
    'a b\\ufffd'
    """
    safe = "".join("\ufffd" if 0xD800 <= ord(letter) <= 0xDFFF else letter for letter in text)
    return " ".join("".join(letter if letter.isprintable() else " " for letter in safe).split())


def number(value: float) -> str:
    """Two decimals with a real minus sign.

    >>> number(-0.256), number(float("nan"))
    ('−0.26', '–')
    """
    return "–" if value != value else f"{value:.2f}".replace("-", "−")


def flag_word(flag: str) -> str:
    """A flag as words.

    >>> flag_word("over-confident")
    'Over confident'
    """
    return flag.replace("-", " ").capitalize()
