"""On a telephone nothing lies over the title of a chart."""

import pytest

from tests.browser.person import Person

OVER = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap(plot => {
    const title = plot.querySelector(".gtitle")?.getBoundingClientRect();
    const meets = box => box.width && box.left < title.right && box.right > title.left
        && box.top < title.bottom - 1 && box.bottom > title.top;
    return !title ? [] : [".legend", ".modebar"]
        .filter(part => [...plot.querySelectorAll(part)].some(one => meets(one.getBoundingClientRect())))
        .map(part => `${part} over ${plot.querySelector(".gtitle").textContent}`);
})"""


@pytest.fixture(scope="module")
def telephone(browser, address):
    """Somebody with a screen of 390 pixels."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    yield Person(context.new_page(), address)
    context.close()


@pytest.mark.parametrize(
    ("title", "chart"),
    [("Distributions", "distribution-masking"), ("Scoreboard", "score-auc"), ("Assess", "assess-radar")],
)
def test_neither_legend_nor_tool_bar_covers_a_title(telephone, title, chart):
    telephone.open(title)
    telephone.page.locator(f".st-key-{chart} .gtitle").first.wait_for()
    telephone.settle()
    assert telephone.page.evaluate(OVER) == []
