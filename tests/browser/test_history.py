"""Back, Forward, reload and outages: the view on screen, the address and the API's answer always agree."""

import itertools
import os
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from quba.dimensions import STUDY_DIMENSIONS
from quba.ranking.presets import PRESETS

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
SOAK = bool(os.environ.get("WELLBEHAVED_SOAK"))
STEPS = 500 if SOAK else 40
EVERY_PAGE = ("Rank", "Trade-offs", "Compare", "Model", "Stability", "Groups", "Findings", "Correlations",
              "Reproduction", "Evaluate", "Method")  # fmt: skip
# One with the table, one with widgets of its own, one with a model, one without sidebar; the long form takes all.
PAGES = EVERY_PAGE if SOAK else ("Rank", "Stability", "Model", "Evaluate")
VIEW = "w.accuracy=2&w.shape_bias=1.5&architecture=cnn&parameters_millions.lte=60&select=resnet50"
WITHOUT_SIDEBAR = {"Groups", "Findings", "Reproduction", "Evaluate", "Method"}
PATIENCE = 30_000.0


class Stoppable(Protocol):
    """A service under the test's control."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


def settled(page: Page) -> None:
    """Wait until the script has run and every element has its code."""
    ready = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    page.wait_for_timeout(100)
    page.wait_for_function(f"{ready} && !document.querySelector('[data-testid=stSkeleton]')")


def sliders(page: Page) -> Locator:
    """Those of the nine weights, without the ones that move a whole theme."""
    return page.get_by_role("slider", name=re.compile("(higher|lower) is better"))


def path_of(name: str) -> str:
    return "/" if name == "Rank" else f"/{name.lower()}"


def go(page: Page, name: str) -> None:
    """Change the page as a reader does."""
    page.get_by_test_id("stTopNavLink").get_by_text(name, exact=True).click()
    expect(page).to_have_url(re.compile(rf"{re.escape(path_of(name))}(\?|$)"))
    settled(page)


def traverse(page: Page, step: Callable[[], object], address: str) -> None:
    """Go Back or Forward to an address, and see that the page stays there."""
    step()
    # The step counts as done at the next event of the history, which may be the last one of the page that is left.
    expect(page).to_have_url(address)
    settled(page)
    assert page.url == address


def query_of(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query))


def page_of(page: Page) -> str:
    path = urlsplit(page.url).path
    return next(name for name in EVERY_PAGE if path_of(name) == path)


def weights_of(query: Mapping[str, str]) -> dict[str, float]:
    """Those of the nine that stand open; the others are folded away, and no step here weighs them."""
    weights = PRESETS[query.get("preset", "paper")].weights
    return {key: float(query.get(f"w.{key}", weights[key])) for key in STUDY_DIMENSIONS}


def agrees(page: Page, api_url: str) -> None:
    """Screen, address and API come to say the same; otherwise this fails with what differs to the end."""
    deadline = time.monotonic() + PATIENCE / 1000
    while differs := difference(page, api_url):
        # The address follows a hand once Python has answered, which on a busy machine may not have begun yet.
        assert time.monotonic() < deadline, f"{differs} at {page.url}"
        page.wait_for_timeout(100)


def difference(page: Page, api_url: str) -> str:
    """What screen, address and API do not agree on; empty where they do."""
    query = query_of(page)
    if hidden := [name for name in query if name.startswith("_")]:
        return f"the address has {hidden}"
    if page_of(page) not in WITHOUT_SIDEBAR:
        shown = sliders(page).evaluate_all("all => all.map(each => each.getAttribute('aria-valuetext'))")
        wanted = [f"{weight:.2f}" for weight in weights_of(query).values()]
        if shown != wanted:
            return f"sliders stand at {shown}, the address says {wanted}"
    if page_of(page) == "Rank":
        asked = {name: value for name, value in query.items() if name not in ("page", "select", "x", "y")}
        models = httpx.get(f"{api_url}/v1/rankings", params={**asked, "limit": "1"}).json()["items"]
        said = page.get_by_role("heading", level=1).first.text_content() or ""
        if f"{models[0]['name']} leads" not in said:
            return f"the heading is {said!r}, the service has {models[0]['name']!r} first"
    return ""


def tour(pages: Sequence[str]) -> list[str]:
    """A walk that goes once from every page to every other one (Hierholzer's)."""
    left = {a: [b for b in pages if b != a] for a in pages}
    trail, walk = [pages[0]], []
    while trail:
        if left[trail[-1]]:
            trail.append(left[trail[-1]].pop())
        else:
            walk.append(trail.pop())
    return walk[::-1]


def test_the_tour_goes_from_every_page_to_every_other() -> None:
    walk = tour(EVERY_PAGE)
    assert len(walk) == len(EVERY_PAGE) * (len(EVERY_PAGE) - 1) + 1
    assert len(set(itertools.pairwise(walk))) == len(walk) - 1


def test_back_and_forward_over_every_pair_of_pages_restore_the_view(open_page: Open, api_url: str) -> None:
    page = open_page(f"/?{VIEW}")
    walk = tour(PAGES)
    entries = page.evaluate("history.length")
    addresses = [page.url]
    for steps, name in enumerate(walk[1:], 1):
        go(page, name)
        agrees(page, api_url)
        addresses.append(page.url)
        # One entry for each change of the page; browsers keep fifty.
        assert page.evaluate("history.length") == min(50, entries + steps)
    reachable = addresses[-min(len(addresses), 50 - entries + 1) :]
    for address in reversed(reachable[:-1]):
        traverse(page, page.go_back, address)
        agrees(page, api_url)
    for address in reachable[1:]:
        traverse(page, page.go_forward, address)
        agrees(page, api_url)
    assert weights_of(query_of(page)) == {**weights_of({}), "accuracy": 2.0, "shape_bias": 1.5}


def test_back_twice_before_a_page_has_begun_leads_two_pages_back(open_page: Open, api_url: str) -> None:
    """The run for the first step began when the address had moved on, and pushed its page on top: Forward was lost."""
    page = open_page(f"/?{VIEW}")
    addresses = [page.url]
    for name in ("Stability", "Model", "Evaluate"):
        go(page, name)
        agrees(page, api_url)
        addresses.append(page.url)
    entries = page.evaluate("history.length")
    for there, back in ((addresses[1], "back"), (addresses[3], "forward")):
        page.evaluate(f"addEventListener('popstate', () => history.{back}(), {{once: true}}); history.{back}()")
        expect(page).to_have_url(there)
        settled(page)
        agrees(page, api_url)
        expect(page.locator("[data-testid=stTopNavLink][aria-current=page]")).to_have_text(page_of(page))
        assert (page.url, page.evaluate("history.length")) == (there, entries)


def test_a_chart_that_comes_in_sight_as_its_page_is_left_does_not_call_it_back(open_page: Open, api_url: str) -> None:
    # So low that the chart is out of sight even while the one above it has no height yet.
    page = open_page(f"/?{VIEW}", height=400)
    go(page, "Trade-offs")
    settled(page)
    # Before Streamlit hears of it, and takes the page away; a busy machine may have drawn the chart by then.
    reveal = "document.querySelector('.st-key-chart-parallel-room')?.scrollIntoView()"
    page.evaluate(f"addEventListener('popstate', () => {reveal}, {{capture: true, once: true}})")
    page.go_back()
    expect(page.locator("[data-testid=stTopNavLink][aria-current=page]")).to_have_text("Rank")
    settled(page)
    agrees(page, api_url)


@pytest.mark.parametrize("start", ["/", "/?preset=robust", "/?w.accuracy=2&architecture=cnn"])
def test_back_to_an_earlier_view_on_another_page(open_page: Open, api_url: str, start: str) -> None:
    """A bare address that Back leads to is the default view, wherever the reader comes from."""
    page = open_page(start)
    first = page.url
    go(page, "Stability")
    second = page.url
    page.get_by_test_id("stSidebar").get_by_text("Edge device", exact=True).click()
    expect(page).to_have_url(re.compile("preset=edge"))
    settled(page)
    third = page.url
    go(page, "Model")
    page.reload()
    expect(sliders(page)).to_have_count(9)
    settled(page)
    agrees(page, api_url)
    for address in (third, second, first):
        traverse(page, page.go_back, address)
        agrees(page, api_url)
    traverse(page, page.go_forward, second)
    agrees(page, api_url)


def test_a_preset_chosen_in_an_outage_is_there_after_it(open_page: Open, api: Stoppable, api_url: str) -> None:
    """The sliders that came back after it stood at 0, and were believed."""
    page = open_page("/?preset=robust")
    sidebar = page.get_by_test_id("stSidebar")
    api.stop()
    try:
        sidebar.get_by_text("Fair", exact=True).click()
        expect(page.get_by_role("heading", level=1, name=re.compile("The service"))).to_be_visible()
        page.get_by_test_id("stTopNavLink").get_by_text("Stability", exact=True).click()
        expect(page).to_have_url(re.compile("/stability"))
        expect(page.get_by_role("heading", level=1, name=re.compile("The service"))).to_be_visible()
    finally:
        api.start()
    expect(sliders(page)).to_have_count(9)
    settled(page)
    expect(page).to_have_url(re.compile(r"/stability\?preset=fair$"))
    agrees(page, api_url)
    go(page, "Rank")
    agrees(page, api_url)
    sidebar.get_by_text("Edge device", exact=True).click()
    expect(page).to_have_url(re.compile("preset=edge$"))
    settled(page)
    agrees(page, api_url)


def outage(api: Stoppable) -> None:
    """The service goes and comes back."""
    api.stop()
    api.start()


def change(page: Page, kind: str, choices: random.Random, api: Stoppable) -> None:
    """One step of a reader, or an outage between two of them."""
    sidebar, here = page.get_by_test_id("stSidebar"), page_of(page)
    steps: dict[str, Callable[[], object]] = {
        "page": lambda: go(page, choices.choice([name for name in EVERY_PAGE if name != here])),
        "reload": page.reload,
        "back": page.go_back,
        "forward": page.go_forward,
        "preset": lambda: sidebar.get_by_text(
            choices.choice([PRESETS[key].label for key in ("robust", "edge", "fair")]), exact=True
        ).click(),
        "slider": lambda: sliders(page).nth(choices.randrange(9)).press(
            choices.choice(["ArrowRight", "ArrowLeft"])
        ),
        "filter": lambda: sidebar.get_by_text(re.compile(r"^Transformer \d+$")).first.click(),
        "outage": lambda: outage(api),
    }  # fmt: skip
    steps[kind]()


def test_a_random_walk_keeps_screen_address_and_answer_together(open_page: Open, api: Stoppable, api_url: str) -> None:
    choices = random.Random(20_261_125)
    page = open_page("/")
    done: list[str] = []
    behind = ahead = 0
    for number in range(STEPS):
        kinds = ["page", "reload"] + ["back"] * bool(behind) * 2 + ["forward"] * bool(ahead)
        kinds += ["preset", "slider", "filter"] * (page_of(page) not in WITHOUT_SIDEBAR)
        kind = "outage" if number % 20 == 19 else choices.choice(kinds)
        before = page.url
        change(page, kind, choices, api)
        page.wait_for_timeout(300)
        settled(page)
        done.append(f"{kind} to {page.url}")
        try:
            agrees(page, api_url)
        except AssertionError as error:
            raise AssertionError(f"{error}\nafter:\n" + "\n".join(done[-8:])) from error
        if kind in ("back", "forward"):
            step = -1 if kind == "back" else 1
            behind, ahead = behind + step, ahead - step
        elif page.url != before:
            behind, ahead = behind + 1, 0


@pytest.mark.parametrize(
    "link",
    [
        "/compare?models=resnet50,alexnet",
        "/stability?architecture=cnn&w.accuracy=2",
        "/stability?w.accuracy=2.0",
        "/stability?w.accuracy=2&select=nobody",
    ],
)
def test_however_a_link_is_spelt_it_has_one_entry_a_page(open_page: Open, api_url: str, link: str) -> None:
    page = open_page("/method")
    entries = page.evaluate("history.length")
    page.goto(urljoin(page.url, link))
    settled(page)
    first = page.url
    go(page, "Model")
    agrees(page, api_url)
    assert page.evaluate("history.length") == entries + 2
    traverse(page, page.go_back, first)
    agrees(page, api_url)
    page.go_back()
    expect(page).to_have_url(re.compile("/method"))
