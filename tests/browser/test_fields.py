"""Every field that a link fills can be emptied where it stands, in a real browser, and none loses its value unasked."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Service, settle

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
SECONDS = 30_000.0
SIZE = "Parameters (millions) to"
LIMITS = "/?parameters_millions.lte=30&q=res&architecture=cnn&accuracy.gte=0.7"


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=SECONDS)


def clear(field: Locator) -> None:
    """Delete what stands in a field, as from the keyboard."""
    field.fill("")
    field.press("Enter")


def asked(page: Page) -> set[str]:
    """The names in the address."""
    return set(parse_qs(urlsplit(str(page.evaluate("location.href"))).query))


def expect_asked(page: Page, names: set[str]) -> None:
    """Wait until the address has these names and no others."""
    page.wait_for_function(
        "names => [...new URLSearchParams(location.search).keys()].sort().join() === names", arg=",".join(sorted(names))
    )
    settle(page)
    assert asked(page) == names


def test_each_filter_that_a_link_sets_is_emptied_in_its_own_field(open_page: Open) -> None:
    page = open_page(LIMITS)
    sidebar = page.get_by_test_id("stSidebar")
    size = page.get_by_label(SIZE)
    expect(size).to_have_value("30")
    clear(size)
    expect_asked(page, {"q", "architecture", "accuracy.gte"})
    expect(size).to_have_value("")
    clear(page.get_by_label("Search"))
    expect_asked(page, {"architecture", "accuracy.gte"})
    sidebar.get_by_text("CNN ").first.click()
    expect_asked(page, {"accuracy.gte"})
    page.get_by_text("More filters").click()
    limited = sidebar.get_by_test_id("stMultiSelect").filter(has_text="Limit a value")
    expect(page.get_by_label("Accuracy from")).to_have_value("0.7")
    settle(page)
    limited.get_by_label("Remove Accuracy").click()
    expect_asked(page, set())
    expect(page.get_by_label("Accuracy from")).to_have_count(0)


def test_the_fields_of_groups_and_models_are_emptied(open_page: Open) -> None:
    page = open_page("/groups?a.parameters_millions.lte=30&a.architecture=cnn&b.architecture=transformer")
    clear(page.get_by_label("Group A: parameters (millions) to"))
    expect_asked(page, {"a.architecture", "b.architecture"})
    main = page.get_by_test_id("stMain")
    main.get_by_test_id("stMultiSelect").filter(has_text="Architecture").first.get_by_label("Clear all").click()
    expect_asked(page, {"b.architecture"})
    page = open_page("/model?select=resnet50&models=resnet50,alexnet")
    page.get_by_test_id("stSelectbox").filter(has_text="Model").get_by_label("Clear value").click()
    expect_asked(page, {"models"})
    expect(page.get_by_text("The leader, as none is chosen yet.")).to_be_visible()
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_test_id("stMultiSelect").filter(has_text="Models to compare").get_by_label("Clear all").click()
    expect_asked(page, set())


def test_a_limit_outlives_other_pages_and_an_outage_and_is_emptied_then(open_page: Open, api: Service) -> None:
    page = open_page("/model?parameters_millions.lte=30")
    for name in ("Rank", "Trade-offs", "Model"):
        page.get_by_role("link", name=name, exact=True).click()
        expect_asked(page, {"parameters_millions.lte"})
    api.stop()
    try:
        page.get_by_test_id("stSidebar").get_by_text("Fair", exact=True).click()
        expect(page.get_by_role("heading", name="The service does not answer", level=1)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    finally:
        api.start()
    expect(page.get_by_text("The leader, as none is chosen yet.")).to_be_visible()
    expect_asked(page, {"parameters_millions.lte", "preset"})
    expect(page.get_by_label(SIZE)).to_have_value("30")
    clear(page.get_by_label(SIZE))
    expect_asked(page, {"preset"})
    page.go_back()
    expect(page.get_by_label(SIZE)).to_have_value("30")
