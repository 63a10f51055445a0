"""How two models of one benchmark differ on the images that both saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.wording import enumeration, plain_text
from quba.wording import inline_label, signed_text
from wellbehaved.difference_words import difference_words, is_gain, is_shown
from wellbehaved.flip_text import flips_text

CLEAN = "clean"

Answer = Mapping[str, Any]


def show(models: Sequence[str], catalogue: Catalogue, data_version: str) -> None:
    """Draw each of the other models against the first one, or say why they are not compared image by image."""
    first, *others = models
    answers = [source.difference(state.current(), first, other, data_version) for other in others]
    paired = [answer for answer in answers if answer["paired"]]
    if not paired:
        st.caption(f"Not compared image by image: {plain_text(answers[0]['unpaired'])}")
        return
    for answer in paired:
        st.markdown(f"## {plain_text(finding(answer, catalogue))}")
        st.table(differences(answer, catalogue), hide_index=True, border="horizontal", alt="Paired differences")
        if told := flips(answer):
            st.caption(told)


def finding(answer: Answer, catalogue: Catalogue) -> str:
    """On which dimensions the second model is better or worse by more than chance."""
    shown = [item for item in answer["items"] if is_shown(item, answer)]
    better, worse = (
        [
            inline_label(catalogue.dimensions[item["dimension"]].label)
            for item in shown
            if is_gain(item, catalogue.dimensions[item["dimension"]].higher_is_better) is gain
        ]
        for gain in (True, False)
    )
    a, b = answer["a"]["name"], answer["b"]["name"]
    if not shown:
        return f"On the same images, {b} is not shown to differ from {a}."
    first = f"better on {enumeration(better)}" if better else f"worse on {enumeration(worse)}"
    but = f", but worse on {enumeration(worse)}" if better and worse else ""
    return f"On the same images, {b} is {first} than {a}{but}."


def differences(answer: Answer, catalogue: Catalogue) -> pd.DataFrame:
    """A row per dimension that one of the two was measured on."""
    rows = []
    for item in answer["items"]:
        dimension = catalogue.dimensions[item["dimension"]]
        if item["value_a"] is None and item["value_b"] is None:
            continue
        decimals = dimension.decimals + 1
        arrow = "↑" if dimension.higher_is_better else "↓"
        interval = (signed_text(item[end], decimals) for end in ("low", "high")) if item["low"] is not None else ()
        rows.append(
            {
                "Dimension": f"{dimension.label} {arrow}",
                "Difference": "–" if item["difference"] is None else signed_text(item["difference"], decimals),
                f"{100 * answer['confidence']:g} % interval": " to ".join(interval) or "–",
                "p (Holm)": "–" if item["p_holm"] is None else f"{item['p_holm']:.2g}",
                "In words": plain_text(difference_words(item, dimension.higher_is_better, answer)),
            }
        )
    return pd.DataFrame(rows)


def flips(answer: Answer) -> str:
    """What became of the clean images; empty where they were not measured on."""
    for found in answer["flips"]:
        if found["name"] == CLEAN:
            return f"Of the clean images, {flips_text(found['now_wrong'], found['now_right'])}."
    return ""
