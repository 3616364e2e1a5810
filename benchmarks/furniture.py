"""What the demo arrives furnished with: ``python -m benchmarks.furniture`` makes it again, in half an hour.

The settings are those that the pages begin with, so that each page finds its outcome.
"""

from benchmarks.real_photographs import REPOSITORY, say
from benchmarks.showcase import packaging
from sxai.demo.verbs.fill import CLASSES, MODEL, PARTS
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
    """Make everything and write it."""
    with packaging(__doc__, TARGET) as (project, target):
        make(project)
        print(f"{pack(project, MODEL, target)} analyses")


if __name__ == "__main__":
    main()
