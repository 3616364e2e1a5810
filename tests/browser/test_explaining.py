"""Common traits, attacks and evidence as a person meets them, and a file that is no picture."""

from playwright.sync_api import expect

from tests.browser.person import PATIENCE

DRAWN = ".js-plotly-plot .main-svg"
SAMPLES = 20


def test_common_traits_are_extracted_and_drawn(person):
    person.open("Traits")
    samples = person.page.get_by_role("spinbutton").first
    samples.fill(str(SAMPLES))
    samples.press("Enter")
    person.settle()
    person.page.locator(".st-key-traits-go-traits button").click()
    chart = person.page.locator(f".st-key-traits-ratios {DRAWN}").first
    expect(chart).to_be_visible(timeout=PATIENCE)
    expect(person.page.get_by_test_id("stMain")).to_contain_text(f"{SAMPLES} samples of cat", timeout=PATIENCE)
    person.no_errors()


def test_an_attack_at_the_papers_strength_is_shown_beside_the_clean_picture(person):
    person.open("Attacks")
    expect(person.page.locator(".st-key-attack-settings")).to_contain_text("0.05")
    person.page.locator(".st-key-attack-go button").click()
    changed = person.page.locator(".st-key-attack-adversarial")
    expect(changed).to_contain_text("The CNN says", timeout=PATIENCE)
    expect(changed.locator(DRAWN).first).to_be_visible(timeout=PATIENCE)
    expect(person.page.locator(".st-key-attack-outcome")).to_contain_text("became")
    person.no_errors()


def test_the_demo_s_occluders_are_drawn_and_laid_over_a_picture(person):
    person.open("Occluders")
    for name in ("occluders-effects", "occluders-matrix", "occluders-space"):
        expect(person.page.locator(f".st-key-{name} {DRAWN}").first).to_be_visible(timeout=PATIENCE)
    expect(person.page.get_by_test_id("stMain")).to_contain_text("400 steps")
    person.page.get_by_role("tab", name="On a picture").click()
    expect(person.page.get_by_test_id("stMain")).to_contain_text("times magnified", timeout=PATIENCE)
    person.no_errors()


def test_evidence_shows_where_a_concept_is(person):
    person.open("Assess")
    for name in ("evidence-map", "evidence-cam"):
        expect(person.page.locator(f".st-key-{name} {DRAWN}").first).to_be_visible(timeout=PATIENCE)
    expect(person.page.get_by_test_id("stMain")).to_contain_text("Grad-CAM")
    person.no_errors()


def test_a_broken_upload_is_told_in_a_sentence(person):
    person.open("Assess")
    person.page.get_by_text("Upload", exact=True).first.click()
    person.page.locator("input[type=file]").first.set_input_files(
        {"name": "torn.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n, and then nothing"}
    )
    told = person.page.locator('[data-testid="stAlertContentError"]')
    expect(told).to_contain_text("torn.png", timeout=PATIENCE)
    assert "Traceback" not in told.inner_text()
    assert person.page.get_by_test_id("stException").count() == 0
    assert person.complaints == []
