"""Where each page of the app lies, and how the pages are grouped: by what a person wants."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

HOME = "start/home"


@dataclass(frozen=True)
class Listed:
    """A page in the navigation: its file below ``pages``, title, icon and what it is for, in a few words."""

    file: str
    title: str
    icon: str
    purpose: str

    @property
    def address(self) -> str:
        """The last part of its address: the name of its file, with hyphens."""
        return self.file.rpartition("/")[2].replace("_", "-")


GROUPS: Mapping[str, tuple[Listed, ...]] = {
    "": (Listed(HOME, "Start", ":material/home:", "One example, and the path to your own"),),
    "Trust": (
        Listed("trust/assess", "Assess", ":material/fact_check:", "How far a prediction can be trusted, and why"),
        Listed("trust/search", "Search", ":material/manage_search:", "Find images by what they show"),
        Listed("trust/attacks", "Attacks", ":material/bolt:", "Attack pictures and see what is noticed"),
        Listed("trust/report", "Report", ":material/description:", "Many verdicts on one page or on paper"),
    ),
    "Concepts": (
        Listed("concepts/mask", "Mask", ":material/ink_selection:", "Show what a concept looks like"),
        Listed("concepts/spaces", "Spaces", ":material/scatter_plot:", "The neurons that carry each concept"),
        Listed("concepts/scoreboard", "Scoreboard", ":material/leaderboard:", "How good each space is"),
    ),
    "Data": (
        Listed("data/samples", "Samples", ":material/photo_library:", "All pictures, their classes and splits"),
        Listed("data/networks", "Networks", ":material/network_node:", "Networks, their training and accuracy"),
        Listed("data/jobs", "Jobs", ":material/hourglass_top:", "What runs and what ran"),
        Listed("data/new_project", "New project", ":material/add_circle:", "Your own pictures and network"),
    ),
    "Lab": (
        Listed("lab/traits", "Traits", ":material/join_inner:", "What the pictures of a class have in common"),
        Listed("lab/distributions", "Distributions", ":material/area_chart:", "Where P comes from"),
        Listed("lab/vectors", "Vectors", ":material/hub:", "How concepts and classes relate"),
        Listed("lab/auto_concepts", "Auto concepts", ":material/auto_awesome:", "Concepts found without masks"),
        Listed("lab/occluders", "Occluders", ":material/blur_on:", "What must be covered to fool a class"),
        Listed("lab/compare", "Compare", ":material/compare_arrows:", "Two networks side by side"),
    ),
}
"""The pages in the order of the navigation; the start page stands alone."""


def file_of(name: str) -> str:
    """The file of a page, for links and switches.

    >>> file_of("trust/assess")
    'pages/trust/assess.py'
    """
    return f"pages/{name}.py"


def listed_at(address: str) -> Listed:
    """The page at an address; the start page at any other."""
    pages = [page for group in GROUPS.values() for page in group]
    return next((page for page in pages if page.file != HOME and page.address == address), pages[0])


def navigation() -> dict[str, list[st.Page]]:
    """The pages as Streamlit's navigation takes them."""
    return {
        group: [
            st.Page(file_of(page.file), title=page.title, icon=page.icon, default=True)
            if page.file == HOME
            else st.Page(file_of(page.file), title=page.title, icon=page.icon, url_path=page.address)
            for page in pages
        ]
        for group, pages in GROUPS.items()
    }
