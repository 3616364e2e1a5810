"""What the demo arrives furnished with: ``python -m benchmarks.furniture`` makes it again, in half an hour.

The settings are those that the pages begin with, so that each page finds its outcome.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.real_photographs import REPOSITORY, say
from sxai.demo.verbs.fill import CLASSES, MODEL, PARTS, fill_demo
from sxai.demo.verbs.furnish import PACKAGED, pack
from sxai.occluders.verbs.learn import learn_occluders
from sxai.project.project import Project
from sxai.prototypes.verbs.names import name_concepts, propose_names
from sxai.prototypes.verbs.train import train_concepts
from sxai.traits.verbs.traits import common_traits
from sxai.vectors.verbs.vectors import semantic_vectors
from sxai.visualisation.verbs.visualise import visualise

TARGET = REPOSITORY / "sxai" / "demo" / PACKAGED
SAMPLES = 300
COMPONENTS = ("1", "2", "3", "last")


def make(project: Project) -> None:
    """Everything, each with the settings of its page."""
    for name in CLASSES:
        common_traits(project, name, SAMPLES, None, progress=say)
    semantic_vectors(project, progress=say)
    targets = [f"{name}:{component}" for name in CLASSES for component in COMPONENTS]
    spaces = [f"{name}.{part}" for name in CLASSES for part in PARTS]
    visualise(project, [*targets, *spaces], n=SAMPLES, search=None, progress=say)
    learn_occluders(project, progress=say)
    train_concepts(project, progress=say)
    name_concepts(project, {one.id: one.name for one in propose_names(project, progress=say)})


def main() -> None:
    """Fill a demo, make everything and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a filled demo; without it one is filled for this")
    parser.add_argument("--out", type=Path, default=TARGET)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Project.open(chosen.home or folder) as project:
        fill_demo(project, progress=say)
        make(project)
        count = pack(project, MODEL, chosen.out)
    print(f"{count} analyses, {chosen.out.stat().st_size:,} bytes in {chosen.out}")


if __name__ == "__main__":
    main()
