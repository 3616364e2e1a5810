"""What a checkpoint of another program holds: its sets of weights, wherever they lie, and which of them fits.

Programs wrap a state dict (``state_dict``, ``net``, ``ema``, …) and its keys (``module.``, ``_orig_mod.``, …) in many
ways. None is listed here: any mapping with tensors is a set, and the prefix is found by comparing the ends of
keys with the network's own.
"""

import pickle
import re
import struct
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from sxai.errors import WeightsError

State = dict[str, torch.Tensor]
DEEPEST = 6
"""Mappings inside each other that are looked through."""
AVERAGED = re.compile(r"ema|averag|swa|moving", re.IGNORECASE)
"""How programs call weights that are averaged over the training; they are taken when they fit as well."""
_FORBIDDEN = re.compile(r"GLOBAL ([\w.]+)")
# What torch and safetensors raise on damaged files, found by feeding them damaged files.
DAMAGE = (
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)


@dataclass(frozen=True)
class WeightSet:
    """A set of weights in a file.

    Attributes
    ----------
    name
        where it lies, "" at the top.
    state
        its tensors by key.
    others
        entries beside them that are no weights.
    content
        all that the file holds, in which names of classes may be.
    """

    name: str
    state: State
    others: tuple[str, ...] = ()
    content: object = None


def weight_sets(path: Path) -> list[WeightSet]:
    """Every set of weights in a safetensors file or a pickled one; nothing in the file is ever run.

    Raises
    ------
    WeightsError
        when the file is missing, damaged, would run code, or holds no tensors.
    """
    if not path.is_file():
        raise WeightsError(f"There is no weights file {path}. Check the path.")
    with path.open("rb") as file:
        head = file.read(2)
    content = _read_pickle(path) if head[:1] == b"\x80" or head == b"PK" else _read_safetensors(path)
    sets = [replace(found, content=content) for found in _sets(content, "", 0)]
    if not sets:
        raise WeightsError(
            f"{path} holds no weights: it is {_described(content)}. Save the network's state, model.state_dict()."
        )
    for found in sets:
        odd = [key for key, value in found.state.items() if value.layout != torch.strided or value.is_quantized]
        if odd or any(value.is_meta for value in found.state.values()):
            raise WeightsError(f"{path}: {odd[0] if odd else 'a tensor'} is sparse, quantised or without values.")
    return sets


def _sets(content: object, name: str, depth: int) -> Iterator[WeightSet]:
    if not isinstance(content, Mapping) or depth > DEEPEST:
        return
    tensors = {str(key): value for key, value in content.items() if isinstance(value, torch.Tensor)}
    others = tuple(str(key) for key, value in content.items() if not isinstance(value, (torch.Tensor, Mapping)))
    if tensors:
        yield WeightSet(name, tensors, others)
    for key, value in content.items():
        yield from _sets(value, f"{name}.{key}" if name else str(key), depth + 1)


def _described(content: object) -> str:
    if isinstance(content, Mapping):
        keys = ", ".join(str(key) for key in list(content)[:5])
        return f"a mapping of {keys}" if keys else "an empty mapping"
    return f"a {type(content).__name__}"


def fitting(sets: Iterable[WeightSet], keys: Iterable[str]) -> tuple[WeightSet, str, tuple[str, ...]]:
    """The set that holds most of a network's ``keys``, what stands before them, and other sets that fit as well."""
    expected = tuple(keys)
    scored = [(found, *prefix_of(found.state, expected)) for found in sets]
    most = max(score for _, _, score in scored)
    best = [(found, prefix) for found, prefix, score in scored if score == most]
    chosen = next((each for each in best if AVERAGED.search(each[0].name)), best[0])
    return *chosen, tuple(found.name for found, _ in best if found is not chosen[0])


def prefix_of(state: Mapping[str, object], expected: Iterable[str]) -> tuple[str, int]:
    """What stands before the ``expected`` keys in ``state``, and for how many of them: the most frequent difference.

    >>> prefix_of({"module._orig_mod.a.weight": 0, "module._orig_mod.b.bias": 0, "n": 0}, ["a.weight", "b.bias"])
    ('module._orig_mod.', 2)
    """
    ends: dict[str, list[str]] = {}
    for key in state:
        parts = key.split(".")
        for at in range(len(parts)):
            ends.setdefault(".".join(parts[at:]), []).append(".".join(parts[:at]) + ("." if at else ""))
    prefixes = Counter(prefix for key in expected for prefix in ends.get(key, ()))
    if not prefixes:
        return "", 0
    most = max(prefixes.values())
    return min((prefix for prefix, count in prefixes.items() if count == most), key=len), most


def _read_safetensors(path: Path) -> State:
    try:
        return load_file(path)
    except (SafetensorError, *DAMAGE) as error:
        raise WeightsError(
            f"{path} is neither safetensors nor a state dict of torch, or it is damaged ({error}). Get it again."
        ) from error


def _read_pickle(path: Path) -> object:
    if _is_program(path):
        raise WeightsError(
            f"{path} is a TorchScript program; sxai reads weights only. Save model.state_dict() of the network it was "
            "made from."
        )
    try:
        with warnings.catch_warnings():
            # torch warns of newer pickle protocols; what matters is whether the file can be read safely.
            warnings.simplefilter("ignore", UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(_refusal(path, str(error))) from error
    except DAMAGE as error:
        raise WeightsError(f"{path} is damaged or not a state dict ({_first_line(error)}). Get it again.") from error


def _is_program(path: Path) -> bool:
    """Whether a file is a TorchScript archive, which holds code beside its weights."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any("/code/" in name or name.endswith("constants.pkl") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _refusal(path: Path, problem: str) -> str:
    """Why a pickle is not read, naming what in it is no plain data; never how to switch the safety off."""
    found = _FORBIDDEN.search(problem)
    if found is None:
        return (
            f"{path} is not plain weights: opening it would run code, or it is damaged. Nothing was run. "
            "Save model.state_dict(), or convert it to safetensors where you trust it."
        )
    what = "a numpy number" if found[1].startswith("numpy") else "an object"
    return (
        f"{path} is not plain weights: it holds {what} ({found[1]}) beside them, and opening it would run code. "
        "Nothing was run. Save the weights alone, model.state_dict(), or convert it to safetensors where you trust it."
    )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
