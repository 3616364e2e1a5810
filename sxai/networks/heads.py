"""Classifier heads: from the C pooled features to the K classes."""

from torch import nn

from sxai.errors import ModelError
from sxai.networks.device import seeded

HEADS = ("linear", "vgg")
VGG_HIDDEN = 4096


def make_head(kind: str, channels: int, classes: int, seed: int = 0) -> nn.Module:
    """A new head (n, C) → (n, K), initialised from ``seed``.

    ``linear`` is one layer; ``vgg`` is C-4096-4096-K with ReLU and dropout, as VGG networks end (paper's
    head).
    """
    if classes < 2:
        raise ModelError(f"A classifier needs at least two classes, not {classes}. Import images of another class.")
    with seeded(seed):
        if kind == "linear":
            return nn.Linear(channels, classes)
        if kind == "vgg":
            return nn.Sequential(
                nn.Linear(channels, VGG_HIDDEN),
                nn.ReLU(),
                nn.Dropout(),
                nn.Linear(VGG_HIDDEN, VGG_HIDDEN),
                nn.ReLU(),
                nn.Dropout(),
                nn.Linear(VGG_HIDDEN, classes),
            )
    raise ModelError(f"No head is called {kind!r}. Choose one of {', '.join(HEADS)}.")


def head_kind(head: nn.Module) -> str:
    """The name under which :func:`make_head` builds a head like this one."""
    return "linear" if isinstance(head, nn.Linear) else "vgg"
