"""Serve the app: ``python -m widgets.serve --server.port 8501`` (the options are Streamlit's).

The same as ``streamlit run app.py``, but for one thing: until a first visitor has come, Streamlit takes the folder
``pages`` for its older kind of pages, and an address such as /mask is greeted with "page not found".
"""

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import cli

APP = Path(__file__).resolve().parents[1] / "app.py"


def main(options: list[str]) -> None:
    """Run Streamlit until it is stopped."""
    PagesManager.uses_pages_directory = False
    sys.argv = ["streamlit", "run", str(APP), *options]
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
