"""Everything that sxai raises on purpose.

::

    SxaiError
    ├── ImageError           a picture cannot be used
    │   ├── UnreadableImage      not an image, damaged, or a format that is not offered
    │   └── ImageTooLarge        above the pixel or byte limit
    ├── ImportFailed         a folder or archive cannot be imported at all
    ├── ModelError           a network cannot be built, loaded or used
    │   ├── UnknownBackbone      no such name in the registry
    │   └── WeightsError         a weights file is damaged, unsafe or does not fit
    ├── MaskError            a concept mask cannot be made, read or saved
    │   └── EditConflict         somebody else changed the mask meanwhile
    ├── SpaceError           a semantic space cannot be extracted or used
    │   └── TooFewMasks          fewer masked images than a space needs
    ├── QueryError           a search query that does not parse or names something unknown
    ├── UnknownName          no such class, concept, model, space, image or job in this project
    ├── ProjectError         the project's home cannot be opened or is in the wrong state
    └── Cancelled            the person asked a running job to stop

Each message says what was wrong, the value, and what to do next.
"""


class SxaiError(Exception):
    """Root of the tree: catch this to catch everything that sxai raises on purpose."""


class ImageError(SxaiError):
    """A picture cannot be used."""


class UnreadableImage(ImageError):
    """Not an image, damaged, or a format that is not offered."""


class ImageTooLarge(ImageError):
    """Above the pixel or byte limit."""


class ImportFailed(SxaiError):
    """A folder or archive cannot be imported at all."""


class ModelError(SxaiError):
    """A network cannot be built, loaded or used."""


class UnknownBackbone(ModelError):
    """No such name in the registry."""


class WeightsError(ModelError):
    """A weights file is damaged, unsafe or does not fit the network."""


class MaskError(SxaiError):
    """A concept mask cannot be made, read or saved."""


class EditConflict(MaskError):
    """Somebody else changed the mask since it was read."""


class SpaceError(SxaiError):
    """A semantic space cannot be extracted or used."""


class TooFewMasks(SpaceError):
    """Fewer masked images than a semantic space needs."""


class QueryError(SxaiError):
    """A search query that does not parse or names something unknown."""


class UnknownName(SxaiError):
    """No such class, concept, model, space, image or job in this project."""


class ProjectError(SxaiError):
    """The project's home cannot be opened or is in the wrong state."""


class Cancelled(SxaiError):
    """The person asked a running job to stop."""
