"""Everything that the catalogue and its artefact files raise on purpose.

::

    CatalogueError
    ├── Conflict         somebody else changed the mask meanwhile; carries what is stored now
    ├── NotFound         no such class, concept, image, model, space or job
    ├── Locked           another process kept the catalogue busy for the whole timeout
    ├── Unusable         the file is not a catalogue, is damaged, or comes from a newer version
    └── ArtefactError    an artefact file is missing, damaged, or its path leaves the root

The package is independent of the library, and so is this tree. Each message says what was wrong, the value, and what to
do next.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_store.records import MaskEdit, MaskRecord


class CatalogueError(Exception):
    """Root of the tree: catch this to catch everything that this package raises on purpose."""


class Conflict(CatalogueError):
    """A mask is no longer the one that was read; :attr:`stored` is the present one (None: it was deleted).

    :attr:`attempt` is the edit that was refused, None for a deletion.
    """

    def __init__(self, message: str, stored: "MaskRecord | None", attempt: "MaskEdit | None" = None) -> None:
        super().__init__(message)
        self.stored = stored
        self.attempt = attempt


class NotFound(CatalogueError):
    """No such class, concept, image, model, space or job."""


class Locked(CatalogueError):
    """Another process kept the catalogue busy for the whole timeout."""


class Unusable(CatalogueError):
    """The file is not a catalogue, is damaged, or comes from a newer version."""


class ArtefactError(CatalogueError):
    """An artefact file is missing, damaged, or its path leaves the root."""
