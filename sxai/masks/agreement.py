"""Inter-annotator agreement: intersection over union of pixels, and Cohen's κ on superpixels."""

from collections.abc import Sequence

import numpy as np

from sxai.errors import MaskError


def iou(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two boolean regions (H, W); 1 when both are empty.

    >>> iou(np.array([[True, True]]), np.array([[True, False]]))
    0.5
    """
    if first.shape != second.shape:
        raise MaskError(f"The masks are {first.shape} and {second.shape} pixels; compare masks of the same picture.")
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 1.0


def kappa(first: Sequence[bool] | np.ndarray, second: Sequence[bool] | np.ndarray) -> float | None:
    """Cohen's κ of two sets of yes and no on the same items: agreement beyond chance, 1 when complete.

    None where both gave one and the same answer to every item, since agreement by chance is then complete.

    >>> kappa([True, True, False, False], [True, False, False, False])
    0.5
    """
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if a.shape != b.shape or not a.size:
        raise MaskError(f"κ needs two answers on each item, not {a.size} and {b.size} answers.")
    observed = float((a == b).mean())
    expected = float(a.mean() * b.mean() + (~a).mean() * (~b).mean())
    return None if expected == 1 else (observed - expected) / (1 - expected)
