"""The build step that takes the app into the wheel: it lies in ``sxai/_app``, so that nothing else is at top level."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

APP = ("app.py", "pages", "widgets", ".streamlit")
"""What ``sxai app`` serves, from the top level of a checkout."""


class BuildWithApp(build_py):
    """Build the library, and copy the app into it."""

    def run(self) -> None:
        """Build anew: what an earlier build left would come along."""
        if self.editable_mode:
            super().run()
            return
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        target = Path(self.build_lib) / "sxai" / "_app"
        target.mkdir(parents=True)
        for name in APP:
            if Path(name).is_dir():
                shutil.copytree(name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(name, target / name)


setup(cmdclass={"build_py": BuildWithApp})
