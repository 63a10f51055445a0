"""The study's claims as cards."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components import finding_card
from dashboard.wording import plain_text
from wellbehaved import Client

RunPage = Callable[..., AppTest]


def test_every_claim_is_a_line_with_its_verdict_and_marks(run_page: RunPage, api: Client) -> None:
    page = run_page("findings")
    assert not page.exception
    texts = [text.value for text in page.markdown]
    found = api.findings()
    assert texts[0] == f"# Of {len(found)} claims: 1 supported, 9 partly supported and 1 not supported."
    for finding in found:
        (line,) = [each.label for each in page.expander if plain_text(finding["title"]) in each.label]
        assert f"{finding['holding']} of {len(finding['points'])}" in line
        assert not any(finding["caveat"] in text for text in texts), "prose waits until it is asked for"
    assert not page.get("plotly_chart"), "charts wait until they are asked for"
    marks = [each.proto.body for each in page.get("html") if "claim-marks" in each.proto.body]
    assert len(marks) == len(found)
    assert not page.slider, "no weights where they have no effect"


def test_a_benchmark_without_models_says_so(run_page: RunPage) -> None:
    page = run_page("findings", benchmark="toy-shapes")
    assert not page.exception
    assert not page.get("plotly_chart")


def test_the_figures_of_a_card_are_those_of_the_interface(api: Client, catalogue: Catalogue) -> None:
    finding = next(finding for finding in api.findings() if finding["key"] == "pre-training-data")
    table = finding_card.tests(finding, catalogue)
    pairs = table[table["Values"] == "Matched pairs, all values"].set_index("Dimension")
    assert pairs.loc["Accuracy", "Difference"] == "+0.0221"
    assert pairs.loc["Accuracy", "Models"] == "20 pairs"
    correlated = next(finding for finding in api.findings() if finding["correlations"])
    assert len(finding_card.correlations(correlated, catalogue)) == len(correlated["correlations"])
