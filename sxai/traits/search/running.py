"""Concurrent searches over several pictures: common batches for one network, no combination evaluated twice."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

import numpy as np

from sxai.batches import in_batches
from sxai.networks.features import computing
from sxai.networks.network import Network
from sxai.progress import Progress, silent
from sxai.traits.search.exhaustive import exhaustive
from sxai.traits.search.flips import flips
from sxai.traits.search.genetic import genetic, parity
from sxai.traits.search.landscape import Evaluator, Landscape
from sxai.traits.search.settings import Climb, Combination, SearchSettings

T = TypeVar("T")

Case = tuple[np.ndarray, np.ndarray, int]
"""A picture uint8 (H, W, 3), its superpixels (H, W), and the index of the class to search for."""

PARALLEL_PICTURES = 8
"""Pictures searched side by side: enough to fill batches."""
FINALISTS = 4
"""Combinations beside the winner that are compared once more in float32."""


def search(
    network: Network,
    pictures: Sequence[np.ndarray],
    labels: Sequence[np.ndarray],
    targets: Sequence[int],
    settings: SearchSettings = SearchSettings(),
    device: str = "auto",
    progress: Progress = silent,
) -> list[Combination]:
    """The best combination of superpixels of each picture for its target class (method.md, section 3).

    ``pictures`` are uint8 (H, W, 3), ``labels`` their superpixels (H, W), ``targets`` indices of classes.

    Raises
    ------
    ModelError
        when the network has no such class.
    SpaceError
        when an exhaustive search is asked for a picture of more than 16 superpixels.
    """
    combinations: dict[int, Combination] = {}
    cases = list(zip(pictures, labels, targets, strict=True))
    search_each(network, cases, combinations.__setitem__, settings, device, progress, len(cases))
    return [combinations[index] for index in range(len(cases))]


def search_each(
    network: Network,
    cases: Iterable[Case],
    finished: Callable[[int, Combination], None],
    settings: SearchSettings = SearchSettings(),
    device: str = "auto",
    progress: Progress = silent,
    total: int = 0,
) -> None:
    """Search ``cases``, taken from the iterable when their turn comes, and call ``finished(index, combination)`` on
    each as soon as it is done; a ``progress`` that raises stops the rest.

    A case's result does not depend on the others.
    """
    with computing(network, device):
        evaluator = Evaluator(network, settings.ranking)
        coming = (
            (index, _Search(Landscape.of(network, *case), settings, evaluator.ranks_exactly))
            for index, case in enumerate(cases)
        )
        active: list[tuple[int, _Search]] = []
        done = 0
        progress("combinations", done, total)
        while active := active + list(islice(coming, PARALLEL_PICTURES - len(active))):
            _round([search for _, search in active], evaluator, partial(progress, "combinations", done, total))
            over = [(index, search) for index, search in active if search.over]
            active = [(index, search) for index, search in active if not search.over]
            for index, search in over:
                finished(index, search.combination(evaluator))
                done += 1
                progress("combinations", done, total)


def _round(searches: Sequence["_Search"], evaluator: Evaluator, tick: Callable[[], None]) -> None:
    """Evaluate the genomes that all searches ask for in common batches, then advance each search."""
    asked = [(search, genome) for search in searches for genome in search.asked]
    for batch in in_batches(asked, evaluator.batch):
        values = evaluator.fitness([(search.landscape, genome) for search, genome in batch])
        for (search, genome), value in zip(batch, values, strict=True):
            search.learn(genome, float(value))
        tick()
    for search in searches:
        search.advance()


class _Search:
    """The search of one picture: evaluated combinations, the best so far, and the next requests."""

    def __init__(self, landscape: Landscape, settings: SearchSettings, exact: bool) -> None:
        self.landscape = landscape
        self.budget = settings.budget or 2**30
        self.exact = exact
        self.known: dict[bytes, float] = {}
        self.rises: list[tuple[int, bytes]] = []
        self.over = False
        self.climb = _climb(landscape, settings)
        self.wanted = next(self.climb)
        self.asked = self._unknown()

    def learn(self, genome: np.ndarray, value: float) -> None:
        """Record the fitness of one combination."""
        key = genome.tobytes()
        self.known[key] = value
        if not self.rises or value > self.known[self.rises[-1][1]]:
            self.rises.append((len(self.known), key))

    def advance(self) -> None:
        """Send the fitness to the search's generator; ``asked`` then holds its next unevaluated genomes."""
        try:
            while not self.asked or all(genome.tobytes() in self.known for genome in self.asked):
                if any(genome.tobytes() not in self.known for genome in self.wanted):
                    raise StopIteration  # the budget is spent
                answers = np.array([self.known[genome.tobytes()] for genome in self.wanted])
                self.wanted = self.climb.send(answers)
                self.asked = self._unknown()
        except StopIteration:
            self.climb.close()
            self.over = True

    def _unknown(self) -> list[np.ndarray]:
        """The requested genomes that are not evaluated yet, without duplicates, within the budget."""
        fresh = {genome.tobytes(): genome for genome in self.wanted if genome.tobytes() not in self.known}
        return list(fresh.values())[: self.budget - len(self.known)]

    def combination(self, evaluator: Evaluator) -> Combination:
        """The best combination in float32: finalists are compared once more when the ranking was coarser."""
        finalists = self._finalists()
        full = np.ones(self.landscape.genes, dtype=bool)
        genomes = [np.frombuffer(key, dtype=bool) for key in [*finalists, full.tobytes()]]
        cases = [(self.landscape, genome.copy()) for genome in genomes]
        parts = [evaluator.exactly(batch) for batch in in_batches(cases, evaluator.batch)]
        fitness = np.concatenate([values for values, _ in parts])
        best = int(np.argmax(fitness[:-1]))
        exact = dict(zip(finalists, fitness[:-1].tolist(), strict=True))
        return Combination(
            genome=genomes[best].copy(),
            fitness=float(fitness[best]),
            probability=float(1 / (1 + np.exp(-fitness[best]))),
            full_fitness=float(fitness[-1]),
            forwards=len(self.known),
            rechecked=len(cases),
            history=self._history(exact, float(fitness[best])),
            features=np.concatenate([features for _, features in parts])[best],
        )

    def _finalists(self) -> list[bytes]:
        """Keys to evaluate in float32: the winner, and after a coarser ranking the next and every earlier best."""
        order = sorted(self.known, key=lambda key: -self.known[key])
        if self.exact:
            return order[:1]
        return list(dict.fromkeys([*order[: 1 + FINALISTS], *(key for _, key in self.rises)]))

    def _history(self, exact: dict[bytes, float], best: float) -> tuple[tuple[int, float], ...]:
        """The best log-odds by number of evaluations, at each rise in float32, ending with the reported best."""
        places = {key: place for place, key in enumerate(self.known, start=1)}
        values = exact if not self.exact else {key: self.known[key] for _, key in self.rises}
        history: list[tuple[int, float]] = []
        for key in sorted(values, key=lambda key: places[key]):
            if not history or values[key] > history[-1][1]:
                history.append((places[key], values[key]))
        return tuple(history)


def _climb(landscape: Landscape, settings: SearchSettings) -> Climb:
    rng = np.random.default_rng([settings.seed, landscape.mark])
    if settings.method == "exhaustive":
        return exhaustive(landscape.genes)
    if settings.method == "flips":
        return flips(landscape.genes, landscape.borders, rng, settings.budget)
    return genetic(landscape.genes, parity(settings) if settings.method == "script" else settings, rng)
