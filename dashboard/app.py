"""The dashboard's entry point: finds the pages, reads the view from the address, asks the API, shows the page."""

from __future__ import annotations

import importlib
import pkgutil
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import benchmarks, catalogue, deferred, listing, state, views
from dashboard.components import (
    announcement,
    benchmark_choice,
    controls,
    empty,
    notices,
    outage,
    phone_bar,
    refusal,
    side,
)
from dashboard.page import Content, Page
from dashboard.page_spans import page_span
from wellbehaved import ApiError, ApiUnreachable

FAVICON = Path(__file__).with_name("favicon.svg")
SIDEBAR_WIDTH = 345
SERVICE_UNAVAILABLE = 503


def pages() -> list[Page]:
    """One page per file of `views/`, in the order of the navigation."""
    modules = (
        importlib.import_module(f"{views.__name__}.{found.name}") for found in pkgutil.iter_modules(views.__path__)
    )
    return sorted((module.PAGE for module in modules), key=lambda page: int(page.position))


def show(page: Page) -> None:
    """Answer the view and draw the page, or say why that is impossible."""
    # First of all, for an outage must not lose what the reader has just chosen.
    state.follow_widgets()
    state.follow_history()
    state.tab().late = []
    try:
        known = _catalogue()
        state.restore(known.vocabulary)
        benchmark_choice.show()
        here = _on_benchmark(known)
        _show_answer(page, here if page.ranks else known)
        state.publish()
        deferred.finish()
    except ApiUnreachable as error:
        outage.show(error)
    except ApiError as error:
        if error.status == SERVICE_UNAVAILABLE:
            outage.show(error)
        else:
            refusal.show(error)


def _catalogue() -> catalogue.Catalogue:
    """What there is as of the last answer; a tab that comes by a link asks anew, for the link may name what is new."""
    tab = state.tab()
    if tab.view is None or tab.returning:
        tab.data_version = catalogue.newest_version()
    return catalogue.catalogue(tab.data_version)


def _follow_data(data_version: str, known: catalogue.Catalogue) -> None:
    """Begin anew where the answer is of data that have other dimensions than the catalogue."""
    tab = state.tab()
    if data_version != tab.data_version:
        tab.data_version = data_version
        if catalogue.catalogue(data_version).vocabulary != known.vocabulary:
            st.rerun()


def _on_benchmark(known: catalogue.Catalogue) -> catalogue.Catalogue:
    """What there is on the view's benchmark, which may have some of the dimensions only."""
    found = benchmarks.benchmark(state.current()["benchmark"])
    # The service will say so of one that it does not have; a built-in one has whatever dimensions there are.
    if found is None or found["origin"] != benchmarks.OWN:
        return known
    state.keep_to(found["label"], found["dimensions"])
    return known.on(found["dimensions"])


def _show_answer(page: Page, known: catalogue.Catalogue) -> None:
    view = state.current()
    if not any(view.weights[key] for key in known.dimensions):
        # Without any weight there is no ranking to ask for; the sliders must stay in reach all the same.
        controls.show(known, catalogue.facets(view.without_filters("score.gte", "score.lte"), ""))
        refusal.show_no_weights()
        return
    ranking = listing.ranking(view, every_model=page.draws_every_model, in_order=page.in_order)
    _follow_data(ranking.data_version, known)
    facets = catalogue.facets(view, ranking.data_version)
    asked = listing.picks(view)
    if not asked <= set(ranking.frame["model_id"]):
        state.drop_unknown_models(listing.existing(view, asked, ranking.data_version))
    notices.show()
    if page.ranks and not ranking.total_models:
        empty.show(view)
        return
    if not page.ranks:
        side.say("Weights and filters have no effect on this page.")
    page.show(Content(known, ranking, facets))


def main() -> None:
    """Run the app once, as Streamlit does on every interaction."""
    entries = {
        page.url_path: st.Page(
            partial(show, page), title=page.title, url_path=page.url_path, icon="", default=not page.url_path
        )
        for page in pages()
    }
    state.tab().pages = entries
    entry = st.navigation(list(entries.values()), position="top")
    st.set_page_config(
        page_title=f"{entry.title} · wellbehaved",
        page_icon=str(FAVICON),
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
        menu_items={"About": "**wellbehaved** ranks image classifiers by how well they behave."},
    )
    side.show()
    with st.container(key="unseen"):
        announcement.show()
        phone_bar.show()
    with page_span(entry.title):
        entry.run()


if __name__ == "__main__":
    main()
