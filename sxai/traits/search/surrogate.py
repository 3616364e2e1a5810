"""A guess at the fitness of combinations never evaluated: a Gaussian process over genomes."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.linalg import cho_factor, cho_solve

REACHES = (0.25, 0.5, 1.0, 2.0, 4.0)
NOISES = (1e-4, 1e-2)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Knows what a fit to genomes (m, N_sp) and their fitness (m,) makes likely elsewhere.

    Genomes that differ in the share h of the superpixels have the covariance ``variance · exp(−h / reach)`` about one
    mean, and ``noise · variance`` is added to each one's own; ``signs`` (m, N_sp) are the fitted genomes as ±1.
    """

    signs: np.ndarray
    reach: float
    noise: float
    mean: float
    variance: float
    factor: np.ndarray
    weights: np.ndarray
    likelihood: float

    def guess(self, genomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected fitness and its standard deviation, (n,) each, of ``genomes`` (n, N_sp)."""
        k = np.exp(-differing(2.0 * genomes - 1.0, self.signs) / self.reach)
        unknown = 1 - np.einsum("ij,ji->i", k, cho_solve((self.factor, True), k.T))
        return self.mean + k @ self.weights, np.sqrt(self.variance * np.maximum(unknown, 0))


def fitted(genomes: np.ndarray, fitness: np.ndarray) -> Surrogate:
    """The surrogate under which ``fitness`` (m,) of ``genomes`` (m, N_sp) is most likely, of a few reaches and noises.

    >>> known = np.array([[True, True], [True, False], [False, False]])
    >>> fitted(known, np.array([3.0, 2.0, 0.0])).guess(known)[0].round(1)
    array([3., 2., 0.])
    """
    signs = 2.0 * genomes - 1.0
    far = differing(signs, signs)
    fits = [_fit(signs, far, fitness, reach, noise) for reach, noise in product(REACHES, NOISES)]
    return max(fits, key=lambda fit: fit.likelihood)


def differing(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Share of superpixels, (n, m), in which rows of ``first`` (n, N_sp) and ``second`` (m, N_sp), ±1, differ."""
    return (1 - first @ second.T / first.shape[1]) / 2


def _fit(signs: np.ndarray, far: np.ndarray, fitness: np.ndarray, reach: float, noise: float) -> Surrogate:
    """The fit with one reach and noise; mean and variance are the most likely ones, in closed form."""
    count = len(fitness)
    factor, _ = cho_factor(np.exp(-far / reach) + noise * np.eye(count), lower=True)
    flat = cho_solve((factor, True), np.ones(count))
    mean = float(flat @ fitness / flat.sum())
    weights = cho_solve((factor, True), fitness - mean)
    variance = max(float((fitness - mean) @ weights) / count, 1e-12)
    likelihood = -0.5 * count * np.log(variance) - np.log(np.diag(factor)).sum()
    return Surrogate(signs, reach, noise, mean, variance, factor, weights, float(likelihood))
