"""The small network shipped with the package."""

from importlib import resources
from pathlib import Path

from sxai.networks.network import Network
from sxai.networks.weights import load_checkpoint

CHECKPOINT = "weights/small.safetensors"


def load_demo_network() -> Network:
    """The network that tells the drawn cats from dogs, with the weights of :mod:`sxai.demo.recipe`.

    Raises :class:`~sxai.errors.WeightsError` when the package's file is missing or damaged.
    """
    return load_checkpoint(Path(str(resources.files("sxai.demo") / CHECKPOINT)))
