"""A project whose every number can be worked out by hand.

Pictures are 40 × 40: a noisy ground with a red square for the eyes, a green one for the nose and a blue one for the
tail. The network is one 1 × 1 convolution with fixed weights and a ReLU, and pictures have its input size, so that
features are plain averages over pixels.
"""

import numpy as np
import torch
from scipy import stats
from torch import nn

from sxai.images.decode import encode, pixel_hash
from sxai.masks.verbs.save import save_region
from sxai.networks.network import Preprocessing
from sxai.networks.verbs.networks import add_model
from sxai.networks.verbs.train import train_model

SIDE = 40
WEIGHTS = np.array(
    [
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
        [2.0, -1.0, -1.0],
        [-1.0, 2.0, -1.0],
        [-1.0, -1.0, 2.0],
        [1.0, 1.0, -2.0],
        [0.4, 0.3, 0.3],
    ]
)
BIAS = np.array([-0.5, -0.5, -0.5, 0.0, 0.0, 0.0, 0.0, 0.1])
CHANNELS = len(BIAS)
COLOURS = {"eyes": (230, 30, 40), "nose": (20, 220, 30), "tail": (40, 30, 230)}
GROUND = {"cat": (150, 120, 100), "dog": (95, 120, 150)}


def body():
    """The factory that projects name as ``toy:body``."""
    layer = nn.Conv2d(3, CHANNELS, 1)
    layer.weight.data = torch.tensor(WEIGHTS, dtype=torch.float32)[:, :, None, None]
    layer.bias.data = torch.tensor(BIAS, dtype=torch.float32)
    stack = nn.Sequential(layer, nn.ReLU())
    stack.preprocessing = Preprocessing(SIDE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return stack


def features(pixels):
    """GAP features (CHANNELS,) of one picture, by numpy alone."""
    return np.maximum(pixels / 255 @ WEIGHTS.T + BIAS, 0).mean(axis=(0, 1))


def draw(class_name, seed):
    """One picture (SIDE, SIDE, 3) and the region (SIDE, SIDE) of each part, empty where the part is missing."""
    rng = np.random.default_rng([seed, class_name == "dog"])
    pixels = np.array(GROUND[class_name]) + rng.normal(0, 12, (SIDE, SIDE, 3)) + rng.normal(0, 4, 3)
    regions = {}
    for place, (part, colour) in enumerate(COLOURS.items()):
        region = np.zeros((SIDE, SIDE), dtype=bool)
        if seed < 6 or rng.random() < 0.65:
            top, left = np.array([place // 2 * 20 + 2, place % 2 * 20 + 2]) + rng.integers(0, 4, 2)
            height, width = rng.integers(5, 13, 2)
            region[top : top + height, left : left + width] = True
        pixels[region] = np.array(colour) + rng.normal(0, 10, 3)
        regions[part] = region
    return np.clip(pixels, 0, 255).astype(np.uint8), regions


def add_pictures(project, class_name, seeds, dataset="toys"):
    """Store pictures, every fourth for validation; their ids."""
    source = project.catalogue.add_dataset(dataset, "drawn by the test")
    ids = []
    for seed in seeds:
        pixels, regions = draw(class_name, seed)
        image_id, _ = project.catalogue.add_image(
            dataset_id=source,
            class_name=class_name,
            split="val" if seed % 4 == 3 else "train",
            sha256=pixel_hash(pixels),
            artefact=project.artefacts.write("images", ".png", encode(pixels, "png")),
            name=f"{class_name}-{seed:02d}.png",
            width=SIDE,
            height=SIDE,
            format="PNG",
        )
        project.catalogue.set_parts(image_id, {part: (bool(region.any()), None) for part, region in regions.items()})
        ids.append(image_id)
    return ids


def seed_of(image):
    """The seed a stored picture was drawn with, from its name."""
    return int(image.name.removesuffix(".png").rpartition("-")[2])


def mask_part(project, concept, image):
    """Mask a part of a stored picture exactly."""
    class_name, part = concept.split(".")
    _, regions = draw(class_name, seed_of(image))
    return save_region(project, image.id, concept, regions[part])


def fill(project):
    """24 cats and 24 dogs, a trained network, and six masks for each of cat.eyes, cat.nose, dog.eyes and dog.nose."""
    for class_name in ("cat", "dog"):
        add_pictures(project, class_name, range(20))
        add_pictures(project, class_name, range(20, 24), "others")
    add_model(project, "toy", "toy:body")
    train_model(project, "toy", learning_rate=0.2)
    for concept in ("cat.eyes", "cat.nose", "dog.eyes", "dog.nose"):
        class_name, part = concept.split(".")
        project.catalogue.add_concept(class_name, part)
        for image in project.catalogue.images(class_name=class_name, limit=6):
            mask_part(project, concept, image)


def features_of(images):
    """GAP features (n, CHANNELS) of stored pictures, drawn again rather than read."""
    return np.stack([features(draw(image.class_name, seed_of(image))[0]) for image in images])


def masked_features_of(project, concept, images):
    """The same with a part painted over in the colour that its mask has stored."""
    class_name, part = concept.split(".")
    rows = []
    for image in images:
        pixels, regions = draw(class_name, seed_of(image))
        pixels[regions[part]] = project.catalogue.mask(image.id, class_name, part).fill
        rows.append(features(pixels))
    return np.stack(rows)


def first_trait(table):
    """Scores (C,) of the first row-centred component of features (n, C), through numpy's SVD, and its ratio."""
    table = np.asarray(table, dtype=np.float64)
    left, singular, _ = np.linalg.svd(table - table.mean(axis=1, keepdims=True), full_matrices=False)
    loading = left[:, 0] * np.sign(left[:, 0].sum())
    return table.T @ loading, singular[0] ** 2 / (singular**2).sum()


def space_by_hand(unmasked, masked, n_ssn=5):
    """Channels, their signed differences, and the difference of all channels, as the paper defines them."""
    difference = first_trait(unmasked)[0] - first_trait(masked)[0]
    channels = np.argsort(-np.abs(difference))[:n_ssn]
    return channels, difference[channels], difference


def activation(table, channels, delta):
    """A_s (n,) of features (n, C): the mean over SSNs of activation times difference."""
    return (table[:, channels] * delta).mean(axis=1)


def probability(values, reference):
    """P_s of activations within the normal fit of reference activations (S-XAI, Eq. 2), not clipped."""
    fit = stats.norm(reference.mean(), reference.std())
    low, high = fit.cdf(reference.min()), fit.cdf(reference.max())
    return (fit.cdf(values) - low) / (high - low)
