"""Feature occluders: class-wise universal perturbations that remove the common features of a class.

Wu et al. (CVPR 2020) learn such a universal perturbation for every class and print no loss; this one is our own. Let
m_κ(a) = max(z_t(a) − max_{k ≠ t} z_k(a), −κ) the margin of class t at features a, φ the features, x images of the
class, and y images of other classes, for which the network predicts s(y):

    L(δ) = mean m_κ(φ(x + δ))  +  mean m_κ(min(φ(x + δ), φ(x)))  +  λ · mean CE(z(y + δ), s(y)),

subject to ‖δ‖∞ ≤ ε and ‖V ℓ(δ)‖ ≤ s, where V ℓ(δ) is the visible difference of δ
(:class:`~.visibility_limit.VisibilityFilter`).

The first term lowers the class's margin. Alone it would rather add other classes' features than remove the class's own;
the second term counts only what is removed. The third keeps the predictions on all other images. Every image is shifted
and mirrored at random under δ, so that δ meets a feature at any position. δ itself is not shifted: networks subsample
pictures on a fixed grid, to which its fine detail is tuned.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch.nn import functional

from sxai.batches import in_batches
from sxai.errors import ModelError
from sxai.networks.device import fast_bfloat16
from sxai.networks.features import FeatureBatch, batch_for, computing
from sxai.networks.network import Network
from sxai.occluders.defaults import EPSILON, VISIBILITY_LIMIT
from sxai.occluders.visibility_limit import visibility_filter
from sxai.progress import Progress, silent

MOMENTUM = 0.9
FIRST_STRIDE, LAST_STRIDE = 0.1, 0.005
"""Mean change of a pixel value in the first and in the last step, in ε."""

PROJECTION_ROUNDS = 20
"""Rounds of projection of the last pattern to both limits in turn; it then meets them to within 1 %."""


@dataclass(frozen=True)
class OccluderSettings:
    """Settings of an occluder's training.

    Attributes
    ----------
    epsilon
        ε, the largest change of a pixel value, in the unit range.
    seen
        s, the largest visible difference of δ, root mean square ΔE of S-CIELAB on grey; None for no limit.
    steps
        of the descent, each over one batch.
    batch
        images of the class in a step.
    others
        images of other classes in a step.
    keep
        λ, the weight of keeping the predictions on other classes; 0 lets them change.
    margin
        κ, the lead of another class beyond which an image no longer counts, in units of the class scores.
    shift
        the largest shift of an image under δ in either direction, as a share of its side.
    flip
        whether images are also mirrored, half of the time.
    """

    epsilon: float = EPSILON
    seen: float | None = VISIBILITY_LIMIT
    steps: int = 400
    batch: int = 12
    others: int = 4
    keep: float = 0.35
    margin: float = 5.0
    shift: float = 0.04
    flip: bool = True

    def __post_init__(self) -> None:
        if not 0.0 < self.epsilon <= 1.0:
            raise ModelError(f"ε is {self.epsilon}: give a change of pixel values above 0 and up to 1, such as 0.04.")
        if self.seen is not None and not self.seen > 0:
            raise ModelError(f"a person may see {self.seen} of an occluder: give more than 0, or None for any.")
        if min(self.steps, self.batch, self.others) < 1:
            raise ModelError(
                f"{self.steps} steps over {self.batch} and {self.others} images: an occluder takes 1 or more of each."
            )
        if self.keep < 0 or self.margin < 0 or not 0 <= self.shift <= 0.5:
            raise ModelError(
                f"an occluder's weight {self.keep} and margin {self.margin} must not be negative, and its shift "
                f"{self.shift} must lie between 0 and 0.5."
            )


@dataclass(frozen=True)
class OccluderStep:
    """One step of the descent, over its batch.

    ``margin`` is the class's score above the next one's, mean over images of the class, and ``wiped`` the same margin
    when features may only fall; ``penalty`` the cross-entropy on other classes' images; ``fooled`` the share of the
    class's images with another prediction, ``kept`` the share of others with the same prediction.
    """

    step: int
    margin: float
    wiped: float
    penalty: float
    fooled: float
    kept: float


@dataclass(frozen=True, eq=False)
class Occluder:
    """A learned pattern ``delta`` float32 (3, S, S) in pixel values of [0, 1], and how it was learned."""

    delta: np.ndarray
    curve: tuple[OccluderStep, ...]


@dataclass(frozen=True, eq=False)
class Lot:
    """Pictures to learn from: ``own`` of the class and ``others`` of other classes, uint8 (n, 3, S, S).

    ``clean`` (n, C) are the features φ(x) of ``own``, ``said`` (n,) the predicted classes s(y) of ``others``.
    """

    own: torch.Tensor
    clean: np.ndarray
    others: torch.Tensor
    said: Sequence[int]


def packed(network: Network, canvases: Iterable[np.ndarray]) -> torch.Tensor:
    """Canvases uint8 (H, W, 3) as the network sees them, but in bytes: uint8 (n, 3, S, S)."""
    size = network.preprocessing.size
    parts = [(network.prepare(group) * 255).round().to(torch.uint8) for group in in_batches(canvases, 32)]
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
    """The occluder of class number ``target``: L(δ) minimised by steps along an averaged gradient, within both limits.

    Steps are taken in bfloat16 where the device multiplies it natively; its effect is then measured in float32
    (:func:`occluded_outputs`). ``progress`` is called after every step with the stage "occluder" and the step in its
    detail.

    Raises
    ------
    ModelError
        for a network without head, a class that it does not have, or when own or other pictures are missing.
    """
    _check(network, lot, target)
    clean, predicted = torch.from_numpy(np.asarray(lot.clean, np.float32)), torch.as_tensor(list(lot.said))
    rng = torch.Generator().manual_seed(seed)
    size = lot.own.shape[-1]
    delta, heading = torch.zeros(3, size, size), torch.zeros(3, size, size)
    curve: list[OccluderStep] = []
    with computing(network, device) as place:
        for step in range(settings.steps):
            own = torch.randint(len(lot.own), (settings.batch,), generator=rng)
            others = torch.randint(len(lot.others), (settings.others,), generator=rng)
            batch = torch.cat([lot.own[own], lot.others[others]]).float().div_(255)
            pattern = delta.clone().requires_grad_()
            laid = _over(_moved(batch, settings, rng), pattern).to(place)
            with torch.autocast(place.type, torch.bfloat16, enabled=fast_bfloat16(place)):
                pooled = network.features(laid)
            fallen = torch.minimum(pooled[: len(own)].float(), clean[own].to(place))
            logits = network.logits(torch.cat([pooled.float(), fallen])).cpu()
            loss, seen = _loss(logits, target, predicted[others], settings, step)
            [gradient] = torch.autograd.grad(loss, pattern)
            heading = MOMENTUM * heading + gradient / gradient.abs().mean().clamp(min=1e-12)
            stride = settings.epsilon * (FIRST_STRIDE + (LAST_STRIDE - FIRST_STRIDE) * step / settings.steps)
            delta = _allowed(delta - stride * heading / heading.abs().mean().clamp(min=1e-12), settings)
            curve.append(seen)
            progress("occluder", step + 1, settings.steps, asdict(seen))
    for _ in range(PROJECTION_ROUNDS):
        delta = _allowed(delta, settings)
    return Occluder(delta.numpy(), tuple(curve))


def _allowed(delta: torch.Tensor, settings: OccluderSettings) -> torch.Tensor:
    """Projection of δ to both limits: pixel changes of at most ε, and a visible difference of about s."""
    limited = delta.clamp(-settings.epsilon, settings.epsilon)
    if settings.seen is None:
        return limited
    faint = visibility_filter(delta.shape[-1]).within(limited.numpy(), settings.seen)
    return torch.from_numpy(faint).clamp(-settings.epsilon, settings.epsilon)


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


def _moved(pictures: torch.Tensor, settings: OccluderSettings, rng: torch.Generator) -> torch.Tensor:
    """Pictures (n, 3, S, S), each shifted (with reflection padding) and mirrored at random."""
    size = pictures.shape[-1]
    reach = round(settings.shift * size)
    wide = functional.pad(pictures, (reach,) * 4, mode="reflect")
    starts = torch.randint(0, 2 * reach + 1, (len(pictures), 2), generator=rng).tolist()
    turned = (torch.rand(len(pictures), generator=rng) < 0.5).tolist() if settings.flip else [False] * len(pictures)
    moved = [
        picture[:, down : down + size, right : right + size]
        for picture, (down, right) in zip(wide, starts, strict=True)
    ]
    return torch.stack([picture.flip(2) if turn else picture for picture, turn in zip(moved, turned, strict=True)])


def _over(pictures: torch.Tensor, delta: torch.Tensor) -> torch.Tensor:
    """Pictures in [0, 1] with δ laid over them, channels innermost, which convolutions on a CPU compute faster."""
    return (pictures + delta).clamp(0, 1).contiguous(memory_format=torch.channels_last)


def _loss(
    logits: torch.Tensor, target: int, predicted: torch.Tensor, settings: OccluderSettings, step: int
) -> tuple[torch.Tensor, OccluderStep]:
    """L(δ) of a batch; class scores of own images, of others, and of own images when features may only fall."""
    own, others, fallen = logits.split([settings.batch, settings.others, settings.batch])
    margins, wiped = margins_of(own, target), margins_of(fallen, target)
    penalty = functional.cross_entropy(others, predicted)
    seen = OccluderStep(
        step=step + 1,
        margin=float(margins.detach().mean()),
        wiped=float(wiped.detach().mean()),
        penalty=float(penalty.detach()),
        fooled=float((margins.detach() < 0).float().mean()),
        kept=float((others.detach().argmax(dim=1) == predicted).float().mean()),
    )
    reached = margins.clamp(min=-settings.margin).mean() + wiped.clamp(min=-settings.margin).mean()
    return reached + settings.keep * penalty, seen


def margins_of(logits: torch.Tensor, target: int) -> torch.Tensor:
    """Margin of class ``target`` over the best other class, (n,), from class scores (n, K)."""
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
