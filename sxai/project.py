"""The face of the library: an opened project with the product's verbs as methods."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sxai import workflows as verbs
from sxai.errors import UnreadableImage
from sxai.progress import Progress, silent
from sxai.workflows import (
    AssessResult,
    AttackedImage,
    AttackTable,
    CommonTraits,
    ConceptRanking,
    DemoResult,
    ExtractResult,
    ImageAssessment,
    ImportResult,
    LayerRatios,
    MaskChange,
    MaskQuality,
    MaskResult,
    ModelComparison,
    ModelSummary,
    Occluders,
    OverConfidentResult,
    Overview,
    PictureEvidence,
    ProbabilityInUse,
    Prototypes,
    RefitResult,
    ReportResult,
    ReproduceResult,
    RuleInUse,
    SavedMask,
    Scoreboard,
    SearchResult,
    SpaceSummary,
    TraitSpread,
    VectorSet,
    VisualiseResult,
    Workspace,
)


class Project:
    """One project: images, networks, masks and semantic spaces under one home folder.

    ``home`` is created when it is new. ``device`` is "auto" (CUDA, then MPS, then CPU), or one of them; ``seed`` is
    what every random choice starts from. Usable as a context manager. Every method raises
    :class:`sxai.SxaiError` with a message that says what was wrong and what to do.
    """

    def __init__(self, home: Path | str | None = None, device: str = "auto", seed: int = 0) -> None:
        self.workspace = Workspace.open(home, device, seed)

    @property
    def home(self) -> Path:
        """The project's folder."""
        return self.workspace.home

    def close(self) -> None:
        """Release the catalogue; closing twice is harmless."""
        self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({str(self.home)!r})"

    def demo(self, progress: Progress = silent) -> DemoResult:
        """Fill this empty project with the embedded demo."""
        return verbs.fill_demo(self.workspace, progress=progress)

    def import_images(self, path: Path | str | Sequence[Path | str], **options: Any) -> ImportResult:
        """Import a folder of class folders, a zip of one, or files; see :func:`sxai.workflows.import_images`."""
        return verbs.import_images(self.workspace, path, **options)

    def add_model(self, name: str, backbone: str, **options: Any) -> ModelSummary:
        """Add a network by backbone name; see :func:`sxai.workflows.add_model`."""
        return verbs.add_model(self.workspace, name, backbone, **options)

    def train(self, name: str, **options: Any) -> ModelSummary:
        """Train a network's head, or all of it; see :func:`sxai.workflows.train_model`."""
        return verbs.train_model(self.workspace, name, **options)

    def mask_from_keypoints(
        self, file: Path | str, class_name: str, concept: str, points: Iterable[str], **options: Any
    ) -> MaskResult:
        """Mask a concept where part points are; see :func:`sxai.workflows.masks_from_keypoints`."""
        return verbs.masks_from_keypoints(self.workspace, file, class_name, concept, points, **options)

    def import_masks(self, path: Path | str, **options: Any) -> list[MaskResult]:
        """Import masks from COCO, PNG, Label Studio, CVAT or another project; see :mod:`sxai.workflows.exchange`."""
        return verbs.import_masks(self.workspace, path, **options)

    def export_masks(self, path: Path | str, concept: str | None = None, **options: Any) -> int:
        """Write masks in any of these formats; their number. See :mod:`sxai.workflows.exchange`."""
        return verbs.export_masks(self.workspace, path, concept, **options)

    def mask_quality(self, concept: str, **options: Any) -> MaskQuality:
        """Are the masks of a concept good, and enough? See :func:`sxai.workflows.mask_quality`."""
        return verbs.mask_quality(self.workspace, concept, **options)

    def mask_history(self, image: int, concept: str) -> list[MaskChange]:
        """Every edit of one mask, oldest first."""
        return verbs.mask_history(self.workspace, image, concept)

    def undo_mask(self, image: int, concept: str, author: str = "me") -> SavedMask:
        """Take back the latest edit of a mask, as one more edit; see :func:`sxai.workflows.undo_mask`."""
        return verbs.undo_mask(self.workspace, image, concept, author)

    def extract(self, names: Sequence[str] | None = None, **options: Any) -> ExtractResult:
        """Extract semantic spaces; see :func:`sxai.workflows.extract_spaces`."""
        return verbs.extract_spaces(self.workspace, names, **options)

    @property
    def spaces(self) -> list[SpaceSummary]:
        """The semantic spaces of the active network."""
        return verbs.list_spaces(self.workspace)

    def assess(self, image: Path | str | bytes, model: str | None = None) -> ImageAssessment:
        """What the network says of a picture, which concepts it saw, and how far that can be trusted."""
        return verbs.assess_bytes(self.workspace, *_named_bytes(image), model)

    def assess_files(self, paths: Iterable[Path | str], **options: Any) -> AssessResult:
        """Assess many pictures; those that cannot be read are listed, the rest is assessed."""
        return verbs.assess_files(self.workspace, paths, **options)

    def search(self, query: str, **options: Any) -> SearchResult:
        """Find images by meaning, for example ``dog.nose > 0.9``; see :func:`sxai.workflows.search`."""
        return verbs.search(self.workspace, query, **options)

    def common_traits(self, class_name: str, **options: Any) -> CommonTraits:
        """What the images of a class share; see :func:`sxai.workflows.common_traits`."""
        return verbs.common_traits(self.workspace, class_name, **options)

    def trait_spread(self, class_name: str, **options: Any) -> TraitSpread:
        """How much common traits depend on the samples; see :func:`sxai.workflows.trait_spread`."""
        return verbs.trait_spread(self.workspace, class_name, **options)

    def layer_ratios(self, class_name: str, **options: Any) -> LayerRatios:
        """How much images of a class share at every layer; see :func:`sxai.workflows.layer_ratios`."""
        return verbs.layer_ratios(self.workspace, class_name, **options)

    def visualise(self, *targets: str, **options: Any) -> VisualiseResult:
        """Make ``cat:1``, ``cat.eyes`` or ``image:12`` visible; see :func:`sxai.workflows.visualise`."""
        return verbs.visualise(self.workspace, targets, **options)

    def refit(self, names: Sequence[str] | None = None, **options: Any) -> RefitResult:
        """Read probabilities from another reference distribution; see :func:`sxai.workflows.refit_spaces`."""
        return verbs.refit_spaces(self.workspace, names, **options)

    def evidence(self, image: int | Path | str | bytes, **options: Any) -> PictureEvidence:
        """Which superpixels carry each concept, of an image of the project (its number) or any other picture."""
        if isinstance(image, int):
            return verbs.evidence_image(self.workspace, image, **options)
        return verbs.evidence_bytes(self.workspace, *_named_bytes(image), **options)

    def attack(self, image: int | Path | str | bytes, **options: Any) -> AttackedImage:
        """Attack an image of the project (its number) or any other picture; see :func:`sxai.workflows.attack_image`."""
        if isinstance(image, int):
            return verbs.attack_image(self.workspace, image, **options)
        name, data = _named_bytes(image)
        return verbs.attack_image(self.workspace, data, name=name, **options)

    def attack_table(self, epsilons: Sequence[float] = verbs.EPSILONS, **options: Any) -> AttackTable:
        """How many attacks succeed and how many are detected; see :func:`sxai.workflows.attack_table`."""
        return verbs.attack_table(self.workspace, epsilons, **options)

    def calibrate_detection(self, rate: float = 0.05, **options: Any) -> RuleInUse:
        """Detect attacks at a chosen rate of false alarms; see :func:`sxai.workflows.calibrate_detection`."""
        return verbs.calibrate_detection(self.workspace, rate, **options)

    def semantic_vectors(self, source: str = "classes", **options: Any) -> VectorSet:
        """The semantic vector of every class, saved search or folder of images; see :mod:`sxai.workflows.vectors`."""
        return verbs.semantic_vectors(self.workspace, source, **options)

    def train_concepts(self, classes: Sequence[str] | None = None, **options: Any) -> Prototypes:
        """Find concepts without a person; see :func:`sxai.workflows.train_concepts`."""
        return verbs.train_concepts(self.workspace, classes=classes, **options)

    def learn_occluders(self, classes: Sequence[str] | None = None, **options: Any) -> Occluders:
        """Learn faint patterns that hide a class from the network; see :func:`sxai.workflows.learn_occluders`."""
        return verbs.learn_occluders(self.workspace, classes, **options)

    def rank_concepts(self, class_name: str, epsilon: float | None = None, model: str | None = None) -> ConceptRanking:
        """Which concepts a class's occluder takes away; see :func:`sxai.workflows.rank_concepts`."""
        occluder = verbs.occluders_in_use(self.workspace, epsilon, model).of(class_name)
        return verbs.rank_concepts(self.workspace, occluder)

    def score(self, names: Sequence[str] | None = None, **options: Any) -> Scoreboard:
        """Hold semantic spaces against what images are known to show; see :func:`sxai.workflows.score_spaces`."""
        return verbs.score_spaces(self.workspace, names, **options)

    def calibrate(self, names: Sequence[str] | None = None, **options: Any) -> ProbabilityInUse:
        """Fit the chance that each part is there; see :func:`sxai.workflows.calibrate_probabilities`."""
        return verbs.calibrate_probabilities(self.workspace, names, **options)

    def overconfident(self, **options: Any) -> OverConfidentResult:
        """Images that the network is sure of although nothing is seen; see :func:`sxai.workflows.overconfident`."""
        return verbs.overconfident(self.workspace, **options)

    def report(self, folder: Path | str | None = None, **options: Any) -> ReportResult:
        """Write a report on many assessments (HTML, PDF); see :func:`sxai.workflows.write_report`."""
        return verbs.write_report(self.workspace, folder, **options)

    def compare(self, a: str, b: str, **options: Any) -> ModelComparison:
        """Compare two networks over the concepts of both; see :func:`sxai.workflows.compare_models`."""
        return verbs.compare_models(self.workspace, a, b, **options)

    def reproduce(self, *items: str, **options: Any) -> ReproduceResult:
        """Reproduce figures and tables of the paper, all when none is named; see :func:`sxai.workflows.reproduce`."""
        return verbs.reproduce(self.workspace, items, **options)

    def status(self) -> Overview:
        """What the project holds and what comes next."""
        return verbs.overview(self.workspace)


def _named_bytes(image: Path | str | bytes) -> tuple[str, bytes]:
    """A picture's name and content; UnreadableImage when there is no such file."""
    if isinstance(image, bytes):
        return "image", image
    try:
        return str(image), Path(image).read_bytes()
    except OSError as error:
        raise UnreadableImage(f"cannot read {image}: {error.strerror}. Check the path.") from error


def open_project(home: Path | str | None = None, device: str = "auto", seed: int = 0) -> Project:
    """Open the project in ``home`` (default ``$SXAI_HOME`` or ``~/.sxai``); reached as ``sxai.open``."""
    return Project(home, device, seed)
