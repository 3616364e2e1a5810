"""The registry of backbones: one entry each, and networks built from their names.

A name of the form ``module:factory`` stands for a person's own network: the factory is imported and called, and must
return an ``nn.Module`` that turns (n, 3, S, S) into maps (n, C, H, W). It may carry the attributes ``preprocessing``
(:class:`~sxai.networks.network.Preprocessing`) and ``taps`` (layer name → submodule path). Code is only ever imported
for a name that the user typed, never because a file names it.

``timm:NAME`` stands for any classifier of the package timm, an optional extra.
"""

import difflib
import importlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import nn

from sxai.errors import ModelError, UnknownBackbone
from sxai.networks import small
from sxai.networks.device import seeded
from sxai.networks.network import IMAGENET_MEAN, IMAGENET_STD, Network, Preprocessing
from sxai.networks.own import check_allowed
from sxai.networks.zoo import googlenet, mobilenet, timm_bodies, vgg_slim

DEFAULT_SIZE = 224


@dataclass(frozen=True)
class BackboneSpec:
    """One backbone: ``build()`` gives the body whose maps have ``channels`` channels for inputs of ``size``.

    ``mean``, ``std``, ``scale``: see :class:`~sxai.networks.network.Preprocessing`. ``taps``: layer name →
    path of the submodule in the body. ``torchvision_weights``: the name under which torchvision downloads
    its ImageNet weights, ``torchvision_file``: their file. ``packaged_weights``: a file shipped in the package.
    ``key_prefix``: what a full state dict puts before the body's keys; ``ignored_keys``: beginnings of the keys of
    its classifier; ``inner_prefix``: what the body puts before the keys of a published file. ``pooled``: its
    published classifier is one linear layer on the mean of the body's maps. ``nonnegative``:
    whether features are never below 0.
    """

    name: str
    build: Callable[[], nn.Module]
    channels: int
    description: str
    size: int = DEFAULT_SIZE
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    scale: float = 1.0
    taps: Mapping[str, str] = field(default_factory=dict)
    torchvision_weights: str | None = None
    torchvision_file: str | None = None
    packaged_weights: str | None = None
    key_prefix: str = ""
    ignored_keys: tuple[str, ...] = ("classifier.", "fc.", "head.")
    inner_prefix: str = ""
    interpolation: str = "bilinear"
    nonnegative: bool = True
    pooled: bool = False

    @property
    def preprocessing(self) -> Preprocessing:
        """Input size and normalisation, the whole picture squashed to a square."""
        return Preprocessing(self.size, self.mean, self.std, scale=self.scale, interpolation=self.interpolation)


_registry: dict[str, BackboneSpec] = {}
BACKBONES: Mapping[str, BackboneSpec] = MappingProxyType(_registry)


def register(spec: BackboneSpec) -> None:
    """Add ``spec``; :class:`~sxai.errors.ModelError` if its name is taken or looks like
    ``module:factory``."""
    if spec.name in _registry or ":" in spec.name or not spec.name:
        raise ModelError(f"The backbone name {spec.name!r} is taken or not allowed. Choose another one without ':'.")
    _registry[spec.name] = spec


def find_backbone(name: str) -> BackboneSpec:
    """The entry called ``name``, or one made for ``timm:NAME``; UnknownBackbone names the close ones."""
    if name.startswith(timm_bodies.PREFIX):
        return _timm_spec(name)
    if name not in _registry:
        close = difflib.get_close_matches(name, _registry, n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(_registry)}."
        raise UnknownBackbone(
            f"No backbone is called {name!r}. {hint} Others: timm:NAME. Your own network: module:factory."
        )
    return _registry[name]


def is_own(name: str) -> bool:
    """Whether ``name`` stands for a user's own code, ``module:factory``.

    >>> is_own("nets:make"), is_own("vgg19"), is_own("timm:resnet18")
    (True, False, False)
    """
    return ":" in name and not name.startswith(timm_bodies.PREFIX)


def _timm_spec(name: str) -> BackboneSpec:
    facts = timm_bodies.timm_facts(name)

    def make() -> nn.Module:
        body = timm_bodies.timm_body(name)
        _not_in_place(body)
        return body

    return BackboneSpec(
        name,
        make,
        facts.channels,
        "from timm",
        size=facts.size,
        mean=facts.mean,
        std=facts.std,
        taps=facts.taps,
        ignored_keys=facts.classifiers,
        inner_prefix=timm_bodies.INNER,
        interpolation=facts.interpolation,
        nonnegative=facts.nonnegative,
    )


def build(name: str, seed: int = 0) -> Network:
    """A network without head and with random weights from ``seed``, in evaluation mode.

    Raises :class:`~sxai.errors.UnknownBackbone`, or :class:`~sxai.errors.ModelError` if a person's own
    ``module:factory`` cannot be used.
    """
    if is_own(name):
        return _own_network(name, seed).eval()
    spec = find_backbone(name)
    with seeded(seed):
        body = spec.build()
    network = Network(name, body, spec.preprocessing, spec.channels, spec.taps, features_nonnegative=spec.nonnegative)
    return network.eval()


def _own_network(name: str, seed: int) -> Network:
    factory = _imported(name)
    with seeded(seed):
        try:
            body = factory()
        except Exception as error:  # a person's own code may raise anything
            raise ModelError(f"{name} was called but failed: {error!r}. Run it on its own to see why.") from error
    if not isinstance(body, nn.Module):
        raise ModelError(f"{name} returned {type(body).__name__}, not a torch.nn.Module. Return the network's body.")
    preprocessing = getattr(body, "preprocessing", Preprocessing(DEFAULT_SIZE))
    if not isinstance(preprocessing, Preprocessing):
        raise ModelError(f"{name}: its attribute preprocessing must be sxai.networks.network.Preprocessing.")
    taps = getattr(body, "taps", None) or {child: child for child, _ in body.named_children()}
    _not_in_place(body)
    network = Network(name, body, preprocessing, 0, taps)
    network.channels, network.features_nonnegative = _dry_run(network)
    return network


def _imported(name: str) -> Callable[[], object]:
    check_allowed(name)
    module_name, _, attribute = name.partition(":")
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError, SyntaxError) as error:
        raise ModelError(
            f"Cannot import {attribute!r} from {module_name!r} ({error}). "
            "Install the module or put its folder on PYTHONPATH, and write module:factory."
        ) from error
    if not callable(factory):
        raise ModelError(f"{name} is {type(factory).__name__}, not something that can be called to build a network.")
    return factory


def _dry_run(network: Network) -> tuple[int, bool]:
    """The number of channels and whether maps stay ≥ 0, found by one noisy picture; a clear error without maps."""
    size = network.preprocessing.size
    noise = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    try:
        with torch.inference_mode():
            maps = network.eval().maps(noise)
    except Exception as error:  # a person's own code may raise anything
        raise ModelError(
            f"{network.backbone} cannot take a picture of {size} × {size}: {error}. "
            "It must accept (n, 3, S, S); set its attribute preprocessing for another size."
        ) from error
    if not isinstance(maps, torch.Tensor) or maps.ndim != 4 or maps.shape[1] < 1:
        shape = tuple(maps.shape) if isinstance(maps, torch.Tensor) else type(maps).__name__
        raise ModelError(
            f"{network.backbone} gives {shape}, not maps (n, C, H, W). Cut it before pooling and classifier."
        )
    return int(maps.shape[1]), bool(maps.min() >= 0)


def _not_in_place(body: nn.Module) -> None:
    """Layers that overwrite their input would also overwrite what a tap has kept."""
    for module in body.modules():
        if getattr(module, "inplace", False) is True:
            module.inplace = False  # type: ignore[assignment]


def _from_torchvision(name: str, cut: Callable[[nn.Module], nn.Module]) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        # Imported here because it takes seconds, and the built-in network does without it.
        from sxai.torchvision_ import models

        # Made without memory first: the classifiers that are cut off would be most of the time.
        with torch.device("meta"):
            body = cut(getattr(models, name)(weights=None))
        body = body.to_empty(device="cpu")
        _initialise(body)
        _not_in_place(body)
        return body

    return make


def _initialise(body: nn.Module) -> None:
    """Kaiming initialisation for convolutions, the identity for normalisation layers."""
    for module in body.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()


def _features(model: nn.Module) -> nn.Module:
    return model.get_submodule("features")


def _resnet_stages(model: nn.Module) -> nn.Module:
    names = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
    return nn.Sequential(OrderedDict((name, model.get_submodule(name)) for name in names))


def _vgg_taps(convolutions: tuple[int, ...]) -> dict[str, str]:
    """``conv1_1``, ``relu1_1``, … ``pool5`` for the layers of torchvision's VGG, in order."""
    names = []
    for block, count in enumerate(convolutions, start=1):
        for index in range(1, count + 1):
            names += [f"conv{block}_{index}", f"relu{block}_{index}"]
        names.append(f"pool{block}")
    return _numbered(names)


def _numbered(names: Sequence[str]) -> dict[str, str]:
    return {name: str(index) for index, name in enumerate(names)}


_ALEXNET = (
    *("conv1", "relu1", "pool1", "conv2", "relu2", "pool2"),
    *("conv3", "relu3", "conv4", "relu4", "conv5", "relu5", "pool5"),
)
_SQUEEZENET = (
    *("conv1", "relu1", "pool1", "fire2", "fire3", "pool3", "fire4", "fire5", "pool5"),
    *("fire6", "fire7", "fire8", "fire9"),
)
_MOBILENET = ("stem", *(f"block{index}" for index in range(1, 18)), "last")
_RESNET = {"pool1": "maxpool", "layer1": "layer1", "layer2": "layer2", "layer3": "layer3", "layer4": "layer4"}


def _register_torchvision(
    name: str,
    file: str,
    channels: int,
    taps: Mapping[str, str],
    description: str,
    cut: Callable[[nn.Module], nn.Module] = _features,
) -> None:
    enum = {"resnet50": "ResNet50", "mobilenet_v2": "MobileNet_V2", "squeezenet1_1": "SqueezeNet1_1"}
    title = enum.get(name, name.upper() if name.startswith("vgg") else "AlexNet")
    register(
        BackboneSpec(
            name=name,
            build=_from_torchvision(name, cut),
            channels=channels,
            description=description,
            taps=taps,
            torchvision_weights=f"{title}_Weights.IMAGENET1K_V1",
            torchvision_file=file,
            key_prefix="features." if cut is _features else "",
            pooled=name in ("resnet50", "mobilenet_v2"),
        )
    )


_register_torchvision(
    "vgg19",
    "vgg19-dcbb9e9d.pth",
    512,
    _vgg_taps((2, 2, 4, 4, 4)),
    "VGG-19, the paper's network: plain and deep, slow without a GPU",
)
_register_torchvision(
    "vgg16", "vgg16-397923af.pth", 512, _vgg_taps((2, 2, 3, 3, 3)), "VGG-16, a little smaller than VGG-19"
)
_register_torchvision(
    "alexnet", "alexnet-owt-7be5be79.pth", 256, _numbered(_ALEXNET), "AlexNet: five convolutions, fast"
)
_register_torchvision(
    "squeezenet1_1", "squeezenet1_1-b8a52dc0.pth", 512, _numbered(_SQUEEZENET), "SqueezeNet 1.1: tiny and fast"
)
_register_torchvision("resnet50", "resnet50-0676ba61.pth", 2048, _RESNET, "ResNet-50: residual blocks", _resnet_stages)
_register_torchvision(
    "mobilenet_v2", "mobilenet_v2-b0353104.pth", 1280, _numbered(_MOBILENET), "MobileNetV2: light, strong features"
)
register(
    BackboneSpec(
        name="googlenet_bvlc",
        build=googlenet.GoogLeNetBody,
        channels=1024,
        description="GoogLeNet as first published, without batch normalisation",
        mean=(123.0, 117.0, 104.0),
        std=(1.0, 1.0, 1.0),
        scale=255.0,
        taps=googlenet.TAPS,
    )
)
register(
    BackboneSpec(
        name="mobilenet_v2_tf",
        build=mobilenet.MobileNetV2Body,
        channels=mobilenet.LAST,
        description="MobileNetV2 in TensorFlow's form, normalisation folded into the weights",
        mean=(127.5, 127.5, 127.5),
        std=(127.5, 127.5, 127.5),
        scale=255.0,
        taps=mobilenet.TAPS,
    )
)
register(
    BackboneSpec(
        name="vgg19_slim",
        build=vgg_slim.vgg19_slim_body,
        channels=vgg_slim.WIDTHS[-1],
        description="VGG-19 to relu5_1 at a quarter of the width: for trials only",
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        taps=vgg_slim.TAPS,
    )
)
register(
    BackboneSpec(
        name="small",
        build=small.small_body,
        channels=small.CHANNELS,
        description="The built-in small network, trained on drawn animals; needs no download",
        size=small.SIZE,
        mean=small.MEAN,
        std=small.STD,
        taps=small.TAPS,
        packaged_weights="demo/weights/small.safetensors",
    )
)
