"""Grad-CAM (through captum): the saliency of a class at the last maps, shown beside the occlusion sensitivity."""

from typing import cast

import numpy as np
import torch
from torch import nn

from sxai.errors import ModelError, UnknownName
from sxai.networks.features import computing
from sxai.networks.network import Network


class _Watched(nn.Module):
    """A network with an identity layer of its own after the last maps, so that hooks never touch the shared network."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.place = nn.Identity()
        self._network = (network,)  # in a tuple: a shared network does not become a part of this module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        network = self._network[0]
        maps = self.place(network.maps(x))
        return network.logits(maps.mean(dim=(2, 3)))


def grad_cam(network: Network, pixels: np.ndarray, target: str, device: str = "auto") -> np.ndarray:
    """Grad-CAM of class ``target`` at the last maps, float32 (H, W) on the canvas ``pixels`` uint8 (H, W, 3).

    ``max(0, Σ_c w_c A_c)`` with w_c the mean gradient of the class score over positions (Selvaraju et al. 2017),
    upsampled bilinearly; 0 where a network that crops does not look. In units of the class score per position.

    Raises
    ------
    UnknownName
        for a class that the network has not, ModelError for a network without head.
    """
    if network.head is None:
        raise ModelError(f"the network ({network.backbone}) has no classes yet; train it first.")
    if target not in network.classes:
        raise UnknownName(f"there is no class {target!r} in this network; it has {', '.join(network.classes)}.")
    with computing(network, device):
        x = network.prepare([pixels]).to(network.mean.dtype)
        heat = cam(network, x, network.classes.index(target))
    return on_canvas(network, heat, pixels.shape[0], pixels.shape[1])


def cam(network: Network, x: torch.Tensor, target: int | torch.Tensor) -> torch.Tensor:
    """Grad-CAM (n, 1, h, w) at the resolution of the last maps, for inputs ``x`` (n, 3, S, S) and one class index, or
    one for each input (n,)."""
    from captum.attr import LayerGradCam  # a second to import, and few need it

    watched = _Watched(network)
    with torch.enable_grad():
        attribution = LayerGradCam(watched, watched.place).attribute(
            x.detach().clone().requires_grad_(), target=target, relu_attributions=True
        )
    return cast(torch.Tensor, attribution).detach()


def on_canvas(network: Network, heat: torch.Tensor, height: int, width: int) -> np.ndarray:
    """A map (1, 1, h, w) laid where the network looked: the whole canvas (height, width), or its central square."""
    if network.preprocessing.fit != "crop":
        return _enlarged(heat, height, width)
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    laid = np.zeros((height, width), dtype=np.float32)
    laid[top : top + side, left : left + side] = _enlarged(heat, side, side)
    return laid


def _enlarged(heat: torch.Tensor, height: int, width: int) -> np.ndarray:
    resized = nn.functional.interpolate(heat, size=(height, width), mode="bilinear", align_corners=False)
    return resized[0, 0].float().cpu().numpy()
