"""No page has a grave finding of axe-core in either theme; what only Streamlit can mend is named here."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser

from tests.browser.person import PAGES, Person

GRAVE = {"serious", "critical"}

STREAMLIT: dict[str, str] = {
    "list": '[data-testid="stSidebarNavItems"]',
    "listitem": '[data-testid="stSidebarNavItems"] li',
}
"""Rules that Streamlit itself breaks, and where: groups of the navigation stand as <div> between <ul> and <li>."""

FIND = """async exempt => {
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    const own = (rule, node) => {
        const [target] = node.target.slice(-1);
        const element = node.target.length > 1 ? null : document.querySelector(target);
        return !(element && exempt[rule] && element.matches(exempt[rule]));
    };
    return violations.flatMap(({ id, impact, nodes }) => nodes
        .filter(node => own(id, node))
        .map(node => ({ impact, said: `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}` })));
}"""


@pytest.fixture(scope="module", params=["light", "dark"])
def themed(request, browser: Browser, address):
    """A person whose browser asks for a light or a dark page."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=request.param)
    yield Person(context.new_page(), address)
    context.close()


@pytest.mark.parametrize("title", PAGES)
def test_a_page_has_no_grave_finding(themed, title):
    themed.open(title)
    if title == "Mask":
        themed.picture_ready()
    themed.page.evaluate(AXE_SCRIPT)
    found = themed.page.evaluate(FIND, STREAMLIT)
    assert [one["said"] for one in found if one["impact"] in GRAVE] == []
