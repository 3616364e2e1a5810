"""The app in a real Chromium. Without one the tests here are skipped, in one clear line; CI may not skip them."""

import os
import shutil

import pytest
from playwright.sync_api import Page

from sxai.demo.verbs.fill import fill_demo
from sxai.project.project import Project
from tests.browser.chromium import find_chromium
from tests.browser.person import Person
from tests.browser.serving import serving


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium that can be driven."""
    found = find_chromium()
    if found is None:
        message = "no Chromium found: install one or name it in SXAI_CHROMIUM to run the browser tests"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def base_url():
    """In place of the plugin's own, which this pytest warns about."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "viewport": {"width": 1440, "height": 1000}}


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory, chromium):
    """A root with a filled demo, made once; tests work on copies."""
    root = tmp_path_factory.mktemp("template")
    with Project.open(root / "demo") as project:
        fill_demo(project)
    return root


@pytest.fixture(scope="session")
def home(demo_template, tmp_path_factory):
    """A root with the demo in it, shared by the tests here: each one masks a concept of its own."""
    return shutil.copytree(demo_template, tmp_path_factory.mktemp("shared") / "home")


@pytest.fixture
def demo(home):
    """The demo's catalogue, to see what was really stored."""
    with Project.open(home / "demo") as project:
        yield project


@pytest.fixture(scope="session")
def address(home, tmp_path_factory):
    """Where the app with the demo is served."""
    with serving(home, tmp_path_factory.mktemp("log") / "app.log") as url:
        yield url


@pytest.fixture
def person(page: Page, address):
    """Somebody in front of the app with the demo."""
    return Person(page, address)


@pytest.fixture
def newcomer(page: Page, tmp_path):
    """Somebody who has just installed it: an empty home."""
    with serving(tmp_path / "empty", tmp_path / "app.log") as address:
        yield Person(page, address)
