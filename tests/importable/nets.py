"""Small networks for tests, and a person's own ones for ``module:factory``."""

import numpy as np
import torch
from torch import nn

from sxai.networks.network import Network, Preprocessing


def tiny_body(channels=6):
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, channels, 3, padding=1), nn.ReLU()
    )


def tiny_network(size=12, channels=6, seed=0, **settings):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        body = tiny_body(channels)
    settings = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.4)} | settings
    return Network("tiny", body, Preprocessing(size, **settings), channels, {"relu1": "1", "relu2": "3"}).eval()


def canvases(n, seed=0, height=14, width=18):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (height, width + i % 3, 3), dtype=np.uint8) for i in range(n)]


def good():
    return tiny_body(5)


def with_settings():
    body = tiny_body(7)
    body.preprocessing = Preprocessing(16, (0.1, 0.2, 0.3), (1.0, 1.0, 1.0), scale=2.0)
    body.taps = {"early": "1"}
    return body


def in_place():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))


def pooled():
    return nn.Sequential(tiny_body(5), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def two_outputs():
    class Two(nn.Module):
        def forward(self, x):
            return x, x

    return Two()


def flat_input():
    return nn.Linear(10, 3)


def explodes():
    raise RuntimeError("no such file: weights.bin")


def a_number():
    return 42


not_callable = "text"
