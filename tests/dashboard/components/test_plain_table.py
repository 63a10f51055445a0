"""The table for browsers in which the board cannot run."""

from dashboard.catalogue import Catalogue
from dashboard.components.plain_table import html
from dashboard.listing import PAGE_ROWS
from wellbehaved import Client, Ranking


def test_it_has_the_rows_of_a_page_with_every_value(ranking: Ranking, catalogue: Catalogue) -> None:
    text = html(ranking, catalogue, 25)
    assert text.count("<tr>") == PAGE_ROWS + 1
    assert "Models 26 to 50 of 326" in text
    assert "Calibration error (fraction, lower is better)" in text


def test_doubts_and_reasons_are_said(api: Client, catalogue: Catalogue) -> None:
    assert "0.0130 ⚑" in html(api.rankings.get(limit=2), catalogue, 0)
    assert "– (flagged, screened out)" in html(api.rankings.get(quality="screened"), catalogue, 300)


def test_a_name_is_text_and_never_markup(ranking: Ranking, catalogue: Catalogue) -> None:
    named = Ranking(**{**vars(ranking), "frame": ranking.frame.assign(name="<script>x</script>")})
    assert "<script>" not in html(named, catalogue, 0)


def test_a_dimension_beyond_the_study_has_a_column_while_it_is_weighed(api: Client, catalogue: Catalogue) -> None:
    assert "Brier" not in html(api.rankings.get(limit=2), catalogue, 0)
    assert "Brier score" in html(api.rankings.get(limit=2, weights={"brier_score": 1}), catalogue, 0)
