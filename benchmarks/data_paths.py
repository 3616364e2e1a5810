"""How far data travels: ``python -m benchmarks.data_paths [--home DIR]``.

Three numbers tell whether a verb reads once, computes and keeps: the database transactions of extracting one concept
with 100 masks, those of assessing one file, and the moves of assessing it: how often a call or a return changes the
module of ``sxai`` or ``data_store`` that runs. The demo has 1,000 images and its features are computed beforehand.
"""

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine, event

from benchmarks.pages import table
from sxai.cli import main as sxai
from sxai.demo.verbs.fill import fill_demo
from sxai.images.decode import encode
from sxai.images.verbs.stored import read_canvas
from sxai.project.project import Project
from sxai.spaces.verbs.extract import extract_spaces

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = tuple(f"{REPOSITORY / name}/" for name in ("sxai", "data_store"))
IMAGES, MASKS = 1000, 100
CONCEPT = "cat.eyes"


@dataclass
class Traffic:
    """What one call asked of the database, and how often it went from one module to another."""

    path: str
    transactions: int = 0
    queries: int = 0
    moves: int | None = None


@contextmanager
def counted(path: str) -> Iterator[Traffic]:
    """Count the transactions and queries of every engine of this process."""
    traffic = Traffic(path)

    def began(*_: object) -> None:
        traffic.transactions += 1

    def asked(*_: object) -> None:
        traffic.queries += 1

    listeners = (("begin", began), ("before_cursor_execute", asked))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield traffic
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


def moves_of(call: Callable[[], object]) -> int:
    """How often the module that runs changes, on a call or on a return; other packages' modules are not seen."""
    trail = [""]
    moves = 0

    def watch(frame: FrameType, what: str, _: object) -> None:
        nonlocal moves
        module = frame.f_code.co_filename
        if what not in ("call", "return") or not module.startswith(PACKAGES):
            return
        before = trail[-1]
        if what == "call":
            trail.append(module)
        elif len(trail) > 1:
            trail.pop()
        moves += trail[-1] != before

    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(None)
    return moves


def assessed(home: Path, file: Path) -> None:
    """Run ``sxai assess FILE`` in this process, without what it prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        status = sxai(["--home", str(home), "--device", "cpu", "--quiet", "assess", str(file)])
    if status:
        raise SystemExit(f"sxai assess failed with status {status}")


def measured(home: Path) -> list[Traffic]:
    """Fill ``home`` with the demo where it is not yet, and count what the two paths cost."""
    file = home / "cat.png"
    with Project.open(home, device="cpu") as project:
        fill_demo(project, IMAGES, MASKS)
        image = project.catalogue.images(class_name="cat", limit=1)[0]
        file.write_bytes(encode(read_canvas(project, image), "png"))
        with counted(f"extract {CONCEPT}, {MASKS} masks") as extraction:
            extract_spaces(project, [CONCEPT])
    assessed(home, file)  # modules are imported once
    with counted("assess one file") as assessment:
        assessed(home, file)
    assessment.moves = moves_of(lambda: assessed(home, file))
    return [extraction, assessment]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a home to fill and keep; a temporary one by default")
    home = parser.parse_args().home
    with contextlib.nullcontext(home) if home else tempfile.TemporaryDirectory() as folder:
        print(table([asdict(traffic) for traffic in measured(Path(folder))]))


if __name__ == "__main__":
    main()
