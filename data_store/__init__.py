"""A project's catalogue and its files. Stands alone: it stores arrays, parameters and text."""

from data_store.artefacts import Artefacts
from data_store.catalogue import Catalogue
from data_store.errors import ArtefactError, CatalogueError, Conflict, Locked, NotFound, Unusable

__all__ = ["ArtefactError", "Artefacts", "Catalogue", "CatalogueError", "Conflict", "Locked", "NotFound", "Unusable"]
