"""A person's own project, from pictures to a network in one form."""

from pathlib import Path
from typing import Any

import streamlit as st

from sxai import jobs
from sxai.errors import ImportFailed, ProjectError
from sxai.networks.verbs.networks import BackboneChoice, backbone_choices, check_weights, downloads
from sxai.project.homes import describe, own_home, projects
from sxai.project.project import Project
from sxai.spaces.verbs.stored import list_spaces
from widgets.jobs.work import RUNNING
from widgets.project import networks
from widgets.ui import session
from widgets.ui.session import boundary
from widgets.ui.uploads import KINDS, LONGEST_NAME, local_path, store_uploads

SOURCES = ["A zip of class folders", "A folder on this machine", "Single pictures", "Oxford-IIIT Pet"]
HINTS = {
    SOURCES[0]: "One folder for each class; train and val folders above them are kept as splits.",
    SOURCES[1]: "The same, without uploading: the path of a folder that this machine can read.",
    SOURCES[2]: "Pictures of one class; more classes can follow on the Samples page.",
    SOURCES[3]: "7,349 photographs of 37 breeds, downloaded by torchvision (800 MB). Needs a network connection.",
}
ORIGIN = {
    "built-in": "comes with sxai",
    "imagenet": "ImageNet weights, downloaded once",
    "file": "needs a weights file",
}


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
            st.switch_page("pages/start/home.py")


def form() -> None:
    """Everything that is needed, on one page, with one button."""
    with boundary():
        st.subheader("Project")
        name = st.text_input("Name", value=_suggested(), max_chars=64, key="start-name", width=360)
        st.subheader("Pictures")
        source = st.radio("Where they are", SOURCES, captions=list(HINTS.values()), key="start-source")
        pictures = _pictures(source)
        st.subheader("Network")
        network = _network()
        if st.button("Create the project", type="primary", icon=":material/arrow_forward:", key="start-go"):
            _create(name, source, pictures, network)


def _suggested() -> str:
    taken = {home.name for home in projects(session.root()) if not home.empty}
    return next(name for name in ("My project", *(f"My project {n}" for n in range(2, 100))) if name not in taken)


def _pictures(source: str) -> dict[str, Any]:
    if source == SOURCES[0]:
        return {"uploads": st.file_uploader("Zip", type=["zip"], key="start-zip")}
    if source == SOURCES[1]:
        return {"path": st.text_input("Folder", placeholder="/data/pets", key="start-folder")}
    if source == SOURCES[2]:
        files = st.file_uploader("Pictures", type=KINDS, accept_multiple_files=True, key="start-files")
        named = st.text_input("Their class", placeholder="cat", key="start-class", max_chars=LONGEST_NAME)
        return {"uploads": files, "class_name": named}
    return {}


def _network() -> dict[str, Any]:
    described = {choice.name: _described(choice) for choice in backbone_choices()}
    name, choice = networks.backbone_field("start", described)
    if choice is None:
        return {"backbone": name, "weights": networks.weights_field("start", choice)}
    if choice.weights == "file":
        return {"backbone": name, "weights": st.text_input("Weights file", key="start-weights") or None}
    return {"backbone": name, "weights": None}


def _described(choice: BackboneChoice) -> str:
    return f"{choice.name}: {choice.description} ({ORIGIN.get(choice.weights, choice.weights)})"


def _create(name: str, source: str, pictures: dict[str, Any], network: dict[str, Any]) -> None:
    """Create the project, start adding its network and importing, and open it; invalid input is reported before."""
    _check(source, pictures)
    home = _home(name)
    if not downloads(network["backbone"], network["weights"]):
        with st.spinner("Checking the weights of the network"):
            check_weights(network["backbone"], network["weights"])
    project = session.opened(str(home))
    jobs.start(project, "model", {"name": networks.named_after(network["backbone"]), **network})
    if source == SOURCES[3]:
        jobs.start(project, "download", {"name": "OxfordIIITPet"})
    else:
        jobs.start(
            project, "import", {"path": str(_path(project, pictures)), "class_name": pictures.get("class_name") or None}
        )
    session.choose(home)
    st.switch_page("pages/start/home.py")


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


def _check(source: str, pictures: dict[str, Any]) -> None:
    """Nothing is made before there is something to import."""
    if "path" in pictures and not (pictures["path"].strip() and local_path(pictures["path"]).exists()):
        raise ImportFailed(f"there is no folder '{pictures['path']}' on this machine. Check the path.")
    if "uploads" in pictures and not pictures["uploads"]:
        raise ImportFailed("nothing was uploaded. Choose a zip of class folders, or pictures of one class.")
    if source == SOURCES[2] and not pictures["class_name"].strip():
        raise ImportFailed("the pictures have no class. Say what they show, for example cat.")


def _path(project: Project, pictures: dict[str, Any]) -> Path:
    if "path" in pictures:
        return local_path(pictures["path"])
    uploads = pictures["uploads"]
    files = uploads if isinstance(uploads, list) else [uploads]
    return store_uploads(project, files, pictures.get("class_name"))
