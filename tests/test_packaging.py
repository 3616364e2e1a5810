"""What goes with the code: notices, the citation, and the image for containers."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from sxai.version import __version__

ROOT = Path(__file__).resolve().parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def citation():
    return yaml.safe_load(text("CITATION.cff"))


def test_every_requirement_has_its_licence_in_the_notice():
    asked = {line.split("==")[0] for line in text("requirements.txt").split()}
    listed = re.findall(r"^  ([a-z0-9-]+) {2,}\S", text("NOTICE"), re.MULTILINE)
    assert listed == sorted(asked)


def test_the_citation_has_what_its_schema_asks_for(citation):
    assert citation["cff-version"] == "1.2.0"
    assert all(citation[key] for key in ("message", "title", "authors"))
    assert citation["type"] in ("software", "dataset")
    assert str(citation["version"]) == __version__
    assert citation["license"] == tomllib.loads(text("pyproject.toml"))["project"]["license"]
    for reference in citation["references"]:
        assert all(reference[key] for key in ("type", "title", "authors"))
        assert all({"family-names"} <= set(author) for author in reference["authors"])


def test_the_image_runs_as_a_user_with_a_health_check_and_a_volume():
    lines = text("Dockerfile").splitlines()
    user = lines.index("USER sxai")
    command = next(at for at, line in enumerate(lines) if line.startswith("CMD"))
    assert user < command
    assert json.loads(lines[command].removeprefix("CMD "))[:2] == ["sxai", "app"]
    assert any("/healthz" in line for line in lines)
    assert "VOLUME /home/sxai/.sxai" in lines


def test_whatever_the_image_copies_is_there_and_not_ignored():
    copied = [line.split()[1:-1] for line in text("Dockerfile").splitlines() if line.startswith("COPY")]
    kept = [line[1:] for line in text(".dockerignore").split() if line.startswith("!")]
    for name in [name for names in copied for name in names]:
        assert (ROOT / name).exists(), name
        assert any(Path(name).match(pattern) for pattern in kept), name


def test_compose_opens_the_port_to_this_machine_only():
    service = yaml.safe_load(text("compose.yaml"))["services"]["sxai"]
    assert service["ports"] == ["127.0.0.1:8501:8501"]
    assert service["volumes"] == ["home:/home/sxai/.sxai"]
