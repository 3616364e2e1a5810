"""All tests of a set of semantic vectors as one job, and their stored results."""

from dataclasses import asdict, dataclass
from typing import Any

from sxai.errors import SpaceError
from sxai.networks.verbs.networks import model_record
from sxai.progress import Progress, silent
from sxai.project.analyses import kept, kept_many
from sxai.project.project import Project
from sxai.vectors.defaults import SAMPLES
from sxai.vectors.verbs.pointing_game import PointingGame, pointing_game
from sxai.vectors.verbs.sources import CLASSES, GAP
from sxai.vectors.verbs.tests import ColourRole, PerturbationTable, colour_role, perturbation_table, set_identity
from sxai.vectors.verbs.vectors import VectorSet, semantic_vectors

CHECKS = "vector checks"
COMPOSITES = 100


@dataclass(frozen=True, eq=False)
class VectorChecks:
    """The three tests of a set; ``game`` is None with fewer than two classes."""

    table: PerturbationTable
    colour: ColourRole
    game: PointingGame | None

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON."""
        game = self.game.summary() if self.game else None
        return {"perturbations": asdict(self.table), "colour": asdict(self.colour), "game": game}


def vector_tests(
    project: Project,
    source: str = CLASSES,
    dataset: str | None = None,
    n: int = SAMPLES,
    level: float | None = None,
    composites: int = COMPOSITES,
    threshold: float | None = None,
    model: str | None = None,
    progress: Progress = silent,
) -> VectorChecks:
    """Perturbations, the role of colour and the pointing game for the vectors of the network's classes.

    ``threshold`` is the gate of the perturbations and defaults to the set's; the game is played with the usual gate of
    saliency. Every result is stored at once, so a stopped job resumes.

    Raises
    ------
    SpaceError
        when no concept is a class of the network with held-out images.
    """
    vectors = semantic_vectors(project, source, dataset, n, level, None, model, progress)
    table = perturbation_table(project, vectors, threshold, progress)
    colour = colour_role(project, vectors, progress)
    game = _game(project, vectors, composites, progress)
    record = model_record(project, vectors.model)
    kept(
        project, record, CHECKS, set_identity(vectors, record), lambda: (_asked(composites, threshold), {}), again=True
    )
    return VectorChecks(table, colour, game)


def known_tests(project: Project, vectors: VectorSet) -> VectorChecks | None:
    """The stored results of :func:`vector_tests` for this set, if they are still valid."""
    if vectors.tap != GAP:
        return None
    record = model_record(project, vectors.model)
    [done] = kept_many(project, record, CHECKS, [set_identity(vectors, record)])
    table = perturbation_table.known(project, vectors, done.result["threshold"]) if done else None
    colour = colour_role.known(project, vectors)
    if done is None or table is None or colour is None:
        return None
    return VectorChecks(table, colour, _game(project, vectors, done.result["composites"]))


def _asked(composites: int, threshold: float | None) -> dict[str, Any]:
    return {"composites": composites, "threshold": threshold}


def _game(project: Project, vectors: VectorSet, composites: int, progress: Progress = silent) -> PointingGame | None:
    try:
        return pointing_game(project, vectors, composites, progress=progress)
    except SpaceError:  # one class alone has no composite, but all else can be said of it
        return None
