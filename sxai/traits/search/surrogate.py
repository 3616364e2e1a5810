"""Surrogate of the fitness of untried combinations: a Gaussian process over genomes and their borders.

Blackening a superpixel removes its content and creates new edges along its borders. So the covariance of two
combinations is high when they keep the same superpixels and cut the same borders.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.linalg import cho_factor, cho_solve

NEIGHBOUR_WEIGHTS = (0.5, 1.0, 2.0, 4.0)
LENGTH_SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)
NOISES = (1e-4, 1e-2)


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A Gaussian process fitted to genomes (m, N_sp) and their fitness (m,).

    Two genomes that differ in the share h of the superpixels, and in whether they cut the share e of the ``borders``
    (E, 2), have the covariance ``variance · exp(−(h + weight · e) / reach)`` about one ``mean``; ``noise · variance``
    is added to each one's own. ``known`` are the fitted genomes as :func:`described_genomes`.
    """

    borders: np.ndarray
    known: np.ndarray
    weight: float
    reach: float
    noise: float
    mean: float
    variance: float
    factor: np.ndarray
    pulls: np.ndarray
    likelihood: float

    def guess(self, genomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean and standard deviation of the fitness, (n,) each, of ``genomes`` (n, N_sp)."""
        far = mean_differences(described_genomes(genomes, self.borders, self.weight), self.known)
        k = np.exp(-far / self.reach)
        unknown = 1 - np.einsum("ij,ji->i", k, cho_solve((self.factor, True), k.T, check_finite=False))
        return self.mean + k @ self.pulls, np.sqrt(self.variance * np.maximum(unknown, 0))


def fit_surrogate(genomes: np.ndarray, fitness: np.ndarray, borders: np.ndarray) -> Surrogate:
    """The surrogate of highest likelihood for ``fitness`` (m,) of ``genomes`` (m, N_sp), over a grid of settings.

    >>> known = np.array([[True, True], [True, False], [False, False]])
    >>> fit_surrogate(known, np.array([3.0, 2.0, 0.0]), np.array([[0, 1]])).guess(known)[0].round(1)
    array([3., 2., 0.])
    """
    fits = []
    for weight in NEIGHBOUR_WEIGHTS if len(borders) else (0.0,):
        known = described_genomes(genomes, borders, weight)
        far = mean_differences(known, known)
        fits += [_fit(borders, known, weight, far, fitness, *setting) for setting in product(LENGTH_SCALES, NOISES)]
    return max(fits, key=lambda fit: fit.likelihood)


def described_genomes(genomes: np.ndarray, borders: np.ndarray, weight: float) -> np.ndarray:
    """Rows (n, N_sp + E) of genomes (n, N_sp), whose squared distances combine superpixels and borders."""
    signs = 2.0 * genomes - 1.0
    whole = signs[:, borders[:, 0]] * signs[:, borders[:, 1]]
    scale = np.sqrt(weight / max(len(borders), 1))
    return np.concatenate([signs / np.sqrt(signs.shape[1]), whole * scale], axis=1) / 2


def mean_differences(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Squared distances (n, m) of rows that all have the same length: h + weight · e of two sets of genomes."""
    length = first[0] @ first[0] + second[0] @ second[0]
    return np.maximum(length - 2 * first @ second.T, 0)


def _fit(
    borders: np.ndarray,
    known: np.ndarray,
    weight: float,
    far: np.ndarray,
    fitness: np.ndarray,
    reach: float,
    noise: float,
) -> Surrogate:
    """The Gaussian process with these settings, with maximum-likelihood mean and variance in closed form."""
    count = len(fitness)
    factor, _ = cho_factor(np.exp(-far / reach) + noise * np.eye(count), lower=True, check_finite=False)
    flat = cho_solve((factor, True), np.ones(count), check_finite=False)
    mean = float(flat @ fitness / flat.sum())
    pulls = cho_solve((factor, True), fitness - mean, check_finite=False)
    variance = max(float((fitness - mean) @ pulls) / count, 1e-12)
    likelihood = -0.5 * count * np.log(variance) - np.log(np.diag(factor)).sum()
    return Surrogate(borders, known, weight, reach, noise, mean, variance, factor, pulls, float(likelihood))
