"""One claim of the study."""

from collections.abc import Callable, Iterator

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components import finding_card
from wellbehaved import Client

Run = Callable[..., AppTest]


@pytest.fixture(scope="module")
def findings(api: Client) -> list[dict[str, object]]:
    found: list[dict[str, object]] = api.get("/v1/findings")["items"]
    return found


def test_every_verdict_that_the_service_reaches_has_a_colour_and_a_word(findings: list[dict[str, object]]) -> None:
    assert {finding["verdict"] for finding in findings} <= set(finding_card.VERDICTS)


def test_a_table_has_a_row_for_each_claimed_dimension_that_was_compared(
    findings: list[dict[str, object]], catalogue: Catalogue
) -> None:
    for finding in findings:
        table = finding_card.tests(finding, catalogue)
        points: list[dict[str, str]] = finding["points"]  # type: ignore[assignment]
        claimed = {point["dimension"] for point in points}
        rows = [
            item
            for test in finding["tests"]  # type: ignore[attr-defined]
            for item in test["items"]
            if item["dimension"] in claimed and item["difference"] is not None
        ]
        assert len(table) == len(rows)
        better = {"a": finding["a_label"], "b": finding["b_label"], None: "not significant"}
        assert list(table["Better"]) == [better[item["better"]] for item in rows]


def test_a_correlation_is_shown_as_it_was_found(findings: list[dict[str, object]], catalogue: Catalogue) -> None:
    (finding,) = [each for each in findings if each["correlations"]]
    table = finding_card.correlations(finding, catalogue)
    pairs: list[dict[str, object]] = finding["correlations"]  # type: ignore[assignment]
    assert list(table["Spearman ρ"]) == [pair["rho"] for pair in pairs]
    assert [word == "yes" for word in table["Significant"]] == [pair["significant"] for pair in pairs]


def test_a_line_keeps_chart_prose_and_figures_for_later(alone: Run, findings: list[dict[str, object]]) -> None:
    page = alone(
        "from dashboard.components import finding_card\n"
        "finding_card.show(source.client().get('/v1/findings')['items'][0], catalogue, 3.0)"
    )
    assert not page.exception
    (line,) = page.expander
    assert str(findings[0]["title"]) in line.label
    assert not page.markdown
    assert not page.get("plotly_chart")
    assert not page.dataframe


def test_the_prose_and_the_figures_come_when_they_are_asked_for(
    alone: Run, findings: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager
    from types import SimpleNamespace

    from dashboard.components import chart_card

    @contextmanager
    def opened(*_: object, **__: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(open=True)

    monkeypatch.setattr(streamlit, "expander", opened)
    monkeypatch.setattr(chart_card, "show", lambda *_: None)
    page = alone(
        "from dashboard.components import finding_card\n"
        "for finding in source.client().get('/v1/findings')['items']: finding_card.show(finding, catalogue, 3.0)"
    )
    assert not page.exception
    text = "\n".join(each.value for each in page.markdown)
    for finding in findings:
        assert all(sentence in text for sentence in finding["sentences"])  # type: ignore[attr-defined]
        assert str(finding["caveat"]) in text
    assert len(page.dataframe) == len(findings)
