"""The examples that come with the package: ``python -m benchmarks.showcase`` makes them again from the demo.

One is chosen as on any project's start page. The other is an animal that the demo's network has never seen.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.real_photographs import REPOSITORY, say
from sxai.demo.pets import draw_pet, seed_of
from sxai.demo.verbs.fill import fill_demo
from sxai.errors import ProjectError
from sxai.example.card import PACKAGED, Example, to_json
from sxai.example.make import example_of, example_of_bytes
from sxai.images.decode import encode
from sxai.project.project import Project

TARGET = REPOSITORY / "sxai" / "demo" / PACKAGED
STRANGER, SERIES = "lumo", 5
"""An invented species that is no cat or dog, and the series of its picture."""


def examples(project: Project) -> tuple[Example, Example]:
    """Both examples of a filled demo."""
    own = example_of(project)
    if own is None:
        raise ProjectError(f"{project.home} has no semantic spaces; fill the demo first")
    stranger = draw_pet(STRANGER, seed_of(SERIES, 0), view="front")
    return own, example_of_bytes(project, f"{STRANGER}.png", encode(stranger.pixels, "png"))


@contextmanager
def packaging(about: str | None, target: Path) -> Iterator[tuple[Project, Path]]:
    """The filled demo that the command line names, or a new one, and the file to write."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a filled demo; without it one is filled for this")
    parser.add_argument("--out", type=Path, default=target)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Project.open(chosen.home or folder) as project:
        fill_demo(project, progress=say)
        yield project, chosen.out
    print(f"{chosen.out}: {chosen.out.stat().st_size:,} bytes")


def main() -> None:
    """Write the examples of a demo."""
    with packaging(__doc__, TARGET) as (project, target):
        target.write_text(to_json(examples(project)), encoding="utf-8")


if __name__ == "__main__":
    main()
