"""What was assessed before: every assessment is kept when it is made, and listed here."""

from dataclasses import dataclass

from data_store.records import AssessmentRecord
from sxai.assess.levels import LEVELS
from sxai.errors import UnknownName
from sxai.project.project import Project


@dataclass(frozen=True)
class PastAssessment:
    """What was said of one picture.

    Attributes
    ----------
    file
        the picture's name.
    image_id
        its number, None for a picture that the project does not have.
    level
        the level of the verdict, such as "sure".
    verdict
        the verdict in words.
    model
        the network that was asked.
    created
        when, as ISO text in UTC.
    """

    file: str
    image_id: int | None
    level: str
    verdict: str
    model: str
    created: str


def past_assessments(
    project: Project, limit: int | None = 50, image_id: int | None = None, level: str | None = None
) -> list[PastAssessment]:
    """The last ``limit`` assessments (None: all), newest first, of one image or one level where these are given.

    Raises
    ------
    UnknownName
        for an unknown level.
    """
    if level is not None and level not in LEVELS:
        raise UnknownName(f"there is no level '{level}'; choose one of {', '.join(LEVELS)}.")
    return [_past(record) for record in project.catalogue.assessments(limit, image_id, level)]


def _past(record: AssessmentRecord) -> PastAssessment:
    """Those of versions before the gates have the paper's level and words alone."""
    said = record.result
    level, verdict = said.get("level", said["assessment"]), said.get("verdict", said["sentence"])
    return PastAssessment(record.file or "", record.image_id, level, verdict, record.model, record.created)
