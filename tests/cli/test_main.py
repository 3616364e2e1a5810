"""The whole command line: help with examples, documented commands, exit statuses, global options anywhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import sxai as package
from sxai.cli import cli, main
from sxai.cli.shell import FLAGS, VALUED, hoist

README = Path(__file__).resolve().parents[2] / "README.md"


def commands(group=None, path=()):
    """Every command as (words, command)."""
    for name, command in (group or typer.main.get_command(cli)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())
NAMES = [" ".join(words) for words in COMMANDS]


def test_all_verbs_of_the_contract_are_there():
    wanted = {
        "demo",
        "import",
        "model add",
        "model train",
        "model list",
        "mask from-keypoints",
        "mask from-parts",
        "mask import",
        "mask list",
        "space extract",
        "space fit",
        "space list",
        "space show",
        "space use",
        "assess",
        "search",
        "status",
        "app",
    }
    assert wanted <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_help_of_every_command_shows_an_example_that_calls_it(sxai, name):
    outcome = sxai(*name.split(), "--help")
    assert outcome.status == 0
    example = " ".join(outcome.out.split()).partition("Example: ")[2]
    assert re.match(rf"sxai( --home \S+)? {name}\b", example), outcome.out


@pytest.mark.parametrize("words", list(COMMANDS), ids=NAMES)
def test_examples_are_commands_that_parse(words):
    import shlex

    example = shlex.split(COMMANDS[words].epilog.removeprefix("Example: sxai "))
    given = hoist(example)
    while given[0] in VALUED:
        given = given[2:]
    given = [word for word in given if word not in FLAGS]
    command = COMMANDS[words]
    with command.make_context(words[-1], given[len(words) :]) as context:
        assert context.params is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_option_and_command_is_explained(name):
    command = COMMANDS[tuple(name.split())]
    assert command.help
    assert [item.name for item in command.params if item.param_type_name == "option" and not item.help] == []


def test_the_version_is_printed_alone(sxai):
    outcome = sxai("--version")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{package.__version__}\n", "")


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["--json"],
        ["nonsense"],
        ["model"],
        ["search"],
        ["import"],
        ["space", "extract"],
        ["status", "--home"],
        ["search", "x", "--limit", "-1"],
        ["search", "x", "--limit", "many"],
        ["status", "--colour"],
        ["--seed", "x", "status"],
        ["mask", "from-keypoints", "k.json"],
        ["jobs", "--cancel", "x"],
        ["mask", "from-keypoints", "k", "--class", "cat", "--concept", "eyes", "--points", "eye", "--require", "al"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_with_status_two_and_touches_nothing(sxai, tmp_path, monkeypatch, wrong):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "home"))
    outcome = sxai(*wrong)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.strip()
    assert "Traceback" not in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_what_fails_is_one_line_with_status_one(sxai, tmp_path):
    outcome = sxai("--home", tmp_path, "assess", "cat.jpg", "--json", "-q")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("sxai: this project has no network yet")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--home", "HOME", "--json", "status"],
        ["status", "--json", "--home", "HOME"],
        ["--json", "status", "--home=HOME"],
        ["--home", "HOME", "status", "-q", "--json", "--device", "cpu", "--seed", "3"],
    ],
)
def test_global_options_may_stand_anywhere(sxai, tmp_path, arguments):
    outcome = sxai(*(word.replace("HOME", str(tmp_path / "here")) for word in arguments))
    assert outcome.status == 0
    assert outcome.json["home"] == str(tmp_path / "here")


def test_the_home_comes_from_the_environment(sxai, tmp_path, monkeypatch):
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "there"))
    assert sxai("status", "--json").json["home"] == str(tmp_path / "there")


def test_options_of_one_call_do_not_leak_into_the_next(sxai, tmp_path, monkeypatch):
    monkeypatch.setenv("SXAI_HOME", str(tmp_path / "default"))
    sxai("--home", tmp_path / "other", "status", "--json")
    outcome = sxai("status")
    assert str(tmp_path / "default") in outcome.out
    assert not outcome.out.startswith("{")


def test_an_interruption_is_one_line(sxai, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sxai.images.verbs.import_.import_images", interrupted)
    outcome = sxai("--home", tmp_path, "import", tmp_path)
    assert (outcome.status, outcome.err) == (1, "sxai: interrupted; what was finished is kept.\n")


def test_a_message_of_many_lines_becomes_one(sxai, tmp_path, monkeypatch):
    from sxai.errors import QueryError

    def fails(*_, **__):
        raise QueryError("cat.eyes >\n          ^ expected a number")

    monkeypatch.setattr("sxai.search.verbs.search.search", fails)
    outcome = sxai("--home", tmp_path, "search", "cat.eyes >")
    assert (outcome.status, outcome.err) == (1, "sxai: cat.eyes > ^ expected a number\n")


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "sxai", *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_a_real_process_keeps_results_and_progress_apart(tmp_path):
    from PIL import Image

    (tmp_path / "pets" / "cat").mkdir(parents=True)
    Image.new("RGB", (8, 8), (200, 10, 10)).save(tmp_path / "pets" / "cat" / "a.png")
    (tmp_path / "pets" / "cat" / "b.png").write_bytes(b"broken")
    done = run("--home", tmp_path / "home", "import", tmp_path / "pets", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["imported"] == 1
    assert done.stderr.splitlines() == ["import: 2"]


def test_a_real_process_fails_with_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    failed = run("--home", tmp_path / "file", "status", "--json")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("sxai: cannot open the project")
    assert failed.stderr.count("\n") == 1


def test_the_console_script_is_this_function():
    import tomllib

    project = tomllib.loads((README.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"]["sxai"] == f"{main.__module__}:{main.__name__}"


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (RuntimeError("of nobody's making"), "RuntimeError: of nobody's making"),
        (RecursionError("maximum recursion depth exceeded"), "RecursionError"),
        (MemoryError(), "needs more memory"),
        (UnicodeEncodeError("utf-8", "caf\udce9", 3, 4, "surrogates not allowed"), "UnicodeEncodeError"),
    ],
)
def test_the_unforeseen_is_one_line_and_details_are_told_on_request(sxai, monkeypatch, problem, words):
    def fails(_project):
        raise problem

    monkeypatch.setattr("sxai.overview.overview", fails)
    outcome = sxai("status")
    assert outcome.status == 1
    assert words in outcome.err
    assert outcome.err.count("\n") == 1
    detailed = sxai("-v", "status")
    assert ("Traceback" in detailed.err) == (not isinstance(problem, MemoryError))
