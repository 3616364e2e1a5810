"""The Chromium that browser tests drive: one that is there, or one that can be installed (``python -m``).

``SXAI_CHROMIUM`` names it outright. As root Debian's package is installed, otherwise Playwright's own build.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str | None:
    """Path of a usable Chromium, or None."""
    named = os.environ.get("SXAI_CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return next(filter(None, map(shutil.which, NAMES)), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


def install() -> None:
    """Try to install one; failing is no error here, the tests tell what is missing."""
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        commands = [
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
        ]
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        try:
            subprocess.run(command, env=environment, check=False, timeout=900, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"{command[0]}: {error}", file=sys.stderr)


def main() -> int:
    """Make a Chromium available; 1 only where CI must not go on without one."""
    if find_chromium() is None:
        install()
    found = find_chromium()
    if found:
        print(f"browser tests use {found}")
        return 0
    print("no Chromium here and none could be installed: the browser tests will be skipped", file=sys.stderr)
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
