"""What stands at the door is light: nothing heavy is imported before a verb needs it."""

import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

from sxai.jobs.verbs import VERBS

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "PIL",
    "matplotlib",
    "numpy",
    "pandas",
    "plotly",
    "scipy",
    "skimage",
    "sklearn",
    "sqlalchemy",
    "streamlit",
    "torch",
}
QUIET = "import contextlib, io, sys; sys.argv[0] = 'sxai'\nwith contextlib.redirect_stdout(io.StringIO()):\n    {}\n"
GROUPS = ("attack", "mask", "model", "occlude", "probability", "proto", "space", "traits", "vector")


def loaded_after(code: str) -> set[str]:
    """The heavy packages that a fresh Python has loaded after ``code``."""
    script = f"{QUIET.format(code)}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split()) & HEAVY


def command(*arguments: str) -> str:
    return f"from sxai.cli import main; main({list(arguments)!r})"


@pytest.mark.parametrize(
    "code",
    [
        "import sxai",
        "import sxai.jobs.launch",
        command("--version"),
        command("--help"),
        *(command(group, "--help") for group in GROUPS),
        command("space", "extract", "--help"),
        command("nonsense"),
    ],
)
def test_nothing_heavy_is_loaded_before_a_verb_needs_it(code: str) -> None:
    assert loaded_after(code) == set()


def test_completion_offers_the_commands_of_a_group_and_loads_nothing_heavy() -> None:
    script = "import sys; from sxai.cli import main; sys.argv[0] = 'sxai'\ntry:\n    main([])\nfinally:\n"
    script += "    print('|', *{name.split('.')[0] for name in sys.modules})"
    asked = {"_SXAI_COMPLETE": "complete_bash", "COMP_WORDS": "sxai mask ", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT, env={"PATH": "", **asked}
    )
    offered, _, names = done.stdout.partition("|")
    assert {"export", "import", "history"} <= set(offered.split())
    assert not set(names.split()) & HEAVY


def test_python_m_sxai_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sxai", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == resolve_name("sxai.version:__version__")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_a_job_is_there(verb: str) -> None:
    assert callable(resolve_name(VERBS[verb]))


def test_a_worker_loads_only_what_its_verb_needs() -> None:
    code = "from sxai.jobs.verbs import verb_named; verb_named('import')"
    assert not loaded_after(code) & {"torch", "sklearn", "streamlit", "plotly"}


TOPICS = sorted(path.parent.name for path in (ROOT / "sxai").glob("*/__init__.pyi"))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_shows_its_verbs_and_loads_them_when_they_are_used(topic: str) -> None:
    face = resolve_name(f"sxai.{topic}")
    assert 2 <= len(face.__all__) <= 30
    assert all(getattr(face, name).__module__.startswith(f"sxai.{topic}.verbs") for name in face.__all__)
    assert loaded_after(f"import sxai.{topic}") == set()
