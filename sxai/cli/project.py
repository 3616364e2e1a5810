"""The commands that keep a project: status, jobs, backup, restore, doctor and app."""

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sxai.cli.shell import Meter, opened_project, say, settings
from sxai.errors import ProjectError

if TYPE_CHECKING:
    from sxai.overview import Overview


def register(cli: typer.Typer) -> None:
    """Put these commands on ``cli``."""
    cli.command(epilog="Example: sxai status")(status)
    cli.command("jobs", epilog="Example: sxai jobs --cancel 3")(jobs_)
    cli.command(epilog="Example: sxai backup pets-monday.zip")(backup)
    cli.command(epilog="Example: sxai --home ~/again restore pets-monday.zip")(restore)
    cli.command(epilog="Example: sxai doctor --json")(doctor)
    cli.command(epilog="Example: sxai app --port 8501")(app)


def backup(target: Annotated[Path, typer.Argument(help="A new folder, or a new archive ending in .zip.")]) -> None:
    """Copy this project as it is now, also while others go on working."""
    from sxai.project.backup import back_up

    with opened_project() as project:
        say(
            back_up(project, target, progress=Meter()),
            lambda r: f"{r['artefacts']} files, {r['bytes'] / 1e6:.1f} MB in {r['target']}.",
        )


def restore(target: Annotated[Path, typer.Argument(help="A backup: folder or archive.")]) -> None:
    """Bring a backup back as the project named by --home, which must be empty."""
    from sxai.project.backup import bring_back
    from sxai.project.project import default_home

    home = settings.home or default_home()
    say(bring_back(target, home, progress=Meter()), lambda r: f"{r['artefacts']} files back in {r['home']}.")


def doctor(
    remove: Annotated[bool, typer.Option("--sweep", help="Move files that nothing refers to into the trash.")] = False,
    back: Annotated[bool, typer.Option("--unsweep", help="Bring everything in the trash back.")] = False,
    empty: Annotated[bool, typer.Option("--empty-trash", help="Delete what was swept for good.")] = False,
) -> None:
    """Check this project: the database, its files and its features; exit status 1 when something is wrong."""
    from sxai.project.backup import check_up, empty_trash, sweep, unsweep

    with opened_project() as project:
        returned = unsweep(project) if back else ()
        deleted = empty_trash(project) if empty else 0
        problems = [asdict(problem) for problem in check_up(project)]
        swept = sweep(project) if remove else None
        outcome = {"swept": asdict(swept) if swept else None, "back": len(returned), "deleted": deleted}
        say({"home": str(project.home), "problems": problems, **outcome}, _doctor_text)
    if problems:
        raise ProjectError(f"{len(problems)} problems; bring a backup back, or compute again what is missing.")


def _doctor_text(result: dict[str, Any]) -> str:
    lines = [f"{item['kind']}: {item['where']}: {item['text']}" for item in result["problems"]]
    if result["swept"]:
        swept = result["swept"]
        lines.append(f"{len(swept['files'])} files moved to the trash, {swept['bytes'] / 1e6:.1f} MB.")
    lines += [f"{result['back']} files brought back."] if result["back"] else []
    lines += [f"{result['deleted']} files deleted for good."] if result["deleted"] else []
    return "\n".join(lines if result["problems"] else [f"{result['home']} is sound.", *lines])


def status() -> None:
    """What this project holds and what comes next."""
    from sxai.overview import overview

    with opened_project() as project:
        say(status_document(overview(project), project.catalogue.journal_mode), _status_text)


def status_document(overview: "Overview", journal_mode: str) -> dict[str, Any]:
    """The overview as a document, with the next step and how the catalogue is written."""
    step = overview.next_step
    return {**asdict(overview), "next": step.title if step else None, "journal_mode": journal_mode}


def _status_text(result: dict[str, Any]) -> str:
    lines = [f"{result['home']}{' (demo)' if result['demo'] else ''}"]
    lines += [
        f"  {name}: {total} images ({train} train, {val} val, {reference} reference)"
        for name, train, val, reference, total in result["classes"]
    ]
    lines += [f"  {'x' if step['done'] else ' '} {step['title']}" for step in result["checklist"]]
    return "\n".join([*lines, f"Next: {result['next'] or 'nothing; everything is ready'}"])


def jobs_(
    cancel: Annotated[int | None, typer.Option(help="Ask this job to stop.")] = None,
    resume: Annotated[int | None, typer.Option(help="Run this cancelled or failed job again.")] = None,
) -> None:
    """The jobs of this project; cancel or resume one."""
    from sxai import jobs

    with opened_project() as project:
        jobs.tidy(project)
        if cancel is not None:
            jobs.cancel(project, cancel)
        if resume is not None:
            jobs.resume(project, resume)
        say({"jobs": [asdict(job) for job in project.catalogue.jobs()]}, _jobs_text)


def _jobs_text(result: dict[str, Any]) -> str:
    lines = [
        f"{job['id']}: {job['verb']} {job['state']} {job['stage']} {job['done']}/{job['total']}"
        for job in result["jobs"]
    ]
    return "\n".join(lines) or "No jobs."


LOOPBACK = "127.0.0.1"
LOCAL_NAMES = ("localhost", LOOPBACK, "::1")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  compared with, not listened on
OPEN_TO_OTHERS = (
    "Warning: the app listens on {host}. Whoever can reach it can read and change the project: it has no login. Put it "
    "behind a proxy with one, or leave --host out."
)


def app(
    port: Annotated[int, typer.Option(help="Where the app listens.")] = 8501,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 is every network.")] = LOOPBACK,
    allow: Annotated[list[str] | None, typer.Option(help="A name that others open the app by (repeat it).")] = None,
) -> None:
    """Open the app on this project; with an empty home it shows the demo."""
    from sxai.project.project import default_home

    folder = _app_folder()
    environment = {
        **os.environ,
        "SXAI_HOME": str((settings.home or default_home()).expanduser().absolute()),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")])),
    }
    command = [sys.executable, "-m", "widgets.serve", "--server.port", str(port)]
    command += ["--server.headless", "false" if browser else "true", "--server.address", host]
    for name in (*LOCAL_NAMES, *([] if host in (*EVERYWHERE, *LOCAL_NAMES) else [host]), *(allow or [])):
        command += ["--server.allowedHosts", name.strip("[]")]
    if host not in LOCAL_NAMES:
        typer.echo(OPEN_TO_OTHERS.format(host=host), err=True)
    raise typer.Exit(subprocess.run(command, env=environment, cwd=folder, check=False).returncode)


def _app_folder() -> Path:
    """Where the app lies: inside the package when it is installed, else at the top level of the checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_app", package.parent):
        if (folder / "app.py").is_file():
            return folder
    raise ProjectError(f"{package} holds no app: install sxai again, or run it from a checkout")
