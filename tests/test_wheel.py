"""The wheel: it carries the app, nothing but the two packages lies at top level, and ``sxai app`` serves from it."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.browser.serving import free_port

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("sxai", "data_store", "widgets", "pages", ".streamlit", "app.py", "setup.py", "MANIFEST.in", "LICENSE")
SOURCES += ("NOTICE", "README.md", "pyproject.toml", *(path.name for path in ROOT.glob("requirements*.txt")))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of the sources so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / "source").mkdir(exist_ok=True)
            shutil.copy2(ROOT / name, folder / "source" / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(folder / "source")]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(folder.glob("sxai-*.whl"))


def test_only_the_two_packages_lie_at_top_level(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sxai", "data_store"}
    assert not [name for name in names if "__pycache__" in name]


def test_everything_that_is_served_or_read_is_in_it(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    app = [ROOT / "app.py", ROOT / ".streamlit" / "config.toml"]
    app += [path for top in ("pages", "widgets") for path in (ROOT / top).rglob("*") if path.is_file()]
    carried = {f"sxai/_app/{path.relative_to(ROOT)}" for path in app if "__pycache__" not in path.parts}
    library = [path for top in ("sxai", "data_store") for path in (ROOT / top).rglob("*") if path.is_file()]
    carried |= {str(path.relative_to(ROOT)) for path in library if "__pycache__" not in path.parts}
    assert carried - names == set()
    assert any(name.endswith("licenses/NOTICE") for name in names)


def test_the_app_of_an_unpacked_wheel_starts_where_nothing_was_set_up(wheel, tmp_path):
    """An empty HOME and a display: Streamlit would ask for an e-mail address here, and wait."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "xdg-open").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "xdg-open").chmod(0o755)
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "DISPLAY": ":0", "OMP_NUM_THREADS": "1"}
    environment |= {"PYTHONPATH": str(tmp_path / "site"), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    port, log = free_port(), tmp_path / "app.log"
    command = [sys.executable, "-m", "sxai", "--home", str(tmp_path / "project"), "app", "--port", str(port)]
    with log.open("wb") as out:
        served = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        assert _answer(served, f"http://127.0.0.1:{port}/_stcore/health") == 200, log.read_text()
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(timeout=20)


def test_the_library_of_an_unpacked_wheel_is_the_one_that_serves(wheel, tmp_path):
    """The app folder comes first, so that pages and widgets are those of the wheel."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "from sxai.cli.project import _app_folder; print(_app_folder())"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(asked.stdout.strip()) == tmp_path / "site" / "sxai" / "_app"


def _answer(served: subprocess.Popen, address: str) -> int | None:
    """The status that the server answers with; None when it stopped or does not answer within a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until and served.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                return answer.status
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return None
