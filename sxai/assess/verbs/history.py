"""What was assessed before: every assessment is kept when it is made, and listed here."""

from dataclasses import dataclass
from typing import get_args

from data_store.records import AssessmentRecord
from sxai.assess.assessment import Level
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
    assessment
        the level, such as "sure".
    sentence
        what was said of the picture.
    model
        the network that was asked.
    created
        when, as ISO text in UTC.
    """

    file: str
    image_id: int | None
    assessment: str
    sentence: str
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
    if level is not None and level not in get_args(Level):
        raise UnknownName(f"there is no level '{level}'; choose one of {', '.join(get_args(Level))}.")
    return [_past(record) for record in project.catalogue.assessments(limit, image_id, level)]


def _past(record: AssessmentRecord) -> PastAssessment:
    said = record.result
    return PastAssessment(
        record.file or "", record.image_id, said["assessment"], said["sentence"], record.model, record.created
    )
