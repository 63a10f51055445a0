"""One trace reaches from a page in the browser to the statements that it waits for, through two processes."""

import os
from collections.abc import Iterator

import pytest

from backend.tracing import SERVICE
from tests.browser.conftest import Open
from tests.otlp_collector import Collector, Received, collecting
from wellbehaved.traced_dashboard import DASHBOARD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def collector() -> Iterator[Collector]:
    """A collector that the environment of service and dashboard names, which start after it."""
    with collecting() as made, pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("OTEL_")]:
            patch.delenv(name)
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
        yield made


def test_a_page_its_request_and_the_statements_are_one_trace(open_page: Open, collector: Collector) -> None:
    def pages() -> list[Received]:
        return collector.named("page Rank")

    open_page("/")
    # A run may have ended before it asked for the ranking, and the board's file asks for one outside of a page.
    answer = collector.await_span(
        "GET /v1/rankings of a page",
        lambda each: each.name == "GET /v1/rankings" and any(each.trace_id == page.trace_id for page in pages()),
    )
    assert (answer.service, answer.kind) == (SERVICE, "server")
    page = next(each for each in pages() if each.trace_id == answer.trace_id)
    assert (page.service, page.parent_id, page.failed) == (DASHBOARD, "", False)
    request = collector.await_span("the request of the answer", lambda each: each.span_id == answer.parent_id)
    assert (request.service, request.kind, request.parent_id) == (DASHBOARD, "client", page.span_id)
    assert "/v1/rankings?" in request.attributes["url.full"]
    statement = collector.await_span(
        "a statement of the answer",
        lambda each: each.parent_id == answer.span_id and "db.query.text" in each.attributes,
    )
    assert (statement.service, statement.trace_id) == (SERVICE, page.trace_id)
