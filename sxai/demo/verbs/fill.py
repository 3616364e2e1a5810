"""The embedded demo: procedural pets with known parts, the shipped network, masks and semantic spaces.

In two sizes: cats and dogs, or the twenty invented species, for more than two classes.
"""

import json
import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from data_store.records import ImageRecord, MaskEdit, ModelRecord, NewImage
from sxai.batches import ahead, in_batches
from sxai.demo.network import BRIEF, load_demo_network
from sxai.demo.parts import part_mask
from sxai.demo.pets import Pet, draw_pet, seed_of
from sxai.demo.species import SPECIES
from sxai.demo.verbs.furnish import furnish
from sxai.errors import ProjectError
from sxai.images.decode import encode, pixel_hash
from sxai.images.verbs.import_ import choose_split
from sxai.images.verbs.stored import read_canvas
from sxai.masks.mask import decode_rle, encode_rle
from sxai.masks.verbs.save import mask_fields
from sxai.networks.network import Network
from sxai.networks.verbs.features import features_of
from sxai.networks.verbs.networks import add_model, store_network, use_model
from sxai.networks.verbs.train import judge, train_model
from sxai.progress import Progress, silent
from sxai.project.homes import DEMO, MARKER
from sxai.project.project import Project
from sxai.spaces.verbs.extract import extract_spaces
from sxai.traits.verbs.traits import common_traits

CLASSES = ("cat", "dog")
PARTS = ("eyes", "nose", "ears", "legs")
IMAGES = 1000
MASKS = 100
MODEL = "pets"
SECOND_MODEL = "pets-brief"
"""The demo's second network, to compare with: it learned for a shorter time, from fewer pictures."""
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
    """The plan of a demo: classes, numbers of pictures and masks, and the name of the network."""

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
        """The plan as it is stored with the project."""
        return {"images": self.images, "masks": self.masks, **({"species": True} if self.species else {})}


def is_demo(project: Project) -> bool:
    """Whether this project is the embedded demo."""
    return project.catalogue.get_setting(DEMO) is not None


def fill_demo(
    project: Project,
    images: int | None = None,
    masks: int | None = None,
    progress: Progress = silent,
    species: bool = False,
) -> DemoResult:
    """Fill an empty project with the demo; an interrupted filling goes on where it was, a finished one is left alone.

    ``images`` in all and ``masks`` a concept: 1,000 and 100 for cats and dogs; with these, what is slow to make comes
    furnished. With ``species`` the twenty invented
    species take their place, 2,000 and 40, and a head that tells them apart is trained on the shipped network.

    Raises
    ------
    ProjectError
        when the project holds something else.
    """
    began = time.monotonic()
    plan = _Plan.of(species, images, masks)
    _claim(project, plan)
    _draw(project, plan, progress)
    if species:
        _train_network(project, plan, progress)
    else:
        _add_network(project, progress)
    for done, concept in enumerate(plan.concepts):
        progress("masks", done, len(plan.concepts))
        _mask(project, concept, plan.masks)
    known = {record.full_name for record in project.catalogue.spaces()}
    missing = [concept for concept in plan.concepts if concept not in known]
    if missing:
        extract_spaces(project, missing, plan.model, progress=progress)
    if plan == _Plan(False, IMAGES, MASKS):
        furnish(project, plan.model, progress)
        for class_name in CLASSES:
            common_traits(project, class_name, search=None, progress=progress)
        _add_second(project, plan, progress)
    return DemoResult(
        str(project.home), project.catalogue.count_images(), plan.model, plan.concepts, time.monotonic() - began
    )


def _claim(project: Project, plan: _Plan) -> None:
    """Mark the project as this demo, unless it holds something else."""
    known = project.catalogue.get_setting(DEMO)
    if known is None and (project.catalogue.count_images() or project.catalogue.models()):
        raise ProjectError(f"{project.home} already holds a project; the demo needs an empty folder: --home DIR")
    if known is not None and bool(known.get("species")) != plan.species:
        raise ProjectError(f"{project.home} already holds the other demo; choose an empty folder: --home DIR")
    project.catalogue.set_setting(DEMO, plan.recorded())
    if not plan.species:
        (project.home / MARKER).write_text(json.dumps(plan.recorded()), encoding="utf-8")


def _draw(project: Project, plan: _Plan, progress: Progress) -> None:
    """Draw and store the pictures that are still missing, with what is known about their parts."""
    dataset = project.catalogue.add_dataset(DATASET, "drawn by sxai.demo")
    present = {image.name.rpartition("-")[0] for image in project.catalogue.images(dataset=DATASET)}
    progress("pictures", len(present), plan.images)
    done = len(present)
    every = ((index, plan.classes[index % len(plan.classes)]) for index in range(plan.images))
    missing = (picture for picture in every if _numbered(*picture) not in present)
    for batch in in_batches(ahead(partial(_stored, project, dataset), missing), BATCH):
        with project.catalogue.write():
            identifiers = project.catalogue.add_images([image for image, _ in batch])
            for (image_id, _), (_, pet) in zip(identifiers, batch, strict=True):
                project.catalogue.set_parts(image_id, _known_parts(pet))
        done += len(batch)
        progress("pictures", done, plan.images)


def _numbered(index: int, species: str) -> str:
    """The prefix of a picture's name."""
    return f"{species}-{index:04d}"


def _stored(project: Project, dataset: int, picture: tuple[int, str]) -> tuple[NewImage, Pet]:
    """Draw one picture; its record, with the file stored."""
    index, species = picture
    pet = draw_pet(species, seed_of(SEED, index))
    sha256 = pixel_hash(pet.pixels)
    height, width = pet.pixels.shape[:2]
    file = project.artefacts.write("images", ".png", encode(pet.pixels, "png"))
    split = choose_split("auto", None, sha256)
    name = f"{_numbered(index, species)}-{pet.view}.png"
    return NewImage(dataset, species, split, sha256, file, name, width, height, "PNG"), pet


def _known_parts(pet: Pet) -> dict[str, tuple[bool, dict[str, object] | None]]:
    return {
        part: (pet.visible[part], encode_rle(region) if pet.visible[part] else None)
        for part, region in pet.parts.items()
    }


def _add_network(project: Project, progress: Progress) -> None:
    """Store the shipped network and how well it does on the demo's own pictures."""
    network = load_demo_network()
    record = project.catalogue.model(MODEL) or store_network(project, MODEL, network, "packaged")
    if record.evaluation is None:
        _evaluate(project, record, network, progress)


def _evaluate(project: Project, record: ModelRecord, network: Network, progress: Progress) -> None:
    evaluation = {}
    for split in ("train", "val"):
        images = project.catalogue.images(split=split)
        table = features_of(project, record, network, images, progress)
        labels = np.asarray([network.classes.index(image.class_name or "") for image in images])
        evaluation[split] = judge(network, table.features, labels)
    project.catalogue.update_model(record.id, evaluation=evaluation)


def _add_second(project: Project, plan: _Plan, progress: Progress) -> None:
    """Store the second shipped network with its spaces; the first one stays in use."""
    record = project.catalogue.model(SECOND_MODEL)
    if record is None:
        network = load_demo_network(BRIEF)
        record = store_network(project, SECOND_MODEL, network, "packaged")
        use_model(project, MODEL)
        _evaluate(project, record, network, progress)
    known = {space.full_name for space in project.catalogue.spaces(model_id=record.id)}
    if missing := [concept for concept in plan.concepts if concept not in known]:
        extract_spaces(project, missing, SECOND_MODEL, progress=progress)


def _train_network(project: Project, plan: _Plan, progress: Progress) -> None:
    """Train a head that tells the species apart on the shipped network, whose convolutions have seen their parts."""
    record = project.catalogue.model(plan.model)
    if record is None:
        add_model(project, plan.model, "small", progress=progress)
    if record is None or record.evaluation is None:
        train_model(project, plan.model, progress=progress)


def _mask(project: Project, concept: str, wanted: int) -> None:
    """Mask the part on the first images of the class that show it, from what is known about them."""
    class_name, part = concept.split(".")
    project.catalogue.add_concept(class_name, part)
    masked = {record.image_id for record in project.catalogue.masks(class_name=class_name, concept=part)}
    presence = project.catalogue.part_presence(part, class_name)
    images = [image for image in project.catalogue.images(class_name=class_name) if presence.get(image.id)]
    todo = [image for image in images if image.id not in masked][: max(0, wanted - len(masked))]
    project.catalogue.save_masks(list(ahead(partial(_edit, project, class_name, part), todo)))


def _edit(project: Project, class_name: str, part: str, image: ImageRecord) -> MaskEdit:
    rle = project.catalogue.parts(image.id)[part].rle
    mask = part_mask(read_canvas(project, image), decode_rle(rle or {}))
    return MaskEdit(image.id, class_name, part, source="parts", author="demo", **mask_fields(mask))
