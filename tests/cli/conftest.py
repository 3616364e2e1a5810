"""Commands called in this process: quick, and with both streams at hand."""

import json
from dataclasses import dataclass

import pytest

from sxai.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit status and both streams."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        """Standard output as exactly one JSON document, which has only finite numbers."""

        def refuse(name):
            raise ValueError(f"{name} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def sxai(capsys):
    """Runs ``sxai …``."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture
def on_demo(sxai, demo_home):
    """Runs ``sxai … --json`` on a small demo project; gives the document."""

    def run(*arguments):
        outcome = sxai(*arguments, "--home", demo_home, "--device", "cpu", "--json")
        assert outcome.status == 0, outcome.err
        return outcome.json

    return run
