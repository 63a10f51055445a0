"""One claim of the study in one line, with its marks; what was claimed and how it was tested opens below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.charts.claims import claims
from dashboard.components import chart_card, claim_marks
from dashboard.wording import plain_text
from quba.wording import signed_text

Finding = Mapping[str, Any]

VERDICTS = {
    "firm": ("blue", "Strongly supported"),
    "supported": ("blue", "Supported"),
    "partly": ("gray", "Partly supported"),
    "unsupported": ("orange", "Not supported"),
    "untested": ("gray", "Cannot be tested"),
}
LINE = (5, 3)
COLUMNS = ("Values", "Models", "Dimension", "Difference", "95 % interval", "p (Holm)", "Better")


def show(finding: Finding, catalogue: Catalogue, reach: float) -> None:
    """Draw the line; chart, prose and figures only when they are asked for."""
    colour, word = VERDICTS.get(finding["verdict"], ("gray", finding["verdict"]))
    # Of a claim that these models cannot test, no difference holds or fails.
    held = "" if finding["verdict"] == "untested" else f" · {finding['holding']} of {len(finding['points'])}"
    with st.container(key=f"finding.{finding['key']}"):
        line, marks = st.columns(LINE, gap="small")
        with marks:
            st.html(claim_marks.html(finding, catalogue.dimensions, reach))
        label = f":{colour}-badge[{word}] **{plain_text(finding['title'])}**{held}"
        with line, st.expander(label, key=f"tests.{finding['key']}", on_change="rerun") as more:
            if more.open:
                _details(finding, catalogue)


def _details(finding: Finding, catalogue: Catalogue) -> None:
    st.markdown(finding["statement"])
    chart = claims(finding, catalogue.dimensions)
    if chart is not None:
        chart_card.show(chart, f"chart.{finding['key']}")
    _prose(finding)
    _figures(finding, catalogue)


def _prose(finding: Finding) -> None:
    st.caption(f"{finding['verdict_meaning']} {finding['origin_meaning']}")
    st.markdown("\n".join(f"- {sentence}" for sentence in finding["sentences"]))
    control = f"{finding['control']} " if finding["control"] else ""
    st.markdown(f"**Keep in mind.** {control}{finding['caveat']}")


def _figures(finding: Finding, catalogue: Catalogue) -> None:
    if finding["correlations"]:
        st.dataframe(correlations(finding, catalogue), hide_index=True, alt=f"Correlations: {finding['title']}")
        return
    st.markdown(f"Differences are **{finding['b_label']}** − **{finding['a_label']}**.")
    st.dataframe(tests(finding, catalogue), hide_index=True, alt=f"Tests: {finding['title']}")
    for test in finding["tests"]:
        if test["refusal"]:
            st.caption(f"{_kind(test)}: {test['refusal']}")
    st.markdown("The same from the interface: the body of `POST /v1/group-comparisons`")
    st.json(finding["query"], expanded=False)


def _kind(test: Mapping[str, Any]) -> str:
    values = "all values" if test["quality"] == "all" else "flagged values left out"
    return f"{'Matched pairs' if test['matched'] else 'Groups'}, {values}"


def tests(finding: Finding, catalogue: Catalogue) -> pd.DataFrame:
    """A row per test and claimed dimension."""
    claimed = {point["dimension"] for point in finding["points"]}
    rows = [
        _row(test, item, finding, catalogue)
        for test in finding["tests"]
        for item in test["items"]
        if item["dimension"] in claimed and item["difference"] is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(test: Mapping[str, Any], item: Mapping[str, Any], finding: Finding, catalogue: Catalogue) -> dict[str, str]:
    dimension = catalogue.dimensions[item["dimension"]]
    decimals = dimension.decimals
    # The second group first, as in the sentence above the table.
    count = f"{item['n_pairs']} pairs" if item["n_pairs"] else f"{item['n_b']} and {item['n_a']}"
    better = {"a": finding["a_label"], "b": finding["b_label"]}.get(item["better"], "not significant")
    return {
        "Values": _kind(test),
        "Models": count,
        "Dimension": dimension.label,
        "Difference": signed_text(item["difference"], decimals),
        "95 % interval": "–" if item["low"] is None else f"{plain(item['low'], 4)} to {plain(item['high'], 4)}",
        "p (Holm)": "–" if item["p_holm"] is None else f"{item['p_holm']:.2g}",
        "Better": str(better),
    }


def correlations(finding: Finding, catalogue: Catalogue) -> pd.DataFrame:
    """A row per pair of dimensions and kind of values."""
    rows = [
        {
            "Values": "all" if pair["quality"] == "all" else "flagged left out",
            "First": catalogue.axis(pair["a"]).label,
            "Second": catalogue.axis(pair["b"]).label,
            "Spearman ρ": pair["rho"],
            "p (Holm)": pair["p_holm"],
            "Models": pair["n"],
            "Significant": "yes" if pair["significant"] else "no",
        }
        for pair in finding["correlations"]
    ]
    return pd.DataFrame(rows)
