"""Which networks of a person's own code may be imported: only those allowed by name.

A backbone such as ``nets:make`` may come from anywhere: typed in a page, or stored in a project that somebody else
made. Importing it runs code, so that the person who starts the process must have allowed this very name.
"""

import os
import re

from sxai.errors import ModelError

ALLOW_LIST = "SXAI_OWN_NETWORKS"
"""The environment variable with the allowed names, separated by commas."""
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_allowed: set[str] = set()


def allow_own_network(name: str) -> None:
    """Allow ``module:factory`` to be imported and called in this process; ModelError for a name of another form."""
    _check_form(name)
    _allowed.add(name)


def check_allowed(name: str) -> None:
    """Whether ``module:factory`` may be imported; ModelError with the way to allow it otherwise."""
    _check_form(name)
    listed = {entry.strip() for entry in os.environ.get(ALLOW_LIST, "").split(",")}
    if name not in _allowed | listed:
        raise ModelError(
            f"{name} is code of your own, which runs only when its name is allowed. If you trust it, set the "
            f"environment variable {ALLOW_LIST}={name} before sxai is started (more names: separated by commas)."
        )


def _check_form(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name[:80]!r} does not name a network: write module:factory, for instance nets:make, with letters, "
            "digits, underscores and dots."
        )
