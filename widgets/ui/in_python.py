"""The same as on this page, in Python, and the page's own address: one click away on every page."""

from collections.abc import Mapping

import streamlit as st

from sxai.project.project import Project

SNIPPETS: Mapping[str, str] = {
    "start/home": "print(project.status())",
    "trust/assess": 'assessment = project.assess("picture.jpg")\nprint(assessment.verdict)',
    "trust/search": 'found = project.search("cat.eyes > 0.9")\nprint(found)',
    "trust/attacks": (
        "from sxai import attacks\n\nattacked = attacks.attack_image(project, 1)\ntable = attacks.attack_table(project)"
    ),
    "trust/report": 'from sxai import assess\n\nassess.write_report(project, "report")',
    "concepts/mask": (
        'from sxai import masks\n\nmasks.add_concept(project, "cat.eyes")\n'
        'masks.save_labels(project, 1, "cat.eyes", [7, 8])\nmasks.import_masks(project, "annotations.json")'
    ),
    "concepts/spaces": 'project.extract(["cat.eyes"])\nprint(project.spaces)',
    "concepts/scoreboard": "from sxai import spaces\n\nboard = spaces.score_spaces(project)",
    "data/samples": (
        'from sxai import images\n\nproject.import_images("photographs")\nimages.move_images(project, ["1"], "dog")'
    ),
    "data/networks": 'project.add_model("squeezenet", "squeezenet1_1")\nproject.train("squeezenet")',
    "data/jobs": (
        'from sxai import jobs\n\njobs.start(project, "traits", {"class_name": "cat"})\nprint(project.catalogue.jobs())'
    ),
    "data/new_project": 'project.import_images("photographs")\nproject.add_model("squeezenet", "squeezenet1_1")',
    "lab/traits": 'from sxai import traits\n\ncat = traits.common_traits(project, "cat")',
    "lab/distributions": 'from sxai import spaces\n\ndetail = spaces.distribution_detail(project, "cat.eyes")',
    "lab/vectors": "from sxai import vectors\n\nfound = vectors.semantic_vectors(project)",
    "lab/auto_concepts": (
        "from sxai import prototypes\n\nprototypes.train_concepts(project)\nnames = prototypes.propose_names(project)"
    ),
    "lab/occluders": "from sxai import occluders\n\nlearned = occluders.learn_occluders(project)",
    "lab/compare": 'from sxai import comparison\n\nboth = comparison.compare_models(project, "pets", "pets-brief")',
}
"""What each page does, with the verbs that it calls itself."""


def code(file: str, home: str) -> str:
    """A program that does what a page does, on the project in ``home``.

    >>> print(code("start/home", "/data/pets"))
    import sxai
    <BLANKLINE>
    project = sxai.open("/data/pets")
    print(project.status())
    """
    imports, _, body = SNIPPETS[file].rpartition("\n\n")
    head = f"import sxai\n{imports}\n" if imports else "import sxai\n"
    return f'{head}\nproject = sxai.open("{home}")\n{body}'


def popover(project: Project, file: str) -> None:
    """The program of a page and its address, both with a button that copies them."""
    if file not in SNIPPETS:
        return
    with st.popover("In Python", icon=":material/code:", type="tertiary", key="in-python"):
        st.caption("The same as on this page:")
        st.code(code(file, str(project.home)), language="python")
        st.caption("This page, as it is now:")
        st.code(_address(), language=None)


def _address() -> str:
    """The address of what is on the screen, with what was chosen."""
    query = "&".join(f"{name}={value}" for name, value in st.query_params.items())
    url = str(st.context.url or "").partition("?")[0]
    return f"{url}?{query}" if query else url
