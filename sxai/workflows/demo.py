"""The embedded demo: procedural pets with known parts, the shipped network, masks and semantic spaces.

In two sizes: cats and dogs, or the twenty invented species, for more than two classes.
"""

import json
import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from data_store.records import ImageRecord, MaskEdit, NewImage
from sxai.demo import SPECIES, Pet, draw_pet, load_demo_network, part_mask
from sxai.demo.pets import seed_of
from sxai.errors import ProjectError
from sxai.images.decode import encode, pixel_hash
from sxai.images.masks import decode_rle, encode_rle
from sxai.progress import Progress, silent
from sxai.workflows.extraction import extract_spaces
from sxai.workflows.featuring import features_of
from sxai.workflows.homes import DEMO, MARKER
from sxai.workflows.intake import choose_split
from sxai.workflows.masking import mask_fields
from sxai.workflows.networks import add_model, store_network
from sxai.workflows.training import judge, train_model
from sxai.workflows.workspace import Workspace, ahead, in_batches, read_canvas

CLASSES = ("cat", "dog")
PARTS = ("eyes", "nose", "ears", "legs")
IMAGES = 1000
MASKS = 100
MODEL = "pets"
DATASET = "Procedural pets"
SPECIES_IMAGES = 2000
SPECIES_MASKS = 40
SPECIES_MODEL = "species"
SEED = 0
BATCH = 50


@dataclass(frozen=True)
class DemoResult:
    """The filled demo: its home, number of images, network, concepts, and how long it took in seconds."""

    home: str
    images: int
    model: str
    concepts: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class _Plan:
    """What is drawn and masked, and the name of the network."""

    species: bool
    images: int
    masks: int

    @classmethod
    def of(cls, species: bool, images: int | None, masks: int | None) -> "_Plan":
        usual = (SPECIES_IMAGES, SPECIES_MASKS) if species else (IMAGES, MASKS)
        return cls(species, usual[0] if images is None else images, usual[1] if masks is None else masks)

    @property
    def classes(self) -> tuple[str, ...]:
        return SPECIES if self.species else CLASSES

    @property
    def concepts(self) -> tuple[str, ...]:
        return tuple(f"{class_name}.{part}" for class_name in self.classes for part in PARTS)

    @property
    def model(self) -> str:
        return SPECIES_MODEL if self.species else MODEL

    def recorded(self) -> dict[str, object]:
        """As it is kept with the project."""
        return {"images": self.images, "masks": self.masks, **({"species": True} if self.species else {})}


def is_demo(ws: Workspace) -> bool:
    """Whether this project is the embedded demo."""
    return ws.catalogue.get_setting(DEMO) is not None


def fill_demo(
    ws: Workspace,
    images: int | None = None,
    masks: int | None = None,
    progress: Progress = silent,
    species: bool = False,
) -> DemoResult:
    """Fill an empty project with the demo; an interrupted filling goes on where it was, a finished one is left alone.

    ``images`` in all and ``masks`` a concept: 1,000 and 100 for cats and dogs. With ``species`` the twenty invented
    species take their place, 2,000 and 40, and a head that tells them apart is trained on the shipped network.

    Raises
    ------
    ProjectError
        when the project holds something else.
    """
    began = time.monotonic()
    plan = _Plan.of(species, images, masks)
    _claim(ws, plan)
    _draw(ws, plan, progress)
    if species:
        _train_network(ws, plan, progress)
    else:
        _add_network(ws, progress)
    for done, concept in enumerate(plan.concepts):
        progress("masks", done, len(plan.concepts))
        _mask(ws, concept, plan.masks)
    known = {record.full_name for record in ws.catalogue.spaces()}
    missing = [concept for concept in plan.concepts if concept not in known]
    if missing:
        extract_spaces(ws, missing, plan.model, progress=progress)
    return DemoResult(str(ws.home), ws.catalogue.count_images(), plan.model, plan.concepts, time.monotonic() - began)


def _claim(ws: Workspace, plan: _Plan) -> None:
    """Mark the project as this demo, unless it holds something else."""
    known = ws.catalogue.get_setting(DEMO)
    if known is None and (ws.catalogue.count_images() or ws.catalogue.models()):
        raise ProjectError(f"{ws.home} already holds a project; the demo needs an empty folder: --home DIR")
    if known is not None and bool(known.get("species")) != plan.species:
        raise ProjectError(f"{ws.home} already holds the other demo; choose an empty folder: --home DIR")
    ws.catalogue.set_setting(DEMO, plan.recorded())
    if not plan.species:
        (ws.home / MARKER).write_text(json.dumps(plan.recorded()), encoding="utf-8")


def _draw(ws: Workspace, plan: _Plan, progress: Progress) -> None:
    """Draw and store the pictures that are still missing, with what is known about their parts."""
    dataset = ws.catalogue.add_dataset(DATASET, "drawn by sxai.demo")
    present = {image.name.rpartition("-")[0] for image in ws.catalogue.images(dataset=DATASET)}
    progress("pictures", len(present), plan.images)
    done = len(present)
    every = ((index, plan.classes[index % len(plan.classes)]) for index in range(plan.images))
    missing = (picture for picture in every if _numbered(*picture) not in present)
    for batch in in_batches(ahead(partial(_stored, ws, dataset), missing), BATCH):
        with ws.catalogue.write():
            identifiers = ws.catalogue.add_images([image for image, _ in batch])
            for (image_id, _), (_, pet) in zip(identifiers, batch, strict=True):
                ws.catalogue.set_parts(image_id, _known_parts(pet))
        done += len(batch)
        progress("pictures", done, plan.images)


def _numbered(index: int, species: str) -> str:
    """What the name of a picture begins with."""
    return f"{species}-{index:04d}"


def _stored(ws: Workspace, dataset: int, picture: tuple[int, str]) -> tuple[NewImage, Pet]:
    """Draw one picture; its record, with the file stored."""
    index, species = picture
    pet = draw_pet(species, seed_of(SEED, index))
    sha256 = pixel_hash(pet.pixels)
    height, width = pet.pixels.shape[:2]
    file = ws.artefacts.write("images", ".png", encode(pet.pixels, "png"))
    split = choose_split("auto", None, sha256)
    name = f"{_numbered(index, species)}-{pet.view}.png"
    return NewImage(dataset, species, split, sha256, file, name, width, height, "PNG"), pet


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


def _train_network(ws: Workspace, plan: _Plan, progress: Progress) -> None:
    """Train a head that tells the species apart on the shipped network, whose convolutions have seen their parts."""
    record = ws.catalogue.model(plan.model)
    if record is None:
        add_model(ws, plan.model, "small", progress=progress)
    if record is None or record.evaluation is None:
        train_model(ws, plan.model, progress=progress)


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
