"""The app's server as a person starts it at a terminal."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_nobody_is_asked_for_an_address_where_streamlit_never_ran(tmp_path):
    """With a display and an empty home Streamlit would ask at the terminal, and wait."""
    environment = {**os.environ, "HOME": str(tmp_path), "DISPLAY": ":0"}
    command = "from streamlit.runtime.credentials import check_credentials; check_credentials(); print('started')"
    asked = subprocess.run(
        [sys.executable, "-c", command],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout == "started\n", asked.stdout + asked.stderr
