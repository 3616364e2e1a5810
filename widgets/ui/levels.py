"""How verdicts look: the icon and colour of each level and gate. Importing this loads nothing heavy."""

from collections.abc import Mapping
from typing import Any

from sxai.assess.levels import TITLES

LOOKS: Mapping[str, tuple[str, Any]] = {
    "sure": (":material/verified:", "green"),
    "probably": (":material/thumb_up:", "blue"),
    "unsure": (":material/help:", "orange"),
    "cannot-see": (":material/visibility_off:", "orange"),
    "unknown": (":material/question_mark:", "gray"),
    "tampered": (":material/gpp_maybe:", "red"),
    "unfamiliar": (":material/travel_explore:", "red"),
}

LEVELS: Mapping[str, tuple[str, str, Any]] = {level: (title, *LOOKS[level]) for level, title in TITLES.items()}
"""Title, icon and colour of each level."""

GATES: Mapping[bool | None, tuple[str, Any]] = {
    True: (":material/check:", "gray"),
    False: (":material/close:", "red"),
    None: (":material/remove:", "gray"),
}
"""Icon and colour of a gate that let the picture pass, stopped it, or could not be asked."""
