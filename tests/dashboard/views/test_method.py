"""The method page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue

RunPage = Callable[..., AppTest]


def test_every_dimension_and_flag_is_explained(run_page: RunPage, catalogue: Catalogue) -> None:
    text = "\n".join(entry.value for entry in run_page("method").markdown)
    for dimension in catalogue.dimensions.values():
        assert f"### {dimension.label}" in text
        assert dimension.procedure
        assert dimension.procedure in text
    for flag in catalogue.flags.values():
        assert flag.meaning in text


def test_the_study_is_cited(run_page: RunPage) -> None:
    page = run_page("method")
    assert "2503.17110" in page.code[0].value
    assert any("Hesse" in entry.value for entry in page.markdown)
