"""The report as a PDF: thumbnails, radars drawn as vectors, sentences; names may be in any script."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from sxai.assess.assessment import FLAGS
from sxai.assess.levels import TITLES
from sxai.assess.report.content import Content, Entry, counted, flag_word, number, printable
from sxai.assess.report.radar import WIDTH, Drawing, radar_drawing
from sxai.plot.theme import POOR_MARK, class_colour
from sxai.progress import Progress
from sxai.version import __version__

FONT = "DejaVu"
MARGIN = 16.0
CARD = 44.0
PICTURE = 34.0
RADAR = 56.0
GREY, INK = 110, 30
LEVEL_COLOURS = {
    "sure": (0, 122, 89),
    "probably": (0, 114, 178),
    "unsure": (179, 77, 0),
    "cannot-see": (179, 77, 0),
    "unknown": (GREY, GREY, GREY),
    "tampered": (178, 24, 43),
    "unfamiliar": (178, 24, 43),
}


class Paper(FPDF):
    """A4 pages with numbers, and a font whose letters are known beforehand."""

    def __init__(self, title: str) -> None:
        import matplotlib  # its DejaVu fonts, which may be embedded freely

        super().__init__(format="A4")
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        self.add_font(FONT, "", fonts / "DejaVuSans.ttf")
        self.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        self.known = set(self.fonts[FONT.lower()].cmap)  # type: ignore[union-attr]
        self.set_margin(MARGIN)
        self.c_margin = 0.0
        self.set_auto_page_break(True, MARGIN)
        self.alias_nb_pages()
        self.heading = title
        self.set_title(self.written(title))
        self.set_creator(f"sxai {__version__}")

    def written(self, text: str) -> str:
        """The text with a box in the place of letters that the font lacks."""
        return "".join(letter if ord(letter) in self.known else "□" for letter in printable(text))

    def ink(self, size: float, bold: bool = False, grey: bool = False) -> None:
        """Choose how the next words look."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(GREY if grey else INK)

    def say(self, text: str, size: float = 9.5, bold: bool = False, grey: bool = False, width: float = 0) -> None:
        """A paragraph from the present place, the next one below it at the same left edge."""
        self.ink(size, bold, grey)
        self.multi_cell(width, size * 0.5, self.written(text), align=Align.L, new_x=XPos.LEFT, new_y=YPos.NEXT)

    def footer(self) -> None:
        """The number of the page; called by fpdf2."""
        self.set_y(-MARGIN + 4)
        self.ink(7.5, grey=True)
        self.cell(0, 4, f"sxai {__version__} · {self.page_no()} of {{nb}}", align=Align.R)


def write(content: Content, path: Path, progress: Progress) -> None:
    """Write the document to ``path``."""
    paper = Paper(content.title)
    paper.add_page()
    _summary(paper, content)
    if content.entries:
        mark = f" {POOR_MARK}: P says little of the part." if content.poor else ""
        _title(
            paper,
            "Pictures",
            f"Solid outlines: this picture; dashed: class averages. Rings at P = 0.2, 0.5 and 1.{mark}",
        )
        _legend(paper, content)
    for entry in counted(content.entries, "write PDF", progress):
        _card(paper, content, entry)
    _title(paper, "How this was made")
    _table(paper, [("what", "value"), *content.provenance], (1, 3))
    path.write_bytes(bytes(paper.output()))


def _legend(paper: Paper, content: Content) -> None:
    """Every class in its colour."""
    for name in content.classes:
        word = paper.written(f"■ {name}")
        paper.set_font(FONT, "", 8)
        if paper.get_x() + paper.get_string_width(word) > paper.w - paper.r_margin:
            paper.ln(4)
        paper.set_text_color(*_rgb(class_colour(name, content.classes)))
        paper.cell(paper.get_string_width(word) + 4, 4, word)
    paper.ln(7)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _title(paper: Paper, text: str, below: str = "") -> None:
    if paper.will_page_break(CARD):
        paper.add_page()
    paper.ln(5)
    paper.say(text, 13, bold=True)
    if below:
        paper.ln(1)
        paper.say(below, 8, grey=True)
    paper.ln(2)


def _summary(paper: Paper, content: Content) -> None:
    paper.say(content.title, 17, bold=True)
    paper.ln(1)
    failed = f", {len(content.failed)} could not be" if content.failed else ""
    paper.say(
        f"{len(content.entries)} pictures assessed{failed} · {content.created} · sxai {__version__}", 8.5, grey=True
    )
    _title(paper, "Summary")
    paper.say(content.conclusion())
    paper.ln(2)
    levels = list(content.levels())
    rows = [("the CNN says", *(TITLES[level] for level in levels), "all")]
    for name, counts in content.by_class().items():
        rows.append((name, *(str(counts[level]) for level in levels), str(counts.total())))
    if content.entries:
        _table(paper, rows)
    if flags := content.flags():
        _title(paper, "Warnings")
        words = [(flag_word(flag), str(count), FLAGS.get(flag, "")) for flag, count in flags.items()]
        _table(paper, [("warning", "pictures", "meaning"), *words], (2, 1, 6))
    if doubtful := content.doubtful():
        _title(paper, "Look at these first", "Where the CNN's certainty exceeds most what was seen of its class.")
        told = [(e.said.file, e.said.predicted, f"{e.said.confidence:.1%}", number(e.p_max or 0)) for e in doubtful]
        _table(paper, [("picture", "the CNN says", "confidence", "largest P"), *told], (5, 2, 1, 1))
    if content.failed:
        _title(paper, "Could not be used")
        _table(paper, [("file", "why"), *((one.file, one.error) for one in content.failed)], (2, 3))


def _table(paper: Paper, rows: Sequence[Sequence[str]], widths: tuple[int, ...] | None = None) -> None:
    paper.ink(8)
    paper.set_draw_color(200)
    with paper.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=widths,
        line_height=4.4,
        padding=0.6,
        text_align=Align.L,
        headings_style=FontFace(emphasis="BOLD"),
    ) as table:
        for row in rows:
            table.row([paper.written(cell) for cell in row])


def _card(paper: Paper, content: Content, entry: Entry) -> None:
    """One picture: thumbnail, words, radar, side by side; a page is begun when it does not fit."""
    if paper.will_page_break(CARD):
        paper.add_page()
    top, left, right = paper.get_y(), paper.l_margin, paper.w - paper.r_margin
    paper.image(io.BytesIO(entry.picture()), left, top, PICTURE, PICTURE, keep_aspect_ratio=True)
    said = entry.said
    radar = radar_drawing(said.probabilities, content.averages, content.classes, said.predicted, poor=content.poor)
    _draw(paper, radar, right - RADAR, top - 2)
    width = right - RADAR - left - PICTURE - 8
    with paper.local_context():
        paper.set_xy(left + PICTURE + 4, top)
        _words(paper, entry, width)
    below = max(paper.get_y() + 1, top + CARD - 4.5)
    paper.set_draw_color(215)
    paper.set_line_width(0.15)
    paper.line(left, below, right, below)
    paper.set_xy(left, below + 3.5)


def _words(paper: Paper, entry: Entry, width: float) -> None:
    said = entry.said
    paper.say(_tail(said.file, 70), 8, bold=True, width=width)
    paper.set_font(FONT, "", 7.5)
    paper.set_text_color(*LEVEL_COLOURS[said.level])
    paper.cell(width, 4.5, TITLES[said.level], new_x=XPos.LEFT, new_y=YPos.NEXT)
    paper.say(said.verdict, 8.5, width=width)
    if said.verdict != said.sentence:
        paper.say(f"By its concepts alone: {said.sentence}", 7.5, grey=True, width=width)
    if said.caution:
        paper.say(said.caution, 8.5, bold=True, width=width)
    truth = f" Known class: {entry.truth}." if entry.truth else ""
    paper.say(f"{said.cnn_line}{truth}", 7.5, grey=True, width=width)
    if said.flags:
        paper.say("Warnings: " + ", ".join(map(flag_word, said.flags)) + ".", 7.5, width=width)


def _tail(name: str, longest: int) -> str:
    """The end of a long path, which tells more than its beginning."""
    return name if len(name) <= longest else "…" + name[-longest + 1 :]


def _draw(paper: Paper, drawing: Drawing, left: float, top: float) -> None:
    """The drawing in a box RADAR wide."""
    scale = RADAR / WIDTH
    for shape in drawing.shapes:
        points = [(left + x * scale, top + y * scale) for x, y in shape.points]
        with _pen(paper, shape.colour, shape.filled, shape.dashed) as style:
            if len(points) == 2:
                paper.line(*points[0], *points[1])
            else:
                paper.polygon(points, style=style)
    for label in drawing.labels:
        paper.ink(9 * scale * 2.83, grey=True)
        text = paper.written(label.text)
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor] * paper.get_string_width(text)
        paper.text(left + label.at[0] * scale - shift, top + label.at[1] * scale, text)


@contextmanager
def _pen(paper: Paper, colour: str | None, filled: bool, dashed: bool) -> Iterator[Any]:
    red, green, blue = _rgb(colour) if colour else (190, 190, 190)
    with paper.local_context(fill_opacity=0.2):
        paper.set_draw_color(red, green, blue)
        paper.set_fill_color(red, green, blue)
        paper.set_line_width(0.4 if colour else 0.15)
        if dashed:
            paper.set_dash_pattern(1.0, 0.7)
        yield "DF" if filled else "D"
