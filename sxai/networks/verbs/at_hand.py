"""Whether a backbone's weights are on this machine, and whether those that are not can be fetched."""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import torch

from sxai.errors import WeightsError
from sxai.networks.backbones import BACKBONES, is_own
from sxai.networks.own import check_allowed
from sxai.networks.verbs.networks import BackboneChoice, backbone_choices, check_weights, downloads

SERVER = "https://download.pytorch.org/models/"
"""Where torchvision's weights are."""
TIMM_SERVER = "https://huggingface.co/"
"""Where timm's are."""
WAIT = 4.0
"""Seconds in which a server must answer."""
LIGHT = ("squeezenet1_1", "mobilenet_v2", "alexnet", "resnet50", "vgg16", "vgg19")
"""Backbones with ImageNet weights, those that are light enough for a laptop first."""


def weights_at_hand(backbone: str) -> bool:
    """Whether the weights that a backbone of the registry comes with are on this machine."""
    spec = BACKBONES[backbone]
    if spec.packaged_weights:
        return True
    return spec.torchvision_file is not None and (_downloaded() / spec.torchvision_file).is_file()


def for_photographs() -> list[BackboneChoice]:
    """Every backbone, the best to start with on photographs first.

    Networks trained on photographs come before the built-in one, which was trained on drawings; among them those
    whose weights are on this machine, then those that can be downloaded.
    """
    choices = {choice.name: choice for choice in backbone_choices()}
    order = sorted(choices, key=lambda name: (_rank(choices[name]), _place(LIGHT, name)))
    return [choices[name] for name in order]


def check_reachable(backbone: str, weights: str | Path | None = None) -> None:
    """Whether the weights of a network can be had: loaded if they are a file, asked for if they are to be downloaded.

    Raises
    ------
    ModelError, WeightsError, UnknownBackbone
        when the file is missing or does not fit, or the server does not answer; the message says what helps.
    """
    if is_own(backbone):  # built by the worker that adds it, not by the process that asks
        check_allowed(backbone)
        return
    if not downloads(backbone, weights) or (backbone in BACKBONES and weights_at_hand(backbone)):
        check_weights(backbone, weights)
        return
    file = BACKBONES[backbone].torchvision_file if backbone in BACKBONES else None
    address = f"{SERVER}{file}" if file else TIMM_SERVER
    try:
        request = urllib.request.Request(address, method="HEAD")
        with urllib.request.urlopen(request, timeout=WAIT):
            return
    except (urllib.error.URLError, OSError) as error:
        raise WeightsError(_unreachable(backbone, address, file is not None, error)) from error


def _unreachable(backbone: str, address: str, known: bool, error: Exception) -> str:
    host = urllib.parse.urlsplit(address).hostname
    fetch = f"fetch {address} on another machine" if known else "fetch the file on another machine"
    return (
        f"the weights of {backbone} are not on this machine, and {host} does not answer "
        f"({getattr(error, 'reason', None) or error}). Connect to the internet; or {fetch} and give its path as the "
        "weights file; or choose a network whose weights are here."
    )


def _downloaded() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _rank(choice: BackboneChoice) -> int:
    if choice.weights == "imagenet":
        return 0 if weights_at_hand(choice.name) else 1
    return 2 if choice.weights == "built-in" else 3


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)
