"""What every command shares: global options, progress on standard error, results on standard output."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sxai.project.project import Project


@dataclass
class Settings:
    """The global options of this call."""

    home: Path | None = None
    device: str = "auto"
    seed: int = 0
    json: bool = False
    quiet: bool = False
    verbose: bool = False


settings = Settings()


VALUED = ("--home", "--device", "--seed")
FLAGS = ("--json", "-q", "--quiet", "-v", "--verbose")


def hoist(arguments: list[str]) -> list[str]:
    """Move global options to the front, so that they may stand anywhere before a bare ``--``.

    >>> hoist(["search", "dog.nose > 0.9", "--json", "--home", "here"])
    ['--json', '--home', 'here', 'search', 'dog.nose > 0.9']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in FLAGS or argument.startswith(tuple(f"{name}=" for name in VALUED)):
            front.append(argument)
        elif argument in VALUED:
            front += [argument, *[value for value in [next(waiting, None)] if value is not None]]
        else:
            rest.append(argument)
    return front + rest


class Meter:
    """Progress on standard error: one line that is rewritten on a terminal, one line a stage elsewhere."""

    def __init__(self) -> None:
        self.stage, self.began, self.drawn = "", time.monotonic(), 0.0
        self.live = sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int, detail: dict[str, object] | None = None) -> None:
        if settings.quiet:
            return
        if stage != self.stage:
            self.stage, self.began = stage, time.monotonic()
            if not self.live:
                sys.stderr.write(f"{stage}: {total}\n")
        if self.live and (time.monotonic() - self.drawn > 0.1 or done == total):
            self.drawn = time.monotonic()
            sys.stderr.write("\r\x1b[K" + self._line(done, total) + ("\n" if done == total else ""))
            sys.stderr.flush()

    def _line(self, done: int, total: int) -> str:
        elapsed = time.monotonic() - self.began
        left = f", {elapsed / done * (total - done):.0f} s left" if 0 < done < total else ""
        return f"{self.stage}: {done} of {total}{left}"


@contextmanager
def opened_project() -> Iterator["Project"]:
    """The project that the global options name."""
    from sxai.project.project import Project

    with Project.open(settings.home, settings.device, settings.seed) as project:
        yield project


def say(result: Any, text: Callable[[Any], str]) -> None:
    """Print a result: as JSON when asked (numbers that are not finite become null), as text for people otherwise."""
    from data_store.columns import to_json

    document = asdict(result) if is_dataclass(result) and not isinstance(result, type) else result
    typer.echo(to_json(_without_paths(document)) if settings.json else text(document))


def _without_paths(value: Any) -> Any:
    """The same document with paths as text."""
    if isinstance(value, dict):
        return {key: _without_paths(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_paths(item) for item in value]
    return str(value) if isinstance(value, Path) else value
