"""Small differentiable networks for visualisations, in any precision."""

import torch
from torch import nn

from sxai.networks.network import IMAGENET_STD, Network, Preprocessing


def network(size=12, channels=6, seed=0, dtype=torch.float32, body=None, **settings):
    """A network of two convolutions; ``body`` replaces them."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        body = body or nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, channels, 3, padding=1), nn.ReLU()
        )
    settings = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.4)} | settings
    return Network("toy", body.to(dtype), Preprocessing(size, **settings), channels).eval()


def smooth_network(dtype=torch.float64):
    """One without kinks, for finite differences."""
    body = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.Softplus(), nn.Conv2d(5, 6, 3, stride=2), nn.Softplus())
    return network(size=7, dtype=dtype, body=body)


def reachable(net, count=2, seed=3):
    """Targets (count, C): the features of random pictures."""
    generator = torch.Generator().manual_seed(seed)
    size = net.preprocessing.size
    x = torch.rand(count, 3, size, size, generator=generator)
    with torch.no_grad():
        return net.features(x.to(next(net.parameters()).dtype)).double().numpy() * 1.5


def shown_features(net, z):
    """Features (n, C) of pictures z (n, 3, S, S), by way of the pixels that they stand for."""
    std = torch.tensor(IMAGENET_STD, dtype=z.dtype).reshape(1, 3, 1, 1)
    return net.features(z * std + net.mean.to(z) / net.preprocessing.scale)
