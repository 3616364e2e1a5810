"""sxai opens up image classifiers: semantic spaces, semantic probabilities, and trust in plain words.

>>> import sxai                                   # doctest: +SKIP
>>> project = sxai.open("~/.sxai")                # doctest: +SKIP
>>> project.assess("cat.jpg").sentence            # doctest: +SKIP
'I am sure it is a cat mainly because it has vivid eyes, which are obviously a cat’s eyes.'
"""

import os
from typing import TYPE_CHECKING, Any

# Read once, when torch's thread pool loads: idle threads sleep instead of spinning, so that the app, its workers and
# whatever else runs do not take each other's cores (features come out up to six times faster on a busy machine).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from sxai.errors import SxaiError
from sxai.version import __version__

if TYPE_CHECKING:
    from sxai.project.project import Project

    open = Project.open

__all__ = ["Project", "SxaiError", "__version__", "open"]


def __getattr__(name: str) -> Any:
    """The project is loaded on first use, so that ``import sxai`` does not wait for the catalogue."""
    if name in ("Project", "open"):
        from sxai.project.project import Project

        return Project if name == "Project" else Project.open
    raise AttributeError(f"module 'sxai' has no attribute '{name}'")
