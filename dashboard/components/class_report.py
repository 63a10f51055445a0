"""What a model does to each class of the view's benchmark, where it was measured here."""

from __future__ import annotations

import streamlit as st

from dashboard import benchmarks, state
from dashboard.charts.class_recalls import class_recalls
from dashboard.charts.confusion import confusion
from dashboard.charts.reliability import reliability
from dashboard.components import chart_card
from dashboard.wording import plain_text


def show(model_id: str, name: str, data_version: str) -> None:
    """Draw it; nothing where the service has no report, as of all published models."""
    report = benchmarks.class_report(state.current(), model_id, data_version)
    if report is None:
        return
    st.markdown(f"# {plain_text(name)}, class by class")
    if report["auc"] is not None:
        st.markdown(f"Area under the ROC curve: {report['auc']:.3f}.")
    left, right = st.columns(2, gap="large")
    with left:
        chart_card.show(class_recalls(report), "chart.class_recalls")
    with right:
        chart_card.show(confusion(report), "chart.confusion")
        chart_card.show(reliability(report), "chart.reliability")
