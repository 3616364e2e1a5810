"""The S-XAI paper's path on real photographs: ``python -m benchmarks.real_photographs [--networks …]``.

Cats against dogs on one data set, 100 masked images for each of six concepts on another, six semantic spaces with
reference distributions over all photographs of the class, 20 assessments, two searches. Everything is kept in one
project a network, so a run that was interrupted goes on where it stopped. Results go to ``build/results`` as tables,
charts and JSON; no photograph is written there.
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.pages import RESULTS, render, save_figure, write_json, write_page
from sxai.assess.assessment import FLAGS
from sxai.assess.verbs.assess_many import assess_files
from sxai.images.verbs.import_ import import_images
from sxai.masks.verbs.from_annotations import KeypointImage, masks_from_keypoints, read_keypoints
from sxai.networks.figures import confusion_matrix
from sxai.networks.verbs.networks import active_model, add_model, model_detail, model_record
from sxai.networks.verbs.train import train_model
from sxai.plot.theme import class_colour
from sxai.project.project import Project
from sxai.search.verbs.search import evaluated, search
from sxai.spaces.distribution_figures import activation_histogram, masking_histogram, qq_plot
from sxai.spaces.figures import crosstalk_heatmap, difference_bars, similarity_heatmap
from sxai.spaces.verbs.details import distribution_detail, overlap_detail, space_detail
from sxai.spaces.verbs.extract import extract_spaces
from sxai.spaces.verbs.stored import list_spaces

REPOSITORY = Path(__file__).resolve().parent.parent
CLASSES = ("cat", "dog")
WEIGHTS = {
    "googlenet_bvlc": "googlenet_bvlc.safetensors",
    "squeezenet1_1": "squeezenet1_1_torchvision.safetensors",
    "mobilenet_v2_tf": "mobilenet_v2_tf2_ptq_dequantised.safetensors",
}
LEGS = [
    f"{side}_{end}_{part}"
    for side in ("left", "right")
    for end in ("front", "back")
    for part in ("elbow", "knee", "paw")
]
POINTS = {"eyes": ["left_eye", "right_eye"], "nose": ["nose"], "legs": LEGS}
QUERIES = ("dog.nose > 0.9", "cat.legs < 0.1", "true = dog and dog.nose > 0.9", "true = cat and cat.legs < 0.1")
STRANGERS = ("tiger", "lion", "timber_wolf", "red_fox", "brown_bear", "zebra")
MASKS = 100


@dataclass(frozen=True)
class Setting:
    """Where the photographs are, where projects are kept, and how many superpixels a mask is made of."""

    data: Path
    homes: Path
    out: Path
    count: int
    fit: str


def say(stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
    """Progress as one line a stage."""
    if done == total:
        print(f"  {stage}: {done} of {total}", flush=True)


def prepare(project: Project, setting: Setting, network: str) -> None:
    """Import, add the network, train its head, mask and extract; what is there already is left alone."""
    have = {record.name: record.images for record in project.catalogue.datasets()}
    for name in CLASSES:
        if sum(have.values()) < 4000:
            import_images(project, setting.data / "pets" / f"{name}s", "pets", "auto", name, progress=say)
            import_images(project, setting.data / "animals" / name, "animals", "reference", name, progress=say)
    if project.catalogue.model(network) is None:
        add_model(project, network, network, setting.data / "weights" / WEIGHTS[network], setting.fit, progress=say)
    if not active_model(project).trained:
        train_model(project, network, progress=say)
    keypoints = setting.data / "animals" / "keypoints.coco.json"
    for name in CLASSES:
        for concept, points in POINTS.items():
            masks_from_keypoints(project, keypoints, name, concept, points, MASKS, setting.count, progress=say)
    if len(list_spaces(project)) < len(CLASSES) * len(POINTS):
        extract_spaces(project, reference="pets", progress=say)


def space_rows(project: Project, keypoints: dict[str, list[KeypointImage]]) -> list[dict[str, Any]]:
    """One row a space: fit, ratios, effect of masking, and whether a high P_s means that the part is visible."""
    rows = []
    for space in list_spaces(project):
        row = {
            "space": space.name,
            "SSNs": " ".join(map(str, space.channels)),
            "n": int(space.reference.n),
            "R²": space.reference.r2,
            "KS": space.reference.ks,
            "ratio unmasked": space.ratios.unmasked,
            "ratio masked": space.ratios.masked,
            "P unmasked": space.masked.p_unmasked,
            "P masked": space.masked.p_masked,
            "share lowered": space.masked.share_lower,
            "share lowered, held out": space.masked.share_lower_held_out,
            "presence AUC": presence_auc(project, space.name, keypoints),
        }
        rows.append(row)
    return rows


def presence_auc(project: Project, name: str, keypoints: dict[str, list[KeypointImage]]) -> float:
    """Area under the ROC curve of P_s against whether any point of the part is annotated, over images never masked."""
    class_name, concept = name.split(".")
    known = evaluated(project)
    values = known.frame.probability(name)
    masked = {record.image_id for record in project.catalogue.masks(class_name=class_name, concept=concept)}
    truth = {
        image.file.rsplit("/", 1)[-1]: any(point in image.points for point in POINTS[concept])
        for image in keypoints[class_name]
    }
    chosen = [
        (truth[image.name.rsplit("/", 1)[-1]], value)
        for image, value in zip(known.images, values, strict=True)
        if image.class_name == class_name
        and image.dataset == "animals"
        and image.id not in masked
        and image.name.rsplit("/", 1)[-1] in truth
    ]
    return float(roc_auc_score(*zip(*chosen, strict=True)))


def assessed_files(
    setting: Setting, keypoints: dict[str, list[KeypointImage]], masked: set[str]
) -> list[tuple[str, Path]]:
    """20 photographs by rule, none of them masked: frontal, back view and profile, other animals, and textures."""
    found: list[tuple[str, Path]] = []
    for name in CLASSES:
        unseen = [image for image in keypoints[name] if Path(image.file).name not in masked]
        images = sorted(unseen, key=lambda image: image.file)
        kinds = {"frontal": _frontal, "back view": _from_behind, "one eye": _profile}
        for kind, rule in kinds.items():
            wanted = 2 if kind != "frontal" else 3
            files = [image.file for image in images if rule(image)][:wanted]
            found += [(f"{name}, {kind}", setting.data / "animals" / file) for file in files]
    others = {path.stem.split("_", 1)[1]: path for path in (setting.data / "other_animals").glob("*.jpg")}
    found += [(f"not a pet: {kind}", others[kind]) for kind in STRANGERS if kind in others][:4]
    textures = sorted((setting.data / "textures").glob("*/*.jpg"))
    return found + [("texture", textures[index]) for index in (0, len(textures) // 2)]


def _frontal(image: KeypointImage) -> bool:
    return {"left_eye", "right_eye", "nose"} <= set(image.points) and not {"tailbase", "withers"} & set(image.points)


def _from_behind(image: KeypointImage) -> bool:
    return not {"left_eye", "right_eye", "nose"} & set(image.points) and "tailbase" in image.points


def _profile(image: KeypointImage) -> bool:
    return len({"left_eye", "right_eye"} & set(image.points)) == 1 and "nose" in image.points


def assessment_rows(project: Project, chosen: Sequence[tuple[str, Path]]) -> list[dict[str, Any]]:
    """One row a photograph: what the network says, every P_s, and the sentence."""
    result = assess_files(project, [path for _, path in chosen], progress=say)
    return [
        {
            "photograph": f"{path.parent.name}/{path.name}",
            "kind": kind,
            "CNN": f"{image.predicted} {image.confidence:.1%}",
            **{name: round(value, 2) for name, value in image.probabilities.items()},
            "sentence": image.sentence,
            "flags": ", ".join(image.flags),
        }
        for (kind, path), image in zip(chosen, result.images, strict=True)
    ]


def search_rows(project: Project) -> list[dict[str, Any]]:
    """One row a query: hits, and the margins of the first, the middle and the last one."""
    rows = []
    for query in QUERIES:
        found = search(project, query, limit=None)
        margins = [hit.margin for hit in found.hits]
        share = np.mean([hit.class_name == query.split(".")[0].split()[-1] for hit in found.hits]) if margins else 0
        rows.append(
            {
                "query": query,
                "hits": found.total,
                "of": found.considered,
                "share of the class": float(share),
                "largest margin": margins[0] if margins else None,
                "median": float(np.median(margins)) if margins else None,
                "smallest": margins[-1] if margins else None,
            }
        )
    return rows


def charts(project: Project, folder: Path, network: str) -> Iterator[str]:
    """Draw and write every chart; their file names."""
    for space in list_spaces(project):
        class_name = space.name.split(".")[0]
        colour = class_colour(class_name, CLASSES)
        found, detail = distribution_detail(project, space.name), space_detail(project, space.name)
        fit = space.reference.distribution
        figures = {
            "distribution": activation_histogram(found.values, fit, space.name, colour, found.r2),
            "masked": masking_histogram(found.unmasked_values, found.masked_values, fit, space.name, colour),
            "qq": qq_plot(found.theoretical, found.ordered, found.slope, found.intercept, found.r2, space.name, colour),
            "difference": difference_bars(detail.difference, space.channels, space.delta, space.name, colour),
        }
        for kind, figure in figures.items():
            yield save_figure(figure, folder, f"{network}-{space.name}-{kind}")
    related = overlap_detail(project)
    yield save_figure(crosstalk_heatmap(related.names, related.crosstalk), folder, f"{network}-crosstalk")
    yield save_figure(similarity_heatmap(related.names, related.cosine, related.shared), folder, f"{network}-overlap")
    confusion = model_detail(project).confusion
    if confusion is not None:
        yield save_figure(confusion_matrix(confusion, CLASSES), folder, f"{network}-confusion")


def run(setting: Setting, network: str) -> dict[str, Any]:
    """The whole path with one network; everything that the report shows."""
    began = time.monotonic()
    print(network, flush=True)
    keypoints = {name: read_keypoints(setting.data / "animals" / "keypoints.coco.json", name) for name in CLASSES}
    with Project.open(setting.homes / network) as project:
        prepare(project, setting, network)
        summary, related = active_model(project), overlap_detail(project)
        masked = {Path(mask.image_name).name for mask in project.catalogue.masks()}
        charted = list(charts(project, setting.out / "charts", network))
        return {
            "network": network,
            "model": {**asdict(summary), "weights": Path(summary.weights).name},
            "record": model_record(project).sha256,
            "superpixels": setting.count,
            "confusion": np.asarray(model_detail(project).confusion).tolist(),
            "spaces": space_rows(project, keypoints),
            "crosstalk": {"names": related.names, "change of P": related.crosstalk.round(4).tolist()},
            "cosine": related.cosine.round(4).tolist(),
            "assessments": assessment_rows(project, assessed_files(setting, keypoints, masked)),
            "searches": search_rows(project),
            "charts": charted,
            "seconds": round(time.monotonic() - began, 1),
        }


def project_arguments(about: str | None, networks: str) -> argparse.ArgumentParser:
    """Arguments of the benchmarks that work on the projects of this one; ``networks`` by default."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "real", help="where projects are kept")
    parser.add_argument("--networks", default=networks)
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser


def projects(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Each chosen network with its project; ends the program where one was not made yet."""
    for network in chosen.networks.split(","):
        if not (chosen.homes / network / "catalogue.sqlite").exists():
            parser.exit(1, f"no project {chosen.homes / network}; run python -m benchmarks.real_photographs first\n")
        yield network, chosen.homes / network


def main() -> None:
    """Run the networks asked for and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("SXAI_TEST_DATA", REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=Path(default), help="folder of photographs and weights")
    parser.add_argument("--homes", type=Path, default=REPOSITORY / "build" / "real", help="where projects are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--networks", default="googlenet_bvlc,squeezenet1_1")
    parser.add_argument("--count", type=int, default=20, help="superpixels asked for")
    parser.add_argument("--fit", default="squash", choices=("squash", "crop"))
    chosen = parser.parse_args()
    if not (chosen.data / "pets").is_dir():
        parser.exit(1, f"no photographs in {chosen.data}; give --data\n")
    setting = Setting(chosen.data, chosen.homes, chosen.out, chosen.count, chosen.fit)
    results = [run(setting, network) for network in chosen.networks.split(",")]
    for result in results:
        write_json(chosen.out / f"{result['network']}.json", result)
        print(f"{result['network']}: {result['seconds']} s")
    write_page(chosen.out / "README.md", render("real-photographs", results=results, flags=FLAGS))


if __name__ == "__main__":
    main()
