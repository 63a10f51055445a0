"""The method in words."""

import re
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components.method import BIBTEX, REFERENCE

Run = Callable[..., AppTest]


DRAW = """
from dashboard.components import method
method.show_score(catalogue); method.show_dimensions(catalogue); method.show_flags(catalogue); method.show_citation()
"""


def test_every_dimension_and_every_flag_is_explained(alone: Run, catalogue: Catalogue) -> None:
    page = alone(DRAW)
    assert not page.exception
    text = "\n".join(each.value for each in page.markdown)
    for dimension in catalogue.dimensions.values():
        assert f"### {dimension.label}" in text
        assert dimension.description in text
    for flag in catalogue.flags.values():
        assert f"**{flag.label}**" in text
        assert flag.meaning in text
    assert len(page.latex) == 2


def test_the_two_citations_are_of_one_paper() -> None:
    (number,) = set(re.findall(r"\d{4}\.\d{5}", BIBTEX + REFERENCE))
    assert number == "2503.17110"
    assert BIBTEX.count("{") == BIBTEX.count("}")
