"""The catalogue: the database of a project. Its methods are in ``topics``."""

from sqlalchemy import select

from data_store.tables import Analysis, FeatureBlock, Image, Model, ReferenceDistribution, Space
from data_store.topics.analyses import Analyses
from data_store.topics.concepts import Concepts
from data_store.topics.findings import Findings
from data_store.topics.images import Images
from data_store.topics.jobs import Jobs
from data_store.topics.mask_history import MaskHistory
from data_store.topics.masks import Masks
from data_store.topics.models import Models
from data_store.topics.parts import Parts
from data_store.topics.settings import Settings
from data_store.topics.spaces import Spaces


class Catalogue(Settings, Images, Parts, Concepts, Masks, MaskHistory, Models, Spaces, Analyses, Findings, Jobs):
    """A project's database. One object may be used by many threads, one file by many processes.

    >>> with Catalogue.open("sqlite://") as catalogue:
    ...     catalogue.set_setting("colour", {"cat": "#0072B2"})
    ...     catalogue.get_setting("colour")
    {'cat': '#0072B2'}

    Each method is a transaction of its own; several become one inside ``with catalogue.write():``.
    """

    def referenced_artefacts(self) -> set[str]:
        """Relative paths of all artefact files that the catalogue refers to."""
        columns = (
            Image.artefact,
            Model.artefact,
            FeatureBlock.artefact,
            Space.artefact,
            ReferenceDistribution.artefact,
            Analysis.artefact,
        )
        with self.read() as session:
            return {path for column in columns for path in session.scalars(select(column)) if path}
