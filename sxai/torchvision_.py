"""The only import of torchvision, which mends CPU builds.

Against a CPU build of torch, the torchvision wheel made for CUDA cannot load its compiled operators, and
importing it fails because two of them (``nms`` and ``qnms``) are not declared. None of them is needed for
classifiers, so their schemas are declared here and the import is tried again. Everything else imports
torchvision from here:

>>> from sxai.torchvision_ import models
>>> callable(models.alexnet)
True
"""

import importlib
import sys
from types import ModuleType

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
# Declarations live as long as this object does.
_declared: list[torch.library.Library] = []


def _import_torchvision() -> ModuleType:
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS.values():
        library.define(schema)
    _declared.append(library)
    return importlib.import_module("torchvision")


torchvision = _import_torchvision()
models = torchvision.models
datasets = torchvision.datasets
