"""Histogram bins that several charts share."""

import numpy as np
from numpy.typing import NDArray


def shared_edges(values: NDArray[np.float64], most: int = 60) -> NDArray[np.float64]:
    """Bin edges (k + 1,) by Freedman and Diaconis' rule: 12 to ``most`` bins; one bin for equal values."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.array([-0.5, 0.5])
    low, high = float(finite.min()), float(finite.max())
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        return np.array([low - 0.5, low + 0.5])
    quarters = np.subtract(*np.percentile(finite, [75, 25]))
    width = 2 * float(quarters) / finite.size ** (1 / 3)
    bins = int(np.clip(np.ceil((high - low) / width) if width > 0 else most, 12, most))
    return np.linspace(low, high, bins + 1)
