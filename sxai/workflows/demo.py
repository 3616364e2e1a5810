"""The embedded demo: procedural pets with known parts, the shipped network, masks and semantic spaces."""

import json
import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from data_store.records import ImageRecord, MaskEdit, NewImage
from sxai.demo import Pet, demo_pets, load_demo_network, part_mask
from sxai.errors import ProjectError
from sxai.images.decode import encode, pixel_hash
from sxai.images.masks import decode_rle, encode_rle
from sxai.progress import Progress, silent
from sxai.workflows.extraction import extract_spaces
from sxai.workflows.featuring import features_of
from sxai.workflows.homes import DEMO, MARKER
from sxai.workflows.intake import choose_split
from sxai.workflows.masking import mask_fields
from sxai.workflows.networks import store_network
from sxai.workflows.training import judge
from sxai.workflows.workspace import Workspace, ahead, in_batches, read_canvas

CLASSES = ("cat", "dog")
PARTS = ("eyes", "nose", "ears", "legs")
IMAGES = 1000
MASKS = 100
MODEL = "pets"
DATASET = "Procedural pets"
BATCH = 50


@dataclass(frozen=True)
class DemoResult:
    """The filled demo: its home, number of images, network, concepts, and how long it took in seconds."""

    home: str
    images: int
    model: str
    concepts: tuple[str, ...]
    seconds: float


def is_demo(ws: Workspace) -> bool:
    """Whether this project is the embedded demo."""
    return ws.catalogue.get_setting(DEMO) is not None


def fill_demo(ws: Workspace, images: int = IMAGES, masks: int = MASKS, progress: Progress = silent) -> DemoResult:
    """Fill an empty project with the demo; an interrupted filling goes on where it was, a finished one is left alone.

    Raises
    ------
    ProjectError
        when the project holds something else.
    """
    began = time.monotonic()
    if not is_demo(ws) and (ws.catalogue.count_images() or ws.catalogue.models()):
        raise ProjectError(f"{ws.home} already holds a project; the demo needs an empty folder: --home DIR")
    ws.catalogue.set_setting(DEMO, {"images": images, "masks": masks})
    (ws.home / MARKER).write_text(json.dumps({"images": images, "masks": masks}), encoding="utf-8")
    _draw(ws, images, progress)
    _add_network(ws, progress)
    concepts = tuple(f"{class_name}.{part}" for class_name in CLASSES for part in PARTS)
    for done, concept in enumerate(concepts):
        progress("masks", done, len(concepts))
        _mask(ws, concept, masks)
    known = {record.full_name for record in ws.catalogue.spaces()}
    if not known.issuperset(concepts):
        extract_spaces(ws, [concept for concept in concepts if concept not in known], progress=progress)
    return DemoResult(str(ws.home), ws.catalogue.count_images(), MODEL, concepts, time.monotonic() - began)


def _draw(ws: Workspace, images: int, progress: Progress) -> None:
    """Draw and store the pictures that are still missing, with what is known about their parts."""
    dataset = ws.catalogue.add_dataset(DATASET, "drawn by sxai.demo")
    present = {image.name for image in ws.catalogue.images(dataset=DATASET)}
    progress("pictures", len(present), images)
    done = len(present)
    missing = (
        (index, pet) for index, pet in enumerate(demo_pets(images, classes=CLASSES)) if _name(index, pet) not in present
    )
    for batch in in_batches(ahead(partial(_stored, ws, dataset), missing), BATCH):
        with ws.catalogue.write():
            identifiers = ws.catalogue.add_images([image for image, _ in batch])
            for (image_id, _), (_, pet) in zip(identifiers, batch, strict=True):
                ws.catalogue.set_parts(image_id, _known_parts(pet))
        done += len(batch)
        progress("pictures", done, images)


def _name(index: int, pet: Pet) -> str:
    return f"{pet.species}-{index:04d}-{pet.view}.png"


def _stored(ws: Workspace, dataset: int, numbered: tuple[int, Pet]) -> tuple[NewImage, Pet]:
    """One picture's file and record."""
    index, pet = numbered
    sha256 = pixel_hash(pet.pixels)
    height, width = pet.pixels.shape[:2]
    file = ws.artefacts.write("images", ".png", encode(pet.pixels, "png"))
    split = choose_split("auto", None, sha256)
    return NewImage(dataset, pet.species, split, sha256, file, _name(index, pet), width, height, "PNG"), pet


def _known_parts(pet: Pet) -> dict[str, tuple[bool, dict[str, object] | None]]:
    return {
        part: (pet.visible[part], encode_rle(region) if pet.visible[part] else None)
        for part, region in pet.parts.items()
    }


def _add_network(ws: Workspace, progress: Progress) -> None:
    """Store the shipped network and how well it does on the demo's own pictures."""
    network = load_demo_network()
    record = ws.catalogue.model(MODEL) or store_network(ws, MODEL, network, "packaged")
    if record.evaluation is not None:
        return
    evaluation = {}
    for split in ("train", "val"):
        images = ws.catalogue.images(split=split)
        table = features_of(ws, record, network, images, progress)
        labels = np.asarray([network.classes.index(image.class_name or "") for image in images])
        evaluation[split] = judge(network, table.features, labels)
    ws.catalogue.update_model(record.id, evaluation=evaluation)


def _mask(ws: Workspace, concept: str, wanted: int) -> None:
    """Mask the part on the first images of the class that show it, from what is known about them."""
    class_name, part = concept.split(".")
    ws.catalogue.add_concept(class_name, part)
    masked = {record.image_id for record in ws.catalogue.masks(class_name=class_name, concept=part)}
    presence = ws.catalogue.part_presence(part, class_name)
    images = [image for image in ws.catalogue.images(class_name=class_name) if presence.get(image.id)]
    todo = [image for image in images if image.id not in masked][: max(0, wanted - len(masked))]
    ws.catalogue.save_masks(list(ahead(partial(_edit, ws, class_name, part), todo)))


def _edit(ws: Workspace, class_name: str, part: str, image: ImageRecord) -> MaskEdit:
    rle = ws.catalogue.parts(image.id)[part].rle
    mask = part_mask(read_canvas(ws, image), decode_rle(rle or {}))
    return MaskEdit(image.id, class_name, part, source="parts", author="demo", **mask_fields(mask))
