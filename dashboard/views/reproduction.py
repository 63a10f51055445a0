"""The study's figures against what was measured here of the same weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.charts.reproduction import reproduction
from dashboard.components import chart_card, terms
from dashboard.components.reproduction import FLAGGED, READING, UNFLAGGED, answer, flag_test_frame, frame, left_out
from dashboard.page import Content, Page
from dashboard.wording import PLUS_MINUS, enumeration, model_count
from wellbehaved.reproduction_text import tally_sentence


def show(content: Content) -> None:
    """Draw the page."""
    found = answer(content.ranking.data_version)
    if not found["items"]:
        _show_nothing(found)
        return
    st.markdown(f"# {model_count(found['models'])} measured again: do the published values hold?")
    terms.show("Flagged value", "Measurement error", "As published, corrected")
    chart_card.show(
        reproduction(found["items"], content.catalogue.dimensions, _finding(found)), "chart.reproduction", selects=True
    )
    if found["flagged"]["compared"]:
        st.markdown(tally_sentence(found["flagged"], FLAGGED))
    _show_flag_tests(found, content)
    if found["subsets"]:
        st.markdown(
            f"Left out of these counts, as of a subset of the images: {found['subsets']}. Calibration error and class "
            "balance of a subset differ for that reason alone."
        )
    st.dataframe(
        frame(found["items"], content.catalogue), hide_index=True, alt="Published values against values measured here"
    )
    st.caption(f"{PLUS_MINUS} {READING} {left_out(found)}".strip())
    st.caption("Choose a mark to see its model; the page Model has the parts, versions and device of its values.")


def _show_flag_tests(found: Mapping[str, Any], content: Content) -> None:
    st.markdown("## Do the flags hold?")
    tests = found["flag_tests"]
    if not tests:
        st.markdown(
            "No flagged value was measured both ways yet: once soundly, and once under `as-released`, which reproduces "
            "the two defects that the flags name. For a flagged model:"
        )
        st.code(
            "wellbehaved evaluate study:resnet50-a1 --store\n"
            "wellbehaved evaluate study:resnet50-a1 --protocol as-released --store",
            language=None,
            wrap_lines=True,
        )
        return
    counts = Counter(each["verdict"] for each in tests)
    told = enumeration([f"{counts[key]} {key}" for key in ("supported", "contradicted", "undecided") if counts[key]])
    st.markdown(f"Of {len(tests)} flagged {'value' if len(tests) == 1 else 'values'} measured both ways: {told}.")
    st.dataframe(flag_test_frame(tests, content.catalogue), hide_index=True, alt="Flags tested by measurement")
    st.caption(
        "Supported: the published value is more than 2 standard errors from the one measured soundly, and not from the "
        "one with the defects; contradicted: the other way round. The order of the study's images is not known, so "
        "that a value with the defects need not agree to the last digit."
    )


def _show_nothing(found: Mapping[str, Any]) -> None:
    st.markdown("# No published value was measured here yet.")
    st.markdown(
        "Where the same weights are measured on the study's images, each value stands here beside the published one. "
        "This measures a first model, and `wellbehaved study status` lists which models can be:"
    )
    st.code("wellbehaved evaluate study:alexnet --store", language=None, wrap_lines=True)
    if found["not_comparable"]:
        st.caption(left_out(found))


def _finding(found: Mapping[str, Any]) -> str:
    if not found["unflagged"]["compared"]:
        return "None of the values measured on all images is of a published value without a quality flag."
    return tally_sentence(found["unflagged"], UNFLAGGED)


PAGE = Page(title="Reproduction", url_path="reproduction", position=8, show=show, ranks=False)
