"""A person's own project, from pictures to a network in one form."""

from pathlib import Path
from typing import Any

import streamlit as st

from sxai import jobs
from sxai.errors import ImportFailed, ProjectError
from sxai.networks.verbs.at_hand import check_reachable, for_photographs, weights_at_hand
from sxai.networks.verbs.networks import BackboneChoice
from sxai.project.homes import describe, own_home, projects
from sxai.spaces.verbs.stored import list_spaces
from widgets.jobs.work import RUNNING
from widgets.project import intake, networks
from widgets.ui import session
from widgets.ui.pages import HOME, file_of
from widgets.ui.session import boundary

OXFORD = "Oxford-IIIT Pet"
SOURCES = {
    intake.HERE: "Class folders, a folder of one class, or pictures with a CSV or telling names. They are copied.",
    intake.UPLOAD: "Drop pictures, or a zip of class folders.",
    OXFORD: "7,349 photographs of 37 breeds, downloaded by torchvision (800 MB). Needs the internet.",
}
ORIGIN = {
    "built-in": "comes with sxai, trained on drawings: weak on photographs",
    "imagenet": "ImageNet weights, downloaded once",
    "file": "needs a weights file",
}
AT_HAND = "ImageNet weights, on this machine"


SPECIES = "Twenty species"


def species() -> None:
    """The larger demo: twenty classes, drawn on the first visit, then only opened."""
    home = own_home(session.root(), SPECIES)
    ready = not describe(home, SPECIES).empty
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="start-species"):
        st.markdown(
            f"**{SPECIES}**  \nTo see more than two classes at once: invented animals that share their parts, 2,000 "
            "drawn pictures and eighty concepts. Ready in about two minutes.",
            width="stretch",
        )
        if st.button("Open" if ready else "Prepare", icon=":material/category:", key="start-species-go"):
            project = session.opened(str(home))
            if not (list_spaces(project) or any(job.verb == "demo" for job in project.catalogue.jobs(states=RUNNING))):
                jobs.start(project, "demo", {"species": True})
            session.choose(home)
            st.switch_page(file_of(HOME))


def form() -> None:
    """Everything that is needed, on one page, with one button."""
    with boundary():
        st.header("Pictures")
        source = st.radio("Where they are", list(SOURCES), captions=list(SOURCES.values()), key="start-source")
        pictures = None if source == OXFORD else intake.choose("start", source)
        st.header("Network")
        network = _network()
        st.header("Project")
        name = st.text_input("Name", value=_suggested(), max_chars=64, key="start-name", width=360)
        if st.button("Create the project", type="primary", icon=":material/arrow_forward:", key="start-go"):
            _create(name, source, pictures, network)


def _suggested() -> str:
    taken = {home.name for home in projects(session.root()) if not home.empty}
    return next(name for name in ("My project", *(f"My project {n}" for n in range(2, 100))) if name not in taken)


def _network() -> dict[str, Any]:
    choices = for_photographs()
    described = {choice.name: _described(choice) for choice in choices}
    backbone, choice = networks.backbone_field("start", described, list(described))
    return {"backbone": backbone, "weights": networks.weights_field("start", choice)}


def _described(choice: BackboneChoice) -> str:
    known = choice.weights == "imagenet" and weights_at_hand(choice.name)
    return f"{choice.name}: {choice.description} ({AT_HAND if known else ORIGIN[choice.weights]})"


def _create(name: str, source: str, pictures: intake.Intake | None, network: dict[str, Any]) -> None:
    """Create the project, start adding its network and importing, and open it; invalid input is reported before."""
    if pictures is None and source != OXFORD:
        raise ImportFailed("there are no pictures yet. Choose a folder, or upload some.")
    home = _home(name)
    with st.spinner("Checking the weights of the network"):
        check_reachable(network["backbone"], network["weights"])
    if pictures is not None:
        pictures.check()
    project = session.opened(str(home))
    jobs.start(project, "model", {"name": networks.named_after(network["backbone"]), **network})
    if pictures is None:
        jobs.start(project, "download", {"name": "OxfordIIITPet"})
    else:
        jobs.start(project, "import", pictures.arguments(project))
    session.choose(home)
    st.switch_page(file_of(HOME))


def _home(name: str) -> Path:
    """The folder of a new project of that name: the root for the first one, if that is free."""
    root = session.root()
    taken = {home.path for home in projects(root) if not home.empty}
    first = own_home(root)
    if name == "My project" and first == root and root not in taken:
        return root
    chosen = own_home(root, name)
    if chosen in taken:
        raise ProjectError(f"there is already a project '{chosen.name}'. Choose another name.")
    return chosen
