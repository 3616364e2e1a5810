"""Training of the built-in network: ``python -m sxai.demo.recipe`` makes its weights again.

1. Draw pictures of twenty invented species. Half of them have one or two parts painted over.
2. Train the convolutions on three questions at once: which species is it (asked in proportion to the parts that still
   show), which style does each of the four parts have or does it not show, and how much of each style shows (its area
   to the power 0.6). Neither cats nor dogs take part.
3. Fold the batch normalisation into the convolutions, keep them as they are, and fit a linear head that tells
   cats from dogs on their pooled features.

A network that is only ever shown cats and dogs finds one direction that tells them apart and no parts in it; this one
had to look at each part by itself. Everything follows from the seed; the last digits depend on the processor.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, mse_loss, pad

from sxai.demo.species import PETS, SPECIES, STYLES
from sxai.demo.training_pictures import NOT_SHOWN, TrainingSet, draw_training_set
from sxai.networks.backbones import build
from sxai.networks.device import seeded
from sxai.networks.fitting import HeadTask, fit_head
from sxai.networks.network import Network
from sxai.networks.small import CHANNELS, MEAN, SIZE, STD, folded, small_body
from sxai.networks.weights import save_checkpoint
from sxai.progress import Progress, silent

WEIGHTS = Path(__file__).parent / "weights" / "small.safetensors"
AMOUNT_POWER = 0.6
"""How much of a part shows is its area to this power: between its length (0.5) and its area (1)."""


@dataclass(frozen=True)
class Recipe:
    """Numbers of pictures of invented species and of cats and dogs, and how long and fast to learn.

    ``species_weight``, ``style_weight`` and ``amount_weight`` weigh the three questions.
    """

    pictures: int = 9000
    pets: int = 1600
    epochs: int = 6
    batch: int = 64
    learning_rate: float = 4e-3
    weight_decay: float = 1e-4
    species_weight: float = 0.5
    style_weight: float = 1.0
    amount_weight: float = 3.0
    seed: int = 11


class Questions(nn.Module):
    """The three questions asked of pooled features (n, CHANNELS) while the convolutions learn.

    "Not shown" is the answer when no style of a part scores above zero: nothing is learned for it, so that no channel
    has to stand for a part that is missing. Amounts are answered with weights that cannot be negative.
    """

    def __init__(self) -> None:
        super().__init__()
        self.species = nn.Linear(CHANNELS, len(SPECIES))
        self.styles = nn.Linear(CHANNELS, len(STYLES) * NOT_SHOWN)
        self.amounts = nn.Parameter(torch.rand(len(STYLES) * NOT_SHOWN, CHANNELS) * 0.02)

    def loss(self, features: torch.Tensor, answers: "Answers", recipe: Recipe) -> torch.Tensor:
        """The weighted sum of the three losses, a scalar."""
        shown = (answers.styles != NOT_SHOWN).float().mean(dim=1)
        species = cross_entropy(self.species(features), answers.species, reduction="none")
        styles = pad(self.styles(features).reshape(-1, NOT_SHOWN), (0, 1))
        amounts = features @ self.amounts.abs().t()
        return (
            recipe.species_weight * (species * shown).mean()
            + recipe.style_weight * cross_entropy(styles, answers.styles.reshape(-1))
            + recipe.amount_weight * mse_loss(amounts, answers.amounts)
        )


@dataclass(frozen=True, eq=False)
class Answers:
    """``species`` (n,), ``styles`` (n, 4) and ``amounts`` (n, 20): the mean amount where a part shows is 1."""

    species: torch.Tensor
    styles: torch.Tensor
    amounts: torch.Tensor

    def __getitem__(self, rows: torch.Tensor) -> "Answers":
        return Answers(self.species[rows], self.styles[rows], self.amounts[rows])


def answers_to(training_set: TrainingSet) -> Answers:
    """The correct answers to the three questions."""
    shows = training_set.styles != NOT_SHOWN
    size = np.where(shows, training_set.areas.astype(float) ** AMOUNT_POWER, 0.0)
    size /= np.maximum(size.sum(axis=0) / np.maximum(shows.sum(axis=0), 1), 1e-9)
    amounts = size[:, :, None] * (training_set.styles[:, :, None] == np.arange(NOT_SHOWN))
    flat = amounts.reshape(len(amounts), -1).astype(np.float32)
    return Answers(torch.from_numpy(training_set.labels), torch.from_numpy(training_set.styles), torch.from_numpy(flat))


def _inputs(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 (n, S, S, 3) → normalised (n, 3, S, S), mirrored and tinted at random."""
    x = pixels.permute(0, 3, 1, 2).float() / 255
    if torch.rand(()) < 0.5:
        x = x.flip(3)
    x = x * (1 + 0.15 * torch.randn(len(x), 1, 1, 1)) + 0.06 * torch.randn(len(x), 3, 1, 1)
    mean, std = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (MEAN, STD))
    return ((x.clamp(0, 1) - mean) / std).contiguous(memory_format=torch.channels_last)


def _batches(n: int, recipe: Recipe) -> Iterator[torch.Tensor]:
    """Row numbers of one pass, shuffled; a last incomplete batch is left out."""
    size = min(recipe.batch, n)
    rows = torch.randperm(n)
    yield from rows[: n // size * size].split(size)


def pretrain(training_set: TrainingSet, recipe: Recipe, progress: Progress = silent) -> nn.Module:
    """Train the convolutions on the invented species; returns the plain stack in evaluation mode."""
    with seeded(recipe.seed):
        body = small_body(batch_norm=True).train()
        questions, answers = Questions(), answers_to(training_set)
        pixels = torch.from_numpy(training_set.pixels)
        weights = [*body.parameters(), *questions.parameters()]
        optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        steps = recipe.epochs * (len(pixels) // min(recipe.batch, len(pixels)))
        rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, steps, pct_start=0.15)
        for epoch in range(recipe.epochs):
            total = 0.0
            for rows in _batches(len(pixels), recipe):
                with torch.autocast("cpu", torch.bfloat16):
                    maps = body(_inputs(pixels[rows]))
                loss = questions.loss(maps.float().mean(dim=(2, 3)), answers[rows], recipe)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(weights, 1.0)
                optimiser.step()
                rate.step()
                total += float(loss.detach()) * len(rows)
            progress("species", epoch + 1, recipe.epochs, {"loss": round(total / len(pixels), 4)})
        return folded(body.eval())


@torch.inference_mode()
def _pooled(body: nn.Module, training_set: TrainingSet) -> np.ndarray:
    """Features (n, CHANNELS) of the training pictures as they are."""
    network = build("small")
    network.body.load_state_dict(body.state_dict())
    parts = [
        network.features(batch.permute(0, 3, 1, 2).float() / 255).numpy()
        for batch in torch.from_numpy(training_set.pixels).split(64)
    ]
    return np.concatenate(parts)


def fit_pets(body: nn.Module, training_set: TrainingSet, classes: Sequence[str], seed: int = 0) -> Network:
    """The network with ``body`` as it is and a linear head fitted to ``training_set``, a fifth for validation."""
    features, held = _pooled(body, training_set), len(training_set.labels) // 5
    task = HeadTask(
        features[held:],
        training_set.labels[held:],
        features[:held],
        training_set.labels[:held],
        len(classes),
        seed=seed,
    )
    outcome = fit_head(task, torch.device("cpu"), silent)
    network = build("small")
    network.body.load_state_dict(body.state_dict())
    network.head, network.classes = outcome.head, tuple(classes)
    return network.eval()


def make_checkpoint(recipe: Recipe, target: Path, workers: int = 1, progress: Progress = silent) -> Network:
    """Follow the recipe and write the checkpoint ``target``, the recipe in its metadata."""
    species = draw_training_set(recipe.pictures, recipe.seed, SPECIES, SIZE, True, workers, progress)
    body = pretrain(species, recipe, progress)
    pets = draw_training_set(recipe.pets, recipe.seed + 1, PETS, SIZE, False, workers, progress)
    network = fit_pets(body, pets, PETS, recipe.seed)
    save_checkpoint(network, target, {"recipe": json.dumps(asdict(recipe)), "made_by": "python -m sxai.demo.recipe"})
    return network


def _report(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
    if detail or done in (0, total) or done % 1000 == 0:
        sys.stderr.write(f"{stage} {done}/{total} {json.dumps(detail) if detail else ''}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the network again; smaller numbers give a quick trial."""
    parser = argparse.ArgumentParser(prog="python -m sxai.demo.recipe", description="Train the built-in network.")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    parser.add_argument("--pictures", type=int, default=Recipe.pictures)
    parser.add_argument("--pets", type=int, default=Recipe.pets)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    recipe = Recipe(pictures=given.pictures, pets=given.pets, epochs=given.epochs, seed=given.seed)
    make_checkpoint(recipe, given.out, given.workers, _report)
    sys.stderr.write(f"written to {given.out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
