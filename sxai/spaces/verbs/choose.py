"""Extraction by more than one estimator, of which the recommended one is used.

The paper's estimator reads averages; the spatial one reads positions, finds small parts far better, and costs a pass
over pictures of twice the size. Which of both tells best where a part is visible, the presence labels decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sxai.names import split_name
from sxai.networks.device import resolve_device
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.defaults import DEFAULT, MIN_NORMAL_R2, RECOMMENDED, SPATIAL, Fit
from sxai.spaces.verbs.extract import ExtractResult, extract_spaces
from sxai.spaces.verbs.recommend import recommend_estimators
from sxai.spaces.verbs.stored import use_estimator

MOST_READ = 1000
"""Pictures that are read by position without being asked, where there is no GPU."""

DRAWS = 100
"""Bootstrap draws of the comparison, whose intervals are not shown here."""


def extract_chosen(
    project: Project,
    names: Sequence[str] | None = None,
    model: str | None = None,
    estimator: str = RECOMMENDED,
    n_ssn: int = 5,
    reference: str | None = None,
    fit: Fit = "normal",
    bar: float = MIN_NORMAL_R2,
    progress: Progress = silent,
) -> ExtractResult:
    """Extract by ``estimator`` as :func:`.extract_spaces` does; "recommended" extracts by two and uses the better.

    These are the paper's estimator and the spatial one, which is left out (``note`` says so) above 1,000 pictures on a
    CPU. Of both, each concept is read by the one with the larger presence AUC; by the paper's where fewer than five
    labelled images show the part, or do not. The returned spaces are those in use.
    """
    if estimator != RECOMMENDED:
        return extract_spaces(project, names, model, estimator, n_ssn, reference, fit, bar, progress)
    papers = extract_spaces(project, names, model, DEFAULT, n_ssn, reference, fit, bar, progress)
    extracted = [space.name for space in papers.spaces]
    if not extracted:
        return papers
    count = _to_read(project, extracted, reference)
    if count > MOST_READ and resolve_device(project.device).type == "cpu":
        return replace(papers, note=_left_out(count))
    extract_spaces(project, extracted, model, SPATIAL, n_ssn, reference, fit, bar, progress, skip=True)
    recommended = recommend_estimators(project, extracted, model, DRAWS, progress).concepts
    best = {concept.name: concept.best or DEFAULT for concept in recommended}
    spaces = [use_estimator(project, [name], best[name], model)[0] for name in extracted]
    return replace(papers, spaces=tuple(spaces), note=f"In use {_by_estimator(best)}.")


def _to_read(project: Project, names: Sequence[str], reference: str | None) -> int:
    """Pictures that the spatial estimator would read: those of the concepts' classes, and masked ones once more."""
    owners = {split_name(name)[0] for name in names}
    images = project.catalogue.images(dataset=reference)
    masks = [mask for mask in project.catalogue.masks() if f"{mask.class_name}.{mask.concept}" in set(names)]
    return sum(image.class_name in owners for image in images) + len(masks)


def _left_out(count: int) -> str:
    return (
        f"The spatial estimator often finds small parts better, but would read {count:,} pictures at twice their size, "
        "so it was left out; choose it to extract by it too."
    )


def _by_estimator(best: Mapping[str, str]) -> str:
    """Which estimator each concept is read by, in a sentence."""
    names = {estimator: [name for name in sorted(best) if best[name] == estimator] for estimator in best.values()}
    return "; ".join(f"by {estimator}: {', '.join(names[estimator])}" for estimator in sorted(names))
