"""Global feature occluders: one faint pattern that wipes out what the images of a whole class have in common.

Wu et al. (CVPR 2020) learn such a universal perturbation for every class and print no loss; this one is our own. Be
m_κ(a) = max(z_t(a) − max_{k ≠ t} z_k(a), −κ) the margin of class t at features a, φ the features, x images of the
class, and y images of others, of which the network says s(y):

    L(δ) = mean m_κ(φ(x + δ))  +  mean m_κ(min(φ(x + δ), φ(x)))  +  λ · mean CE(z(y + δ), s(y)),   ‖δ‖∞ ≤ ε.

The first term makes the class unseen. Alone it would rather put other classes' features in than take the class's own
away; in the second only what is taken away counts. The third keeps what the network says of everything else. δ is
shifted and mirrored at random, apart for every image, so that it meets a feature wherever it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch.nn import functional

from sxai.errors import ModelError
from sxai.models.device import fast_bfloat16
from sxai.models.features import FeatureBatch, batch_for, computing, grouped
from sxai.models.network import Network
from sxai.progress import Progress, silent

EPSILON = 10 / 255
"""The paper's size of a change that a person hardly sees."""

MOMENTUM = 0.9
FIRST_STRIDE, LAST_STRIDE = 0.1, 0.005
"""Length of the first and of the last step, in ε."""


@dataclass(frozen=True)
class OccluderSettings:
    """How an occluder is learned.

    Attributes:
        epsilon: ε, the largest change of a pixel value, in the unit range.
        steps: of the descent, each over one batch.
        batch: images of the class in a step, and as many of other classes.
        keep: λ, the weight of what the network says of other classes; 0 lets it change.
        margin: κ, by how much another class has to win before an image counts no more, in units of the class scores.
        shift: the largest shift of δ in either direction, as a share of the picture's side.
        flip: whether δ is also mirrored, half of the time.
    """

    epsilon: float = EPSILON
    steps: int = 400
    batch: int = 8
    keep: float = 0.5
    margin: float = 5.0
    shift: float = 0.04
    flip: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.epsilon <= 1.0:
            raise ModelError(f"ε is {self.epsilon}: give a change of pixel values above 0 and up to 1, such as 0.04.")
        if self.steps < 1 or self.batch < 1:
            raise ModelError(f"{self.steps} steps over {self.batch} images: an occluder takes 1 or more of each.")
        if self.keep < 0 or self.margin < 0 or not 0 <= self.shift <= 0.5:
            raise ModelError(
                f"an occluder's weight {self.keep} and margin {self.margin} must not be negative, and its shift "
                f"{self.shift} must lie between 0 and 0.5."
            )


@dataclass(frozen=True)
class OccluderStep:
    """One step of the descent, over its batch.

    ``margin`` is the class's score above the next one's, mean over images of the class, and ``wiped`` the same when
    features may only fall; ``penalty`` the cross-entropy of the others; ``fooled`` and ``kept`` the shares that left
    the class, and that the network says the same of.
    """

    step: int
    margin: float
    wiped: float
    penalty: float
    fooled: float
    kept: float


@dataclass(frozen=True, eq=False)
class Occluder:
    """A learned pattern ``delta`` float32 (3, S, S), |δ| ≤ ε in pixel values of [0, 1], and how it was learned."""

    delta: np.ndarray
    curve: tuple[OccluderStep, ...]


@dataclass(frozen=True, eq=False)
class Lot:
    """Pictures to learn from: ``own`` and ``others`` uint8 (n, 3, S, S).

    ``clean`` (n, C) are the features φ(x) of the former, ``said`` (n,) the classes s(y) of the latter.
    """

    own: torch.Tensor
    clean: np.ndarray
    others: torch.Tensor
    said: Sequence[int]


def packed(network: Network, canvases: Iterable[np.ndarray]) -> torch.Tensor:
    """Canvases uint8 (H, W, 3) as the network sees them, but in bytes: uint8 (n, 3, S, S)."""
    size = network.preprocessing.size
    parts = [(network.prepare(group) * 255).round().to(torch.uint8) for group in grouped(canvases, 32)]
    return torch.cat(parts) if parts else torch.empty((0, 3, size, size), dtype=torch.uint8)


def learn_occluder(
    network: Network,
    lot: Lot,
    target: int,
    settings: OccluderSettings = OccluderSettings(),
    seed: int = 0,
    device: str | torch.device = "auto",
    progress: Progress = silent,
) -> Occluder:
    """The occluder of class number ``target``: L(δ) lowered by steps along the sign of an averaged gradient.

    Steps are taken in bfloat16 where the device multiplies it natively; what an occluder does is then measured in
    float32 (:func:`occluded_outputs`).
    ``progress`` is called after every step with the stage "occluder" and the step in its detail.

    Raises
    ------
    ModelError
        for a network without head, a class it has not, or when either kind of pictures is missing.
    """
    _check(network, lot, target)
    clean, said = torch.from_numpy(np.asarray(lot.clean, np.float32)), torch.as_tensor(list(lot.said))
    rng = torch.Generator().manual_seed(seed)
    size = lot.own.shape[-1]
    delta, heading = torch.zeros(3, size, size), torch.zeros(3, size, size)
    curve: list[OccluderStep] = []
    with computing(network, device) as place:
        for step in range(settings.steps):
            own, others = (torch.randint(len(rows), (settings.batch,), generator=rng) for rows in (lot.own, lot.others))
            batch = torch.cat([lot.own[own], lot.others[others]]).float().div_(255)
            moved = delta.clone().requires_grad_()
            laid = _over(batch, _anywhere(moved, len(batch), settings, rng)).to(place)
            with torch.autocast(place.type, torch.bfloat16, enabled=fast_bfloat16(place)):
                pooled = network.features(laid)
            fallen = torch.minimum(pooled[: len(own)].float(), clean[own].to(place))
            logits = network.logits(torch.cat([pooled.float(), fallen])).cpu()
            loss, seen = _loss(logits, target, said[others], settings, step)
            [gradient] = torch.autograd.grad(loss, moved)
            heading = MOMENTUM * heading + gradient / gradient.abs().mean().clamp(min=1e-12)
            stride = settings.epsilon * (FIRST_STRIDE + (LAST_STRIDE - FIRST_STRIDE) * step / settings.steps)
            delta = (delta - stride * heading.sign()).clamp(-settings.epsilon, settings.epsilon)
            curve.append(seen)
            progress("occluder", step + 1, settings.steps, asdict(seen))
    return Occluder(delta.numpy(), tuple(curve))


def _check(network: Network, lot: Lot, target: int) -> None:
    if network.head is None or not 0 <= target < len(network.classes):
        raise ModelError(
            f"the network ({network.backbone}) has no class number {target}: it tells {len(network.classes)}; train it "
            "on the class first."
        )
    if not len(lot.own) or not len(lot.others):
        raise ModelError(
            f"an occluder of {network.classes[target]} is learned from images of the class and of others; there are "
            f"{len(lot.own)} and {len(lot.others)}: import more."
        )
    if len(lot.said) != len(lot.others) or np.shape(lot.clean) != (len(lot.own), network.channels):
        raise ModelError(
            f"{len(lot.own)} pictures of the class with features {np.shape(lot.clean)}, {len(lot.others)} of others "
            f"with {len(lot.said)} classes: give {network.channels} features and one class for each."
        )


def _anywhere(delta: torch.Tensor, n: int, settings: OccluderSettings, rng: torch.Generator) -> torch.Tensor:
    """δ (3, S, S) shifted (around the edges) and mirrored at random for each of ``n`` pictures."""
    reach = round(settings.shift * delta.shape[-1])
    shifts = torch.randint(-reach, reach + 1, (n, 2), generator=rng).tolist()
    mirrored = (torch.rand(n, generator=rng) < 0.5).tolist() if settings.flip else [False] * n
    moved = [torch.roll(delta, (down, right), (1, 2)) for down, right in shifts]
    return torch.stack([one.flip(2) if turn else one for one, turn in zip(moved, mirrored, strict=True)])


def _over(pictures: torch.Tensor, delta: torch.Tensor) -> torch.Tensor:
    """Pictures in [0, 1] with δ laid over them, channels innermost, which convolutions on a CPU compute faster."""
    return (pictures + delta).clamp(0, 1).contiguous(memory_format=torch.channels_last)


def _loss(
    logits: torch.Tensor, target: int, said: torch.Tensor, settings: OccluderSettings, step: int
) -> tuple[torch.Tensor, OccluderStep]:
    """L(δ) of one batch: class scores of the class's images, of the others, and of the first when only falls count."""
    own, others, fallen = logits.split([settings.batch] * 3)
    margins, wiped = margins_of(own, target), margins_of(fallen, target)
    penalty = functional.cross_entropy(others, said)
    seen = OccluderStep(
        step=step + 1,
        margin=float(margins.detach().mean()),
        wiped=float(wiped.detach().mean()),
        penalty=float(penalty.detach()),
        fooled=float((margins.detach() < 0).float().mean()),
        kept=float((others.detach().argmax(dim=1) == said).float().mean()),
    )
    reached = margins.clamp(min=-settings.margin).mean() + wiped.clamp(min=-settings.margin).mean()
    return reached + settings.keep * penalty, seen


def margins_of(logits: torch.Tensor, target: int) -> torch.Tensor:
    """By how much class ``target`` is above the best of the others, (n,) of class scores (n, K)."""
    others = torch.cat([logits[:, :target], logits[:, target + 1 :]], dim=1)
    return logits[:, target] - others.amax(dim=1)


def occluded(pictures: torch.Tensor, delta: np.ndarray) -> torch.Tensor:
    """Pictures uint8 (n, 3, S, S) under an occluder (3, S, S): float32 in [0, 1]."""
    return _over(pictures.float().div(255), torch.from_numpy(delta))


def occluded_outputs(
    network: Network,
    pictures: torch.Tensor,
    delta: np.ndarray,
    device: str | torch.device = "auto",
    progress: Progress = silent,
) -> FeatureBatch:
    """Features (n, C) and class scores (n, K) of pictures uint8 (n, 3, S, S) under an occluder."""
    features: list[torch.Tensor] = []
    logits: list[torch.Tensor] = []
    done = 0
    with computing(network, device) as place, torch.inference_mode():
        for batch in pictures.split(batch_for(place)):
            pooled = network.features(occluded(batch, delta).to(place))
            features.append(pooled.float().cpu())
            logits.append(network.logits(pooled).float().cpu())
            done += len(batch)
            progress("occluded", done, len(pictures))
    if not features:
        return FeatureBatch(
            np.empty((0, network.channels), np.float32), np.empty((0, len(network.classes)), np.float32)
        )
    return FeatureBatch(torch.cat(features).numpy(), torch.cat(logits).numpy())
