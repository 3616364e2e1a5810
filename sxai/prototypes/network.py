"""Proto-CNN: the prototype layers on top of a network's feature maps (AS-XAI, Section 2.2).

Maps (n, C, h, w) → two 1 × 1 convolutions (ReLU, then sigmoid) → embedding (n, D, h, w) → cosine with M basis vectors a
class → similarity maps (n, K·M, h, w) → their maxima over positions → class scores.
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import normalize

from sxai.errors import SpaceError

OWN_WEIGHT, OTHER_WEIGHT = 1.0, -0.5
"""Initial values and bounds of the last layer's weights, for the own class and for others."""


class ProtoCNN(nn.Module):
    """The added layers, the basis vectors and the last layer; the network below is not changed.

    ``shift`` and ``scale`` (C,) standardise the maps: they are measured on the training images and kept.
    """

    shift: torch.Tensor
    scale: torch.Tensor

    def __init__(self, channels: int, classes: int, per_class: int, width: int, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.classes, self.per_class = classes, per_class
        self.first = nn.Conv2d(channels, width, 1)
        self.second = nn.Conv2d(width, width, 1)
        for layer in (self.first, self.second):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.basis = nn.Parameter(torch.randn(classes, per_class, width, generator=generator))
        self.last = nn.Parameter(torch.full((classes, classes * per_class), OTHER_WEIGHT))
        with torch.no_grad():
            self.last[self.own_weights()] = OWN_WEIGHT
        self.register_buffer("shift", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))

    def own_weights(self) -> torch.Tensor:
        """Bool (K, K·M): the weights between basis vectors and their own class."""
        return torch.eye(self.classes, dtype=torch.bool).repeat_interleave(self.per_class, dim=1)

    def embed(self, maps: torch.Tensor) -> torch.Tensor:
        """Unit vectors (n, D, h, w) of maps (n, C, h, w), one at each position; no entry is negative."""
        x = (maps - self.shift[:, None, None]) / self.scale[:, None, None]
        return normalize(torch.sigmoid(self.second(torch.relu(self.first(x)))), dim=1)

    def similarity(self, embedded: torch.Tensor, sigma: float = 0.0, noise: Any = None) -> torch.Tensor:
        """Cosines (n, K·M, h, w) of embedded patches with all basis vectors, perturbed by σε, ε ~ N(0, I), if asked."""
        vectors = normalize(self.basis, dim=-1)
        if sigma > 0:
            vectors = vectors + sigma * torch.randn(vectors.shape, generator=noise)
        flat = normalize(vectors, dim=-1).flatten(0, 1)
        return torch.einsum("md,ndhw->nmhw", flat, embedded)

    def scores(self, peaks: torch.Tensor) -> torch.Tensor:
        """Class scores (n, K) of the largest similarities (n, K·M)."""
        return peaks @ self.last.T

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Class scores (n, K) of maps (n, C, h, w)."""
        return self.scores(self.similarity(self.embed(maps)).amax(dim=(2, 3)))

    def bound(self) -> None:
        """Keep the last layer's weights within [−0.5, 1]."""
        with torch.no_grad():
            self.last.clamp_(OTHER_WEIGHT, OWN_WEIGHT)

    def arrays(self) -> dict[str, Any]:
        """All parameters as numpy arrays, float32."""
        return {f"net.{name}": value.detach().cpu().numpy() for name, value in self.state_dict().items()}

    @classmethod
    def restored(cls, arrays: dict[str, Any]) -> "ProtoCNN":
        """The model that :meth:`arrays` were taken from; SpaceError when they do not belong to one."""
        try:
            state = {name[4:]: torch.tensor(value) for name, value in arrays.items() if name.startswith("net.")}
            classes, per_class, width = state["basis"].shape
            model = cls(state["first.weight"].shape[1], classes, per_class, width)
            model.load_state_dict(state)
        except (KeyError, ValueError, RuntimeError) as error:
            raise SpaceError(f"the stored prototypes are damaged ({error}); train them again.") from error
        return model.eval()
