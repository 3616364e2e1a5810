"""Prototypes: concepts that a network's maps fall into, found without a person (AS-XAI)."""

from sxai.spaces.prototypes.grouping import GroupRule, groups, likeness
from sxai.spaces.prototypes.importance import Importance, all_pcs, effective_rank, importance, numerical_rank, pcs
from sxai.spaces.prototypes.losses import off_diagonal
from sxai.spaces.prototypes.network import ProtoCNN
from sxai.spaces.prototypes.outlines import Outline, learn_outlines
from sxai.spaces.prototypes.regions import (
    RegionRule,
    box_of,
    cut_of,
    outlined,
    overlap_of,
    region,
    threshold_of,
    upsampled,
)
from sxai.spaces.prototypes.settings import LossWeights, ProtoSettings
from sxai.spaces.prototypes.training import (
    MapTable,
    Place,
    ProtoTraining,
    class_scores,
    similarity_maps,
    train_prototypes,
)

__all__ = [
    "GroupRule",
    "Importance",
    "LossWeights",
    "MapTable",
    "Outline",
    "Place",
    "ProtoCNN",
    "ProtoSettings",
    "ProtoTraining",
    "RegionRule",
    "all_pcs",
    "box_of",
    "class_scores",
    "cut_of",
    "effective_rank",
    "groups",
    "importance",
    "learn_outlines",
    "likeness",
    "numerical_rank",
    "off_diagonal",
    "outlined",
    "overlap_of",
    "pcs",
    "region",
    "similarity_maps",
    "threshold_of",
    "train_prototypes",
    "upsampled",
]
