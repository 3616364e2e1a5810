"""The levels of a verdict. Importing this loads nothing heavy."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Level = Literal["sure", "probably", "unsure", "cannot-see", "unknown", "tampered", "unfamiliar"]

LEVELS: tuple[Level, ...] = get_args(Level)
"""Every level, the strongest first."""

TITLES: Mapping[str, str] = MappingProxyType(
    {
        "sure": "Sure",
        "probably": "Probably",
        "unsure": "Not sure",
        "cannot-see": "Cannot see it",
        "unknown": "No space to judge with",
        "tampered": "Perhaps tampered with",
        "unfamiliar": "Unfamiliar picture",
    }
)
"""Every level as it is shown."""
