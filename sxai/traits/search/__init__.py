"""Search for the combination of superpixels that a network takes most surely for a class."""

from sxai.traits.search.landscape import compose
from sxai.traits.search.running import search, search_each
from sxai.traits.search.settings import Combination, SearchSettings

__all__ = ["Combination", "SearchSettings", "compose", "search", "search_each"]
