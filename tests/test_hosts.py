"""Who may ask the app: this machine by default, and by the names it answers to."""

import asyncio
import itertools
import subprocess
import tomllib
from pathlib import Path

import pytest
from streamlit import config

from sxai.cli import main
from sxai.cli import project as project_commands
from widgets.hosts import TrustedHosts, middleware, routes

ROOT = Path(__file__).resolve().parents[1]
SERVER = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]


def test_every_way_to_start_listens_on_this_machine_alone():
    assert SERVER["address"] == "127.0.0.1"
    assert SERVER["allowedHosts"] == ["localhost", "127.0.0.1", "::1"]


def asked(kind, *hosts, path="/"):
    """What is sent back for a request with these Host headers; "passed" when the app behind is reached."""
    sent = []

    async def app(scope, receive, send):
        sent.append("passed")

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        sent.append(message.get("status", message.get("code")))

    scope = {"type": kind, "path": path, "headers": [(b"host", host.encode()) for host in hosts]}
    asyncio.run(TrustedHosts(app)(scope, receive, send))
    return sent[0]


@pytest.fixture
def served():
    before = config.get_option("server.allowedHosts")
    config.set_option("server.allowedHosts", SERVER["allowedHosts"])
    yield
    config.set_option("server.allowedHosts", before)


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:1"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_this_machines_names_are_answered(served, kind, host):
    assert asked(kind, host) == "passed"


@pytest.mark.parametrize(
    "hosts",
    [
        ["evil.example"],
        ["evil.example:8501"],
        ["localhost.evil.example"],
        ["127.0.0.1@evil.example"],
        ["10.0.0.7:8501"],
        [""],
        [],
        ["localhost", "evil.example"],
    ],
)
@pytest.mark.parametrize("path", ["/", "/_stcore/upload_file/a/b", "/media/x.png", "/_stcore/stream", "/healthz"])
def test_other_names_are_refused_on_every_route(served, hosts, path):
    assert asked("http", *hosts, path=path) == 400
    assert asked("websocket", *hosts, path=path) == 1008


def test_the_app_is_served_behind_the_check():
    assert [each.cls for each in middleware()] == [TrustedHosts]
    assert [route.path for route in routes()] == ["/healthz"]
    assert "middleware=middleware()" in (ROOT / "app.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "address", "names"),
    [
        ([], "127.0.0.1", ["localhost", "127.0.0.1", "::1"]),
        (["--host", "10.0.0.7"], "10.0.0.7", ["localhost", "127.0.0.1", "::1", "10.0.0.7"]),
        (["--host", "0.0.0.0", "--allow", "lab"], "0.0.0.0", ["localhost", "127.0.0.1", "::1", "lab"]),
    ],
)
def test_the_command_opens_the_app_to_others_only_when_told(monkeypatch, capsys, options, address, names):
    seen = []

    def run(command, **_options):
        seen.extend(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(project_commands.subprocess, "run", run)
    assert main(["app", *options]) == 0
    assert seen[seen.index("--server.address") + 1] == address
    assert [after for flag, after in itertools.pairwise(seen) if flag == "--server.allowedHosts"] == names
    assert ("no login" in capsys.readouterr().err) == bool(options)
