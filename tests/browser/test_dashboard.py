"""What a reader does and sees, in a real browser."""

import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urljoin

import httpx
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from quba.dimensions import BUILT_IN

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PAGES = ("/", "/trade-offs", "/compare?models=eva02-b-21k,hiera-b-plus,resnet50", "/model?select=hiera-b-plus",
         "/stability", "/groups", "/findings", "/correlations", "/reproduction", "/evaluate", "/method")  # fmt: skip
PATIENCE = 30_000.0
ROW = ".body > .row"
# A theme's slider moves its members, and is none of the nine.
WEIGHTS = re.compile("(higher|lower) is better")
# What has the keyboard's focus, also inside the table's own shadow tree.
FOCUSED = """(() => {
  const outer = document.activeElement, inner = outer?.shadowRoot?.activeElement ?? outer;
  const kind = inner?.type === 'range' ? 'slider' : inner?.classList?.[0] ?? '';
  return `${kind} ${inner?.dataset?.model ?? inner?.ariaLabel ?? ''}`;
})()"""


class Stoppable(Protocol):
    """A service under the test's control."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


def first_row(page: Page) -> str:
    """Name and score of the first row."""
    row = page.locator(ROW).first
    return f"{row.locator('.model').inner_text()} {row.locator('.score').inner_text()}"


def settled(page: Page) -> None:
    """Wait until the script has run and every element has its code."""
    ready = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    page.wait_for_function(f"{ready} && !document.querySelector('[data-testid=stSkeleton]')")
    expect(page.locator("h1").first).to_be_visible()


def values_table(page: Page) -> Locator:
    """The table of the compared models' values."""
    return page.get_by_test_id("stTable").filter(has_text="Rank among all")


def choose(page: Page, label: str) -> None:
    """Click a choice in the sidebar."""
    page.get_by_test_id("stSidebar").get_by_text(label, exact=True).click()


def test_the_answer_is_there_at_once(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads with 1.07")
    expect(page.locator(ROW).first).to_contain_text("EVA02-b (IN-21k)")
    assert first_row(page) == "EVA02-b (IN-21k) 1.07"
    expect(page.get_by_role("slider", name=WEIGHTS)).to_have_count(9)
    expect(page.get_by_role("table", name="Ranking of 326 of 326 models")).to_have_attribute("aria-rowcount", "327")
    expect(page.locator("[class*=st-key-plain_table]")).to_be_hidden()


def test_a_slider_moved_by_keyboard_re_ranks_and_the_link_reproduces_it(open_page: Open) -> None:
    page = open_page()
    slider = page.get_by_role("slider", name=re.compile("^Parameters"))
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"w\.parameters_millions=2$"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("1.07")
    address = page.url
    expect(page.locator(f"{ROW} .move.up", has_text="▴").first).to_be_visible()
    again = open_page(address[address.index("/?") :])
    expect(again.locator(ROW).first).to_be_visible()
    leader = first_row(again)
    assert leader != "EVA02-b (IN-21k) 1.07"
    expect(page.locator(f"{ROW} .model").first).to_have_text(leader.rpartition(" ")[0])
    assert first_row(page) == leader
    expect(again.get_by_role("slider", name=re.compile("^Parameters"))).to_have_value("2")


def test_rows_follow_the_thumb_while_it_moves_and_the_address_once_it_rests(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(ROW).first).to_contain_text("EVA02-b (IN-21k)")
    entries, address = page.evaluate("history.length"), page.url
    slider = page.get_by_role("slider", name=re.compile("^Parameters"))
    box = slider.bounding_box()
    assert box is not None
    at = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) / 3, at)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(box["x"] + 8 + (box["width"] - 16) * (1 / 3 + step / 18), at)
    # The hand still holds the thumb: the rows have moved, neither the address nor Python has.
    leads = page.locator('.board:not([data-order="eva02-b-21k"])')
    expect(leads).to_have_count(1)
    expect(page.locator(f"{ROW} .move.up", has_text="▴").first).to_be_visible()
    held = leads.get_attribute("data-order")
    assert (page.url, page.evaluate("history.length")) == (address, entries)
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads")
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"w\.parameters_millions=2\.\d+$"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("EVA02-b (IN-21k) leads")
    settled(page)
    assert page.evaluate("history.length") == entries + 1
    assert page.locator(".board").get_attribute("data-order") == held
    weight = re.search(r"=([\d.]+)$", page.url)
    assert weight is not None
    expect(slider).to_have_value(weight[1])  # the echo has not moved the thumb


def test_a_theme_moves_its_members_in_proportion(open_page: Open) -> None:
    page = open_page("/?w.object_focus=1")
    theme = page.get_by_role("slider", name="Bias, all 2 together")
    expect(theme).to_have_attribute("aria-valuetext", "0.75")
    theme.fill("1.5")
    expect(page).to_have_url(re.compile(r"w\.object_focus=2&w\.shape_bias=1$"))


def test_a_shortlist_of_six_opens_on_compare(open_page: Open) -> None:
    page = open_page()
    for place in range(6):
        page.get_by_role("checkbox").nth(place).check()
    expect(page.locator(".tray")).to_contain_text("Shortlist 6 of 6")
    page.get_by_role("checkbox").nth(6).click()
    expect(page.locator(".tray")).to_contain_text("At most 6 models can be compared")
    expect(page.get_by_role("checkbox").nth(6)).not_to_be_checked()
    page.locator(".tray").get_by_role("button", name="Remove EVA02-b (IN-21k) from the shortlist").click()
    expect(page.locator(".tray")).to_contain_text("Shortlist 5 of 6")
    page.locator(".tray").get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/compare\?models=hiera-b-plus%2C|/compare\?models=hiera-b-plus,"))
    expect(values_table(page).locator("th")).to_have_count(6)


def test_weights_and_filters_fit_a_window_of_900_pixels_and_all_values_its_width(open_page: Open) -> None:
    page = open_page(height=900)
    for part in (page.get_by_label("Parameters (millions) to"), page.get_by_text("All 326 models", exact=True)):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900
    last = page.locator(f"{ROW} .value").nth(8).bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= 1440


def test_on_a_narrower_window_no_value_is_cut_and_the_choice_of_benchmark_lies_on_no_link(open_page: Open) -> None:
    for width, values in ((1280, True), (1100, False)):
        page = open_page(width=width, height=800)
        last = page.locator(f"{ROW} .value").last
        expect(page.locator(f"{ROW} .score").first).to_be_visible()
        box = last.bounding_box()
        assert (box is not None) == values
        assert box is None or box["x"] + box["width"] <= width
        choice = page.locator(".st-key-benchmark").bounding_box()
        links = page.get_by_test_id("stTopNavLink").last.bounding_box()
        assert choice is not None
        assert links is not None
        assert choice["y"] >= links["y"] + links["height"]


@pytest.mark.parametrize("width", [1439, 1440, 1559, 1560])
def test_beside_the_links_or_below_them_the_choice_of_benchmark_covers_none(open_page: Open, width: int) -> None:
    page = open_page(width=width, height=800)
    choice = page.locator(".st-key-benchmark [data-testid=stSelectbox]").bounding_box()
    links = page.get_by_test_id("stTopNavLink").last.bounding_box()
    assert choice is not None
    assert links is not None
    assert choice["x"] >= links["x"] + links["width"] or choice["y"] >= links["y"] + links["height"]
    assert (choice["y"] < links["y"] + links["height"]) == (width >= 1440)
    # Whether its name is seen or only heard.
    expect(page.get_by_role("combobox", name=re.compile("Benchmark"))).to_be_visible()


def test_only_rows_in_sight_exist_and_the_last_is_reached_by_scrolling(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(ROW).first).to_be_visible()
    assert page.locator(ROW).count() < 60
    page.get_by_test_id("stMain").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    expect(page.locator(f'{ROW}[aria-rowindex="327"]')).to_be_in_viewport()
    expect(page.locator(".board .head")).to_be_in_viewport()


@pytest.mark.parametrize("blocked", ["**/board/scripts-*/**", "**/board/scores/**"])
def test_without_scripts_or_values_the_plain_table_stays_and_says_why(
    blocked: str, browser: Browser, dashboard_url: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.route(blocked, lambda route: route.abort())
    page.goto(dashboard_url)
    plain = page.locator("[class*=st-key-plain_table] table")
    expect(plain).to_be_visible()
    expect(plain.locator("tbody tr")).to_have_count(25)
    expect(plain.locator("tbody tr").first).to_contain_text("EVA02-b (IN-21k)")
    expect(page.get_by_role("status").filter(has_text="does not follow a slider").first).to_be_visible()
    if "scores" in blocked:  # the panel stands without them: it has counted nothing, and nothing is filtered
        sidebar = page.get_by_test_id("stSidebar")
        expect(sidebar.get_by_role("button", name="CNN", exact=True)).to_have_text(re.compile(r"^CNN\s*$"))
        expect(sidebar.get_by_text("Clear filters")).to_be_hidden()
    context.close()


def test_back_undoes_the_last_step(open_page: Open) -> None:
    page = open_page()
    choose(page, "Edge device")
    expect(page).to_have_url(re.compile("preset=edge$"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("EVA02-b")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads with 1.07")


def test_weighing_only_what_a_model_has_gives_it_a_rank_and_back_undoes_it(open_page: Open) -> None:
    page = open_page("/?quality=screened&select=hiera-b-plus")
    expect(page.locator(".row.selected")).to_have_count(1)
    before = page.url
    page.get_by_role("button", name="Weigh only what is left").click()
    expect(page).to_have_url(re.compile(r"w\.calibration_error=0&w\.class_balance=0"))
    expect(page.get_by_role("slider", name=re.compile("^Class balance"))).to_have_value("0")
    expect(page.locator(".row.selected .score")).not_to_have_text("–")
    page.go_back()
    expect(page.get_by_role("button", name="Weigh only what is left")).to_be_visible()
    expect(page).to_have_url(before)
    expect(page.get_by_role("slider", name=re.compile("^Class balance"))).to_have_value("1")


def test_an_invalid_value_is_named_and_its_default_shown(open_page: Open) -> None:
    page = open_page("/?w.accuracy=-2&architecture=cnn")
    expect(page.get_by_role("alert")).to_contain_text(
        "w.accuracy=-2 was ignored: it must be a number from 0 to 1,000,000,000."
    )
    expect(page).to_have_url(re.compile(r"\?architecture=cnn$"))
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_moving_between_pages_keeps_the_view(open_page: Open) -> None:
    page = open_page("/?preset=robust&architecture=cnn")
    page.get_by_role("link", name="Trade-offs").click()
    expect(page).to_have_url(re.compile(r"/trade-offs\?preset=robust&architecture=cnn$"))
    page.get_by_role("link", name="Rank", exact=True).click()
    expect(page).to_have_url(re.compile(r"/\?preset=robust&architecture=cnn$"))


def test_picking_a_row_marks_the_point_and_picking_a_point_the_row(open_page: Open) -> None:
    page = open_page()
    page.locator(".board").get_by_role("button", name="Hiera-B-Plus").press("Enter")
    expect(page).to_have_url(re.compile("select=hiera-b-plus$"))
    page.set_viewport_size({"width": 1440, "height": 1800})
    page.get_by_role("link", name="Trade-offs").click()
    expect(page.locator(".js-plotly-plot .annotation-text")).to_have_text("Hiera-B-Plus")
    # The smallest models stand alone at the left edge, so that a click cannot hit a neighbour.
    points = page.locator("[class*=st-key-chart-tradeoff] .scatterlayer .point")
    boxes = [point.bounding_box() for point in points.all()]
    left = min((box for box in boxes if box), key=lambda box: box["x"])
    page.mouse.click(left["x"] + left["width"] / 2, left["y"] + left["height"] / 2)
    expect(page).not_to_have_url(re.compile("select=hiera-b-plus"))
    expect(page).to_have_url(re.compile("select="))
    page.get_by_role("link", name="Rank", exact=True).click()
    expect(page.locator(".row.selected")).to_have_count(1)
    expect(page.locator(".row.selected")).to_be_in_viewport()


def test_a_flag_beside_the_name_opens_its_reason_by_touch_and_by_keyboard(open_page: Open) -> None:
    page = open_page()
    row = page.locator(ROW).nth(1)
    flag = row.get_by_role("button", name="Flag: Softmax applied twice. Why?")
    expect(row.locator(".model")).to_have_text("Hiera-B-Plus")
    expect(row.locator(".reason")).to_be_hidden()
    flag.press("Enter")
    expect(row.locator(".reason")).to_contain_text(
        "Softmax applied twice. Calibration error, Class balance: Calibration error and class balance"
    )
    expect(flag).to_have_attribute("aria-expanded", "true")
    flag.click()
    expect(row.locator(".reason")).to_be_hidden()
    # It opens and closes and picks no row; and the flagged values say so to whoever does not see the mark.
    assert "select=" not in page.url
    expect(row.locator(".value.doubt").first).to_contain_text("flagged: Softmax applied twice")


def test_the_answer_says_its_doubts_and_follows_the_filters(open_page: Open) -> None:
    page = open_page("/?architecture=cnn")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ConvNextV2-B (IN-21k) leads with 0.96")
    expect(page.get_by_text("Among the 170 models that pass the filters")).to_be_visible()
    page.get_by_text("Compare with all models").click()
    expect(page).to_have_url(re.compile(r"\?architecture=cnn&among=all$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Among all 326 models, EVA02-b (IN-21k) leads")
    expect(page.get_by_text("Hiera-B-Plus, second, rests on flagged calibration error")).to_be_visible()
    expect(page.get_by_text("Among all 326 models, EVA02-b (IN-21k) is")).to_be_visible()


def test_columns_sort_from_the_keyboard(open_page: Open) -> None:
    page = open_page()
    page.locator(".board .head").get_by_role("button", name="Cal. err.").press("Enter")
    expect(page).to_have_url(re.compile("sort=calibration_error$"))
    expect(page.locator(".head [aria-sort=ascending]")).to_have_count(1)
    page.locator(".board .head").get_by_role("button", name="Cal. err.").press("Enter")
    expect(page).to_have_url(re.compile("sort=-calibration_error$"))


def test_a_filter_narrows_and_its_chip_takes_it_off(open_page: Open) -> None:
    page = open_page()
    choose(page, "B-cos 12")
    expect(page).to_have_url(re.compile("architecture=b-cos$"))
    expect(page.locator(ROW)).to_have_count(12)
    page.get_by_role("button", name="Architecture: B-cos").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b")


def test_downloads_are_the_files_that_the_api_gives(open_page: Open, api_url: str) -> None:
    page = open_page("/?architecture=b-cos&w.shape_bias=2&sort=name&x=accuracy")
    page.get_by_role("button", name=re.compile("Download")).click()
    for label, name in (("CSV", "csv"), ("JSON", "json"), ("Parquet", "parquet")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        assert download.value.suggested_filename == f"wellbehaved-ranking.{name}"
        query = {"architecture": "b-cos", "w.shape_bias": "2", "sort": "name", "limit": "1000", "format": name}
        given = httpx.get(f"{api_url}/v1/rankings", params=query).content
        assert download.value.path().read_bytes() == given
    assert pd.read_parquet(download.value.path())["architecture"].tolist() == ["b-cos"] * 12


def test_a_link_carries_everything_into_a_browser_without_a_past(open_page: Open) -> None:
    page = open_page(height=2200)
    choose(page, "Robust")
    slider = page.get_by_role("slider", name=re.compile("^Accuracy"))
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"w\.accuracy="))
    page.get_by_role("button", name="Lock Shape bias").click()
    expect(page).to_have_url(re.compile(r"lock=shape_bias"))
    choose(page, "CNN 170")
    expect(page).to_have_url(re.compile("architecture=cnn"))
    page.locator(".board .head").get_by_role("button", name="Acc.").press("Enter")
    expect(page).to_have_url(re.compile("sort=-accuracy"))
    page.get_by_role("checkbox").nth(1).check()
    expect(page).to_have_url(re.compile("models="))
    page.locator(".board .model").nth(4).press("Enter")
    expect(page).to_have_url(re.compile("select="))
    settled(page)
    again = open_page(page.url[page.url.index("/?") :], height=2200)
    expect(again.locator(".row.selected")).to_have_count(1)
    for locator in (
        ".tray",
        ".row.selected .name",
        "h1",
        "[class*=st-key-selection]",
        "[class*=st-key-active_filters]",
    ):
        assert again.locator(locator).inner_text() == page.locator(locator).inner_text(), locator
    sliders = "all => all.map(each => each.ariaLabel + each.ariaValueText)"
    told = page.locator("input[type=range]").evaluate_all(sliders)
    # Of the nine, of the two themes with several, and of those that are folded away.
    assert len(told) == len(BUILT_IN) + 2
    assert again.locator("input[type=range]").evaluate_all(sliders) == told
    assert again.get_by_test_id("stSidebar").inner_text() == page.get_by_test_id("stSidebar").inner_text()
    assert again.url == page.url


def test_a_preset_a_lock_and_a_reset(open_page: Open) -> None:
    page = open_page()
    choose(page, "Edge device")
    accuracy = page.get_by_role("slider", name=re.compile("^Accuracy"))
    expect(accuracy).to_have_value("1.5")
    accuracy.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"preset=edge&w\.accuracy=1\.55$"))
    page.get_by_role("button", name="Lock Accuracy").click()
    expect(page).to_have_url(re.compile("lock=accuracy$"))
    page.get_by_role("button", name="Reset weights").click()
    expect(page).to_have_url(re.compile(r"preset=edge&w\.accuracy=1\.55&lock=accuracy$"))
    page.get_by_role("button", name="Reset all").click()
    expect(page).not_to_have_url(re.compile("preset|w\\.|lock"))
    expect(page.get_by_role("slider", name=re.compile("^Accuracy"))).to_have_value("1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads with 1.07")


def test_sliders_and_table_are_reached_with_the_tab_key(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("slider", name=WEIGHTS)).to_have_count(9)
    expect(page.locator(ROW).first).to_be_visible()
    reached: list[str] = []
    for _ in range(180):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        if reached[-1].startswith("model "):
            break
    assert sum(name.startswith("slider ") for name in reached) == 11
    assert any(name.startswith("sort ") for name in reached)
    assert reached[-1] == "model eva02-b-21k"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("select=eva02-b-21k$"))


@pytest.mark.parametrize("count", [2, 6])
def test_two_to_six_models_stand_side_by_side(count: int, open_page: Open) -> None:
    models = ["eva02-b-21k", "hiera-b-plus", "resnet50", "alexnet", "resnet101", "convnextv2-b-21k"][:count]
    page = open_page(f"/compare?models={','.join(models)}", height=2000)
    expect(values_table(page).locator("th")).to_have_count(count + 1)
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(2 * count)
    expect(page.get_by_text("Rank among all")).to_be_visible()


def test_a_seventh_model_is_refused_with_a_notice(open_page: Open) -> None:
    models = "eva02-b-21k,hiera-b-plus,resnet50,alexnet,resnet101,resnet152,resnet18"
    page = open_page(f"/compare?models={models}")
    expect(page.get_by_role("alert")).to_contain_text("at most 6 models can be compared")


def test_a_chart_has_a_name_and_a_table(open_page: Open) -> None:
    page = open_page("/trade-offs", height=2000)
    expect(page.get_by_role("figure", name=re.compile("^Scatter plot of 326 models"))).to_have_count(1)
    # Not just any table: that of the front is drawn, too, once it has come into sight.
    twin = page.get_by_test_id("stExpander").filter(has_text="Show as table").first
    twin.get_by_text("Show as table").click()
    expect(twin.get_by_test_id("stDataFrame")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_the_screen_and_nothing_leaves_the_machine(
    width: int, open_page: Open, foreign_hosts: set[str]
) -> None:
    page = open_page(PAGES[0], width=width, height=900)
    for path in PAGES:
        if path != PAGES[0]:
            page.goto(urljoin(page.url, path))
            settled(page)
        widths = page.evaluate("[document.querySelector('[data-testid=stMain]').scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1], path
    assert foreign_hosts == set()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_and_the_text_of_its_charts_follow_the_system(dark: bool, open_page: Open) -> None:
    page = open_page("/groups", dark=dark)
    expect(page.locator(".xtick text").first).to_be_visible()
    ground, ink = ("rgb(18, 22, 27)", "rgb(231, 235, 239)") if dark else ("rgb(255, 255, 255)", "rgb(28, 33, 39)")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
    fills = page.evaluate(
        "[...document.querySelectorAll('.xtick text, .ytick text, .legendtext')]"
        ".map(each => getComputedStyle(each).fill)"
    )
    assert len(fills) > 10
    assert set(fills) == {ink}


def test_on_a_phone_rank_name_and_score_are_in_sight(open_page: Open) -> None:
    page = open_page(width=390, height=844)
    row = page.locator(ROW).first
    for part in ("rank", "name", "score", "bar"):
        box = row.locator(f".{part}").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_a_moved_slider_brings_a_new_figure_of_stability(open_page: Open) -> None:
    page = open_page()
    figure = page.locator("p", has_text="of nearby weightings")
    expect(figure).to_contain_text("EVA02-b (IN-21k) is first in 55 %")
    slider = page.get_by_role("slider", name=re.compile("^Parameters"))
    slider.press("Home")
    expect(figure).to_contain_text("ViT-L/14-DINOv2-reg-FT is first in")
    expect(page.get_by_text("updating…")).to_have_count(0)
    page.get_by_role("link", name="Stability").click()
    expect(page.locator("h2", has_text="ViT-L/14-DINOv2-reg-FT is first in")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(3)


def test_the_page_of_a_model_says_why_and_what_if(open_page: Open) -> None:
    page = open_page("/model?select=convnextv2-b-21k", height=2600)
    expect(page.get_by_role("heading", name=re.compile(r"^EVA02-b \(IN-21k\) leads ConvNextV2-B"))).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("^Waterfall"))).to_have_count(1)
    expect(page.get_by_text("Smallest change of your weights")).to_be_visible()


def test_an_answer_without_words_takes_its_notice_of_waiting_away(open_page: Open) -> None:
    """The leader has nothing to improve, and the page went on saying that it was being computed."""
    page = open_page("/model?w.accuracy=1.37", height=2600)
    expect(page.get_by_text("Under your weights it is first already")).to_be_visible()
    expect(page.get_by_text("Computing…")).to_have_count(0)
    alone = open_page("/?w.accuracy=1.37&q=hiera-b-plus")
    expect(alone.locator(ROW)).to_have_count(1)
    expect(alone.get_by_text("Computing…")).to_have_count(0)


def test_two_groups_are_compared_and_the_link_says_which(open_page: Open) -> None:
    page = open_page("/groups", height=2200)
    expect(page.get_by_text("297 models in A, 29 models in B")).to_be_visible()
    page.get_by_test_id("stMultiSelect").filter(has_text="Head").last.click()
    page.get_by_role("option", name="Zero-shot").click()
    expect(page.get_by_text("301 models in A, 25 models in B")).to_be_visible()
    page.wait_for_function("location.href.endsWith('/groups?b.architecture=vision-language&b.head=zero-shot')")
    again = open_page("/groups?b.architecture=vision-language&b.head=zero-shot")
    expect(again.get_by_text("301 models in A, 25 models in B")).to_be_visible()


def test_a_limit_has_its_price_and_a_line_picks_its_model(open_page: Open) -> None:
    page = open_page("/trade-offs?parameters_millions.lte=30&select=resnet50", height=900)
    expect(page.get_by_role("cell", name="Parameters at most 30")).to_be_visible()
    assert page.locator(".js-plotly-plot").count() == 1, "what is out of sight waits"
    page.locator(".st-key-chart-parallel-room").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name=re.compile("ResNet50 is in the better half on"))).to_be_visible()


def test_a_finding_opens_its_tests(open_page: Open) -> None:
    page = open_page("/findings", height=900)
    expect(page.get_by_role("heading", level=1)).to_contain_text("claims")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") < 1300
    page.get_by_text("Transformers against CNNs").click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_a_decision_record_is_the_page_that_the_api_gives(open_page: Open, api_url: str) -> None:
    page = open_page("/?architecture=b-cos&w.shape_bias=2")
    page.get_by_role("button", name=re.compile("Download")).click()
    for label, name in (("Web page", "html"), ("Markdown", "md"), ("JSON record", "json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=label, exact=True).click()
        assert download.value.suggested_filename == f"wellbehaved-decision.{name}"
        query = {"architecture": "b-cos", "w.shape_bias": "2", "format": name}
        given = httpx.get(f"{api_url}/v1/decision-record", params=query).content
        assert download.value.path().read_bytes() == given


def test_an_outage_is_a_page_of_its_own_and_ends_by_itself(open_page: Open, api: Stoppable) -> None:
    page = open_page("/?w.shape_bias=2")
    leader = first_row(page)
    api.stop()
    try:
        choose(page, "Fair")
        expect(page.get_by_role("heading", level=1, name="The service does not answer")).to_be_visible()
        # What stood there before goes once the page of the outage is whole.
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_text("wellbehaved up", exact=True)).to_be_visible()
    finally:
        api.start()
    expect(page.get_by_role("heading", level=1, name=re.compile("leads with"))).to_be_visible()
    expect(page).to_have_url(re.compile("preset=fair"))
    page.go_back()
    expect(page.locator(f"{ROW} .model").first).to_have_text(leader.rpartition(" ")[0])
