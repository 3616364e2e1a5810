"""Start-up time of sxai: ``python -m benchmarks.door [--times 7]``.

CPU seconds (user and system) of a fresh process for help, version, completion and import; the median of several.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys

from benchmarks.pages import table

SHELL = {"_SXAI_COMPLETE": "complete_bash", "COMP_WORDS": "sxai mask ", "COMP_CWORD": "2"}
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "import typer": ["-c", "import typer"],
    "import sxai": ["-c", "import sxai"],
    "sxai --version": ["-m", "sxai", "--version"],
    "sxai --help": ["-m", "sxai", "--help"],
    "sxai space --help": ["-m", "sxai", "space", "--help"],
    "completion of sxai mask": ["-m", "sxai"],
}


def cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """User and system seconds of one Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], env=os.environ | environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door", description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=7, help="processes of which the median counts")
    times = parser.parse_args().times
    rows = []
    for name, arguments in COMMANDS.items():
        environment = SHELL if name.startswith("completion") else {}
        rows.append(
            {"command": name, "CPU s": statistics.median(cpu_seconds(arguments, environment) for _ in range(times))}
        )
    print(table(rows))


if __name__ == "__main__":
    main()
