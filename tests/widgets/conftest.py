"""A project small enough to make anew for every test: six striped pictures of a cat that has no parts."""

import numpy as np
import pytest

from sxai.images.decode import encode
from sxai.project.project import Project


def picture(seed: int, height: int = 90, width: int = 120) -> np.ndarray:
    """Blocks of random colours with a little noise: SLIC finds them, and no two means agree."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(20, 235, (3, 4, 3)).repeat(height // 3, axis=0).repeat(width // 4, axis=1)
    return np.clip(blocks + rng.integers(-8, 9, blocks.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def project(tmp_path):
    with Project.open(tmp_path / "home") as opened:
        dataset = opened.catalogue.add_dataset("blocks", "made by the test")
        for seed in range(6):
            stored = opened.artefacts.write("images", ".png", encode(picture(seed)))
            opened.catalogue.add_image(
                dataset_id=dataset,
                class_name="cat",
                split="train",
                sha256=f"{seed:064x}",
                artefact=stored,
                name=f"cat-{seed}.png",
                width=120,
                height=90,
                format="PNG",
            )
        opened.catalogue.add_concept("cat", "eyes")
        yield opened


@pytest.fixture
def image_ids(project):
    return [image.id for image in project.catalogue.images()]
