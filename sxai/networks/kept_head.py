"""The trained classifier in a checkpoint, and the names of its classes.

People come with a network that is trained already. Where its classifier is one linear layer on the pooled features of
the body, it is kept, so that the network answers as it did where it was trained.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from sxai.errors import WeightsError

NAMES = ("classes", "class_names", "class_to_idx", "idx_to_class", "id2label", "label2id", "labels", "names")
"""Under which programs store the names of classes."""
SIDECARS = ("classes.txt", "labels.txt", "class_names.txt", "classes.json", "labels.json", "config.json")
"""Files beside the weights that name the classes, one a line or as JSON."""
LARGEST = 2**22
"""Bytes of a file of names."""


def linear_classifier(
    state: Mapping[str, torch.Tensor], beginnings: Sequence[str], channels: int
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Weight (K, C) and bias (K,) of the one linear layer whose keys begin so; None for another kind of classifier."""
    found = {key: value for key, value in state.items() if key.startswith(tuple(beginnings))}
    weights = [key for key, value in found.items() if value.ndim == 2 and key.endswith("weight")]
    if len(weights) != 1 or len(found) > 2:
        return None
    weight = found[weights[0]]
    bias = found.get(f"{weights[0].removesuffix('weight')}bias", torch.zeros(len(weight)))
    fits = weight.shape[1] == channels and len(weight) > 1 and bias.shape == (len(weight),)
    return (weight.float(), bias.float()) if fits else None


def classes_for(content: object, path: Path, count: int, given: Sequence[str] = ()) -> tuple[str, ...]:
    """The names of ``count`` classes: those ``given``, else of the file, else of one beside it; empty without any.

    Raises
    ------
    WeightsError
        when another number of names was given.
    """
    if given:
        if len(set(given)) != count:
            raise WeightsError(f"the classifier in {path} has {count} classes, not {len(set(given))}; name each once.")
        return tuple(given)
    return next((names for names in _told(content, path) if len(names) == count), ())


def _told(content: object, path: Path) -> Iterator[tuple[str, ...]]:
    yield from _named(content, 0)
    for name in (f"{path.stem}.json", f"{path.stem}.txt", *SIDECARS):
        yield from _beside(path.with_name(name))


def _beside(path: Path) -> Iterator[tuple[str, ...]]:
    try:
        if path.stat().st_size > LARGEST:
            return
        text = path.read_text("utf-8-sig")
        if path.suffix == ".txt":
            yield tuple(line.strip() for line in text.splitlines() if line.strip())
            return
        content = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return
    yield from _names(content)
    yield from _named(content, 0)


def _named(content: object, depth: int) -> Iterator[tuple[str, ...]]:
    if not isinstance(content, Mapping) or depth > 2:
        return
    for key in NAMES:
        yield from _names(content.get(key))
    for value in content.values():
        yield from _named(value, depth + 1)


def _names(value: Any) -> Iterator[tuple[str, ...]]:
    """Names in the order of their numbers, of a list, or of a mapping in either direction."""
    if isinstance(value, (list, tuple)) and value and all(isinstance(name, str) for name in value):
        yield tuple(value)
    if not isinstance(value, Mapping) or not value:
        return
    pairs = [(key, name) if isinstance(name, str) else (name, key) for key, name in value.items()]
    try:
        numbered = {int(number): str(name) for number, name in pairs}
    except (TypeError, ValueError):
        return
    if sorted(numbered) == list(range(len(numbered))):
        yield tuple(numbered[at] for at in range(len(numbered)))
