"""The documents as a site: ``make docs`` writes it to ``build/docs``. Nothing in it asks another host for anything."""

import json
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from myst_parser.parsers.sphinx_ import MystParser
from sphinx.application import Sphinx

from sxai.version import __version__

project = "sxai"
author = copyright = "the authors of sxai"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False

html_theme = "furo"
html_title = f"sxai {release}"
html_logo = html_favicon = "../widgets/ui/assets/logo.svg"
html_copy_source = False
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0072b2", "color-brand-content": "#0069a3"},
    "dark_css_variables": {"color-brand-primary": "#56b4e9", "color-brand-content": "#6fbdec"},
}


class NotebookParser(MystParser):
    """Reads a notebook as its text and its code."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse the cells as one Markdown document."""
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(inputstring)["cells"]]
        text = [source if kind == "markdown" else f"```python\n{source}\n```" for kind, source in cells]
        super().parse("\n\n".join(text), document)


def _inline(writer: Any, node: nodes.Element) -> None:
    writer.body.append(latex2mathml.tex2mathml(node.astext()))
    raise nodes.SkipNode


def _display(writer: Any, node: nodes.Element) -> None:
    writer.body.append(f'<div class="math">{latex2mathml.tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Equations as MathML, which browsers draw by themselves, and notebooks as pages."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
