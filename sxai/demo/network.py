"""The two small networks shipped with the package."""

from importlib import resources
from pathlib import Path

from sxai.networks.network import Network
from sxai.networks.weights import load_checkpoint

CHECKPOINT = "weights/small.safetensors"
BRIEF = "weights/brief.safetensors"
"""A network of the same kind that was trained for a shorter time on fewer pictures, to compare with:
``python -m sxai.demo.recipe --pictures 2500 --pets 800 --epochs 4 --seed 12``."""


def load_demo_network(checkpoint: str = CHECKPOINT) -> Network:
    """The network that tells the drawn cats from dogs, with the weights of :mod:`sxai.demo.recipe`.

    Raises :class:`~sxai.errors.WeightsError` when the package's file is missing or damaged.
    """
    return load_checkpoint(Path(str(resources.files("sxai.demo") / checkpoint)))
