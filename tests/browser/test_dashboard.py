"""What a reader does and sees, in a real browser."""

import re
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urljoin

import httpx
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PAGES = ("/", "/trade-offs", "/compare?models=eva02-b-21k,hiera-b-plus,resnet50", "/model?select=hiera-b-plus",
         "/stability", "/groups", "/findings", "/correlations", "/evaluate", "/method")  # fmt: skip
PATIENCE = 30_000.0
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
    row = page.locator(".frame tbody tr").first
    return f"{row.locator('.model').inner_text()} {row.locator('.score').inner_text()}"


def settled(page: Page) -> None:
    """Wait until the script has run and every element has its code."""
    ready = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    page.wait_for_function(f"{ready} && !document.querySelector('[data-testid=stSkeleton]')")
    expect(page.locator("h1").first).to_be_visible()


def choose(page: Page, label: str) -> None:
    """Click a choice in the sidebar."""
    page.get_by_test_id("stSidebar").get_by_text(label, exact=True).click()


def test_the_answer_is_there_at_once(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads with 1.07")
    assert first_row(page) == "EVA02-b (IN-21k) 1.0738"
    expect(page.get_by_role("slider")).to_have_count(9)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)


def test_a_slider_moved_by_keyboard_re_ranks_and_the_link_reproduces_it(open_page: Open) -> None:
    page = open_page()
    slider = page.get_by_role("slider", name=re.compile("^Parameters"))
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"w\.parameters_millions=2$"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("1.07")
    address = page.url
    leader = first_row(page)
    assert leader != "EVA02-b (IN-21k) 1.0738"
    expect(page.locator(".frame tbody .change.up").first).to_be_visible()
    again = open_page(address[address.index("/?") :])
    assert first_row(again) == leader
    expect(again.get_by_role("slider", name=re.compile("^Parameters"))).to_have_value("2")


def test_back_undoes_the_last_step(open_page: Open) -> None:
    page = open_page()
    choose(page, "Edge device")
    expect(page).to_have_url(re.compile("preset=edge$"))
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("EVA02-b")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads with 1.07")


def test_weighing_only_what_a_model_has_gives_it_a_rank_and_back_undoes_it(open_page: Open) -> None:
    page = open_page("/?quality=screened&select=hiera-b-plus")
    expect(page.locator(".frame tr.selected")).to_have_count(1)
    before = page.url
    page.get_by_role("button", name="Weigh only what is left").click()
    expect(page).to_have_url(re.compile(r"w\.calibration_error=0&w\.class_balance=0"))
    expect(page.get_by_role("slider", name=re.compile("^Class balance"))).to_have_value("0")
    expect(page.locator(".frame tr.selected .score")).not_to_have_text("–")
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
    page = open_page(height=1800)
    page.locator(".frame").get_by_role("button", name="Hiera-B-Plus").press("Enter")
    expect(page).to_have_url(re.compile("select=hiera-b-plus$"))
    expect(page.locator(".js-plotly-plot .annotation-text")).to_have_text("Hiera-B-Plus")
    # The smallest models stand alone at the left edge, so that a click cannot hit a neighbour.
    points = page.locator("[class*=st-key-chart-tradeoff] .scatterlayer .point")
    boxes = [point.bounding_box() for point in points.all()]
    left = min((box for box in boxes if box), key=lambda box: box["x"])
    page.mouse.click(left["x"] + left["width"] / 2, left["y"] + left["height"] / 2)
    expect(page).not_to_have_url(re.compile("select=hiera-b-plus"))
    expect(page).to_have_url(re.compile("select="))
    expect(page.locator(".frame tr.selected")).to_have_count(1)
    expect(page.locator(".frame tr.selected")).to_be_in_viewport()


def test_a_flag_beside_the_name_opens_its_reason_by_touch_and_by_keyboard(open_page: Open) -> None:
    page = open_page()
    row = page.locator(".frame tbody tr").nth(1)
    flag = row.get_by_role("button", name="Flag: Softmax applied twice. Why?")
    expect(row.locator(".model")).to_have_text("Hiera-B-Plus")
    expect(row.locator(".reason")).to_be_hidden()
    flag.press("Enter")
    expect(row.locator(".reason")).to_contain_text(
        "Calibration error, Class balance: Calibration error and class balance"
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
    page.locator(".frame thead").get_by_role("button", name="Cal. err.").press("Enter")
    expect(page).to_have_url(re.compile("sort=calibration_error$"))
    expect(page.locator(".frame th[aria-sort=ascending]")).to_have_count(1)
    page.locator(".frame thead").get_by_role("button", name="Cal. err.").press("Enter")
    expect(page).to_have_url(re.compile("sort=-calibration_error$"))


def test_a_filter_narrows_and_its_chip_takes_it_off(open_page: Open) -> None:
    page = open_page()
    choose(page, "B-cos 12")
    expect(page).to_have_url(re.compile("architecture=b-cos$"))
    expect(page.locator(".frame tbody tr")).to_have_count(12)
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
    page.get_by_role("button", name="Lock", exact=True).click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Shape bias").click()
    expect(page).to_have_url(re.compile(r"lock=shape_bias"))
    page.keyboard.press("Escape")
    choose(page, "CNN 170")
    expect(page).to_have_url(re.compile("architecture=cnn"))
    page.locator(".frame thead").get_by_role("button", name="Acc.").press("Enter")
    expect(page).to_have_url(re.compile("sort=-accuracy"))
    page.get_by_role("combobox", name="Horizontal axis").click()
    page.get_by_role("option", name="Shape bias").click()
    expect(page).to_have_url(re.compile("x=shape_bias"))
    page.get_by_test_id("stPagination").get_by_role("button", name="3").click()
    expect(page).to_have_url(re.compile("page=3"))
    page.locator(".frame .model").nth(4).press("Enter")
    expect(page).to_have_url(re.compile("select="))
    settled(page)
    again = open_page(page.url[page.url.index("/?") :], height=2200)
    for locator in (".frame tbody", "h1", "[class*=st-key-selection]", "[class*=st-key-active_filters]"):
        assert again.locator(locator).inner_text() == page.locator(locator).inner_text(), locator
    sliders = "[...document.querySelectorAll('input[type=range]')].map(each => each.ariaLabel + each.value)"
    assert again.evaluate(sliders) == page.evaluate(sliders)
    assert again.locator(".xtitle").last.text_content() == page.locator(".xtitle").last.text_content()
    assert again.get_by_test_id("stSidebar").inner_text() == page.get_by_test_id("stSidebar").inner_text()
    assert again.url == page.url


def test_a_preset_a_lock_and_a_reset(open_page: Open) -> None:
    page = open_page()
    choose(page, "Edge device")
    accuracy = page.get_by_role("slider", name=re.compile("^Accuracy"))
    expect(accuracy).to_have_value("1.5")
    accuracy.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"preset=edge&w\.accuracy=1\.55$"))
    page.get_by_role("button", name="Lock", exact=True).click()
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Accuracy").click()
    expect(page).to_have_url(re.compile("lock=accuracy$"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset weights").click()
    expect(page).to_have_url(re.compile(r"preset=edge&w\.accuracy=1\.55&lock=accuracy$"))
    page.get_by_role("button", name="Reset all").click()
    expect(page).not_to_have_url(re.compile("preset|w\\.|lock"))
    expect(page.get_by_role("slider", name=re.compile("^Accuracy"))).to_have_value("1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b (IN-21k) leads with 1.07")


def test_sliders_and_table_are_reached_with_the_tab_key(open_page: Open) -> None:
    page = open_page()
    reached: list[str] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        if reached[-1].startswith("model "):
            break
    assert sum(name.startswith("slider ") for name in reached) in (0, 9)
    assert any(name.startswith("sort ") for name in reached)
    assert reached[-1] == "model eva02-b-21k"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("select=eva02-b-21k$"))
    while sum(name.startswith("slider ") for name in reached) < 9:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        assert len(reached) < 400


@pytest.mark.parametrize("count", [2, 6])
def test_two_to_six_models_stand_side_by_side(count: int, open_page: Open) -> None:
    models = ["eva02-b-21k", "hiera-b-plus", "resnet50", "alexnet", "resnet101", "convnextv2-b-21k"][:count]
    page = open_page(f"/compare?models={','.join(models)}", height=2000)
    expect(page.get_by_test_id("stTable").locator("th")).to_have_count(count + 1)
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(count)
    expect(page.get_by_text("Rank among all")).to_be_visible()


def test_a_seventh_model_is_refused_with_a_notice(open_page: Open) -> None:
    models = "eva02-b-21k,hiera-b-plus,resnet50,alexnet,resnet101,resnet152,resnet18"
    page = open_page(f"/compare?models={models}")
    expect(page.get_by_role("alert")).to_contain_text("at most 6 models can be compared")


def test_a_chart_has_a_name_and_a_table(open_page: Open) -> None:
    page = open_page(height=2000)
    expect(page.get_by_role("figure", name=re.compile("^Scatter plot of 326 models"))).to_have_count(1)
    page.get_by_text("Show as table").last.click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


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
    page = open_page("/correlations", dark=dark)
    expect(page.locator(".heatmap-label text").first).to_be_visible()
    ground, ink = ("rgb(18, 22, 27)", "rgb(231, 235, 239)") if dark else ("rgb(255, 255, 255)", "rgb(28, 33, 39)")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", ground)
    fills = page.evaluate(
        "[...document.querySelectorAll('.heatmap-label text, .xtick text, .ytick text')]"
        ".map(each => getComputedStyle(each).fill)"
    )
    assert len(fills) > 45
    assert set(fills) == {ink}


def test_on_a_phone_rank_name_and_score_are_in_sight(open_page: Open) -> None:
    page = open_page(width=390, height=844)
    row = page.locator(".frame tbody tr").first
    for part in ("rank", "name", "score"):
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
    expect(page.locator(".js-plotly-plot")).to_have_count(2)


def test_the_page_of_a_model_says_why_and_what_if(open_page: Open) -> None:
    page = open_page("/model?select=convnextv2-b-21k", height=2600)
    expect(page.get_by_role("heading", name=re.compile(r"^EVA02-b \(IN-21k\) leads ConvNextV2-B"))).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("^Waterfall"))).to_have_count(1)
    expect(page.get_by_text("Smallest change of your weights")).to_be_visible()


def test_two_groups_are_compared_and_the_link_says_which(open_page: Open) -> None:
    page = open_page("/groups", height=2200)
    expect(page.locator("h1")).to_contain_text("297 models in A, 29 models in B")
    page.get_by_label("Head").last.click()
    page.get_by_role("option", name="Zero-shot").click()
    expect(page.locator("h1")).to_contain_text("301 models in A, 25 models in B")
    page.wait_for_function("location.href.endsWith('/groups?b.head=zero-shot')")
    again = open_page("/groups?b.head=zero-shot")
    expect(again.locator("h1")).to_contain_text("301 models in A, 25 models in B")


def test_a_limit_has_its_price_and_a_line_picks_its_model(open_page: Open) -> None:
    page = open_page("/trade-offs?parameters_millions.lte=30&select=resnet50", height=3000)
    expect(page.get_by_role("cell", name="Parameters at most 30")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("ResNet50 is in the better half on"))).to_be_visible()


def test_a_finding_opens_its_tests(open_page: Open) -> None:
    page = open_page("/findings", height=2600)
    expect(page.get_by_role("heading", level=1)).to_contain_text("claims")
    page.get_by_text("Tests and query").first.click()
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
        expect(page.get_by_role("heading", level=1)).to_have_text("The service does not answer")
        expect(page.get_by_text("wellbehaved up", exact=True)).to_be_visible()
    finally:
        api.start()
    expect(page.get_by_role("heading", level=1)).to_contain_text("leads with")
    expect(page).to_have_url(re.compile("preset=fair"))
    page.go_back()
    expect(page.locator(".frame tbody tr").first).to_contain_text(leader.rsplit(" ", 1)[0])
