"""Adversarial inputs: small changes of a picture that make a network see another class.

The picture is what the network gets, (n, 3, S, S) in [0, 1]. PGD (Madry et al.) is what S-XAI attacks with
(supplement, S.5); FGSM and PGD within an L2 ball come from captum. References 4 and 5 of the supplement.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch.nn import functional

from sxai.errors import ModelError
from sxai.networks.features import batch_for, computing
from sxai.networks.network import Network
from sxai.progress import Progress, silent

Method = Literal["pgd", "fgsm", "l2-pgd"]
Forward = Callable[[torch.Tensor], torch.Tensor]
METHODS: tuple[Method, ...] = get_args(Method)

OVERSHOOT = 2.5
"""All steps of PGD together would go this many times as far as ε: enough to cross the ball and come back."""


@dataclass(frozen=True)
class AttackSettings:
    """Method and strength of an attack.

    Attributes
    ----------
    method
        ``pgd`` (L∞), ``fgsm`` (one step of ε, L∞) or ``l2-pgd``.
    epsilon
        the largest change of a pixel value, in the unit range; for ``l2-pgd`` the root mean square of the
        changes of a picture, so that one ε can be compared between methods.
    steps
        of PGD; each goes ``2.5 · ε / steps``.
    random_start
        whether ``pgd`` begins at a random point of the ball; captum's methods begin at the picture.
    """

    method: Method = "pgd"
    epsilon: float = 0.05
    steps: int = 40
    random_start: bool = True

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ModelError(f"unknown attack '{self.method}': choose {', '.join(METHODS)}")
        if not 0.0 < self.epsilon <= 1.0:
            raise ModelError(f"ε is {self.epsilon}: give a change of pixel values above 0 and up to 1, such as 0.05")
        if self.steps < 1:
            raise ModelError(f"{self.steps} steps of an attack: give 1 or more; the paper's PGD takes 40")

    @property
    def stride(self) -> float:
        """How far each step of PGD goes, in pixel values."""
        return OVERSHOOT * self.epsilon / self.steps


@dataclass(frozen=True)
class Norms:
    """The size of one perturbation, of pixel values in [0, 1].

    Attributes
    ----------
    largest
        L∞, the largest change.
    rms
        root mean square of the changes.
    l2
        Euclidean length over all values of the picture.
    changed
        share of values that changed.
    """

    largest: float
    rms: float
    l2: float
    changed: float


def attack(
    network: Network,
    pictures: torch.Tensor,
    goals: Sequence[int],
    targeted: bool,
    settings: AttackSettings,
    seeds: Sequence[int],
    device: str | torch.device = "auto",
    progress: Progress = silent,
) -> torch.Tensor:
    """Adversarial pictures float32 (n, 3, S, S) in [0, 1], within ε of ``pictures`` of the same shape; on the CPU.

    Cross-entropy against the class ``goals[i]`` is lowered when ``targeted``, raised otherwise. ``seeds[i]`` alone
    determines where picture i starts, so the batch it is in makes no difference. ``progress`` is called
    before every step with the stage "attack", the pictures done and ``step`` and ``steps`` in its detail.

    Raises
    ------
    ModelError
        for a network without head or goals that do not fit.
    """
    _check(network, pictures, goals, seeds)
    found: list[torch.Tensor] = []
    with computing(network, device) as target:
        size = batch_for(target)
        for first in range(0, len(pictures), size):
            rows = slice(first, first + size)
            group = _Group(pictures[rows].float(), torch.as_tensor(list(goals[rows])), tuple(seeds[rows]))
            tick = _ticker(progress, first, len(pictures), settings)
            found.append(_attack_group(network, group.paired(), targeted, settings, target, tick)[: len(group.clean)])
    return torch.cat(found) if found else pictures.float()


@dataclass(frozen=True, eq=False)
class _Group:
    """Pictures that go through the network together."""

    clean: torch.Tensor
    goals: torch.Tensor
    seeds: tuple[int, ...]

    def paired(self) -> "_Group":
        """This group with a lone picture doubled: linear algebra rounds one row differently from several."""
        if len(self.clean) != 1:
            return self
        return _Group(self.clean.repeat(2, 1, 1, 1), self.goals.repeat(2), self.seeds * 2)


def _ticker(progress: Progress, done: int, total: int, settings: AttackSettings) -> Callable[[], None]:
    """Progress callback before each step of a group, through which long attacks can be stopped."""
    steps = 1 if settings.method == "fgsm" else settings.steps
    count = iter(range(steps))

    def tick() -> None:
        progress("attack", done, total, {"step": next(count, steps), "steps": steps})

    return tick


def _check(network: Network, pictures: torch.Tensor, goals: Sequence[int], seeds: Sequence[int]) -> None:
    if network.head is None:
        raise ModelError(f"the network ({network.backbone}) has no classes yet that an attack could change: train it")
    if len(goals) != len(pictures) or len(seeds) != len(pictures):
        raise ModelError(f"{len(pictures)} pictures, {len(goals)} classes and {len(seeds)} seeds: give one of each")
    wrong = [goal for goal in goals if not 0 <= goal < len(network.classes)]
    if wrong:
        raise ModelError(f"class number {wrong[0]} is none of the network's {len(network.classes)}")


def _attack_group(
    network: Network,
    group: _Group,
    targeted: bool,
    settings: AttackSettings,
    device: torch.device,
    tick: Callable[[], None],
) -> torch.Tensor:
    def forward(x: torch.Tensor) -> torch.Tensor:
        tick()
        return network(x)

    clean, goals = group.clean.to(device), group.goals
    if settings.method == "pgd":
        start = _random_point(group, settings.epsilon).to(device) if settings.random_start else clean
        found = _descend(forward, clean, start, goals, -1.0 if targeted else 1.0, settings)
    else:
        found = _captum(forward, clean, goals, targeted, settings)
    return found.detach().cpu()


def _random_point(group: _Group, epsilon: float) -> torch.Tensor:
    """A point of each picture's own within the L∞ ball and [0, 1]."""
    moves = [
        torch.rand(picture.shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1
        for picture, seed in zip(group.clean, group.seeds, strict=True)
    ]
    return projected(group.clean + epsilon * torch.stack(moves), group.clean, epsilon)


def _descend(
    forward: Forward,
    clean: torch.Tensor,
    start: torch.Tensor,
    goals: torch.Tensor,
    sign: float,
    settings: AttackSettings,
) -> torch.Tensor:
    """PGD: steps along the sign of the gradient, each projected back into the ball."""
    x = start
    for _ in range(settings.steps):
        x = x.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
        [gradient] = torch.autograd.grad(losses(forward(x), goals).sum(), x)
        x = projected(x.detach() + sign * settings.stride * gradient.sign(), clean, settings.epsilon)
    return x


def losses(logits: torch.Tensor, goals: torch.Tensor) -> torch.Tensor:
    """Cross-entropy (n,) of class scores (n, K) against classes (n,).

    In double precision on the CPU: in single precision the gradient of a very certain network is exactly 0, which
    would only seem robust.
    """
    return functional.cross_entropy(logits.cpu().double(), goals.cpu(), reduction="none")


def projected(x: torch.Tensor, clean: torch.Tensor, epsilon: float) -> torch.Tensor:
    """The nearest point to ``x`` that is within ε of ``clean`` in every value, and within [0, 1]."""
    return torch.minimum(torch.maximum(x, clean - epsilon), clean + epsilon).clamp(0.0, 1.0)


def _captum(
    forward: Forward, clean: torch.Tensor, goals: torch.Tensor, targeted: bool, settings: AttackSettings
) -> torch.Tensor:
    from captum.robust import FGSM, PGD  # a second to import, and few need it

    shared = {"forward_func": forward, "loss_func": losses, "lower_bound": 0.0, "upper_bound": 1.0}
    asked: dict[str, Any] = {"target": goals, "targeted": targeted}
    x = clean.contiguous(memory_format=torch.channels_last).requires_grad_()
    if settings.method == "fgsm":
        step = FGSM(**shared)
        step.zero_thresh = 0.0  # every gradient counts, however certain the network is
        return projected(step.perturb(x, settings.epsilon, **asked), clean, settings.epsilon)
    steps = PGD(**shared)
    steps.fgsm.zero_thresh = 0.0
    radius = settings.epsilon * clean[0].numel() ** 0.5
    with warnings.catch_warnings():  # captum tells at every step that it asks for gradients
        warnings.filterwarnings("ignore", message="Input Tensor .* did not already require gradients")
        return steps.perturb(x, radius, settings.stride, settings.steps, norm="L2", **asked)


def norms(clean: np.ndarray, adversarial: np.ndarray) -> Norms:
    """How far an adversarial picture is from its original, two arrays of one shape with values in [0, 1]."""
    change = np.abs(np.asarray(adversarial, dtype=np.float64) - np.asarray(clean, dtype=np.float64))
    return Norms(
        largest=float(change.max()),
        rms=float(np.sqrt((change**2).mean())),
        l2=float(np.sqrt((change**2).sum())),
        changed=float((change > 0).mean()),
    )
