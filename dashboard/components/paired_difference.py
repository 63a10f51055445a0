"""How two models of one benchmark differ on the images that both saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.charts.paired_differences import paired_differences
from dashboard.components import chart_card, flipped_images
from dashboard.wording import plain_text
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
        drawn = paired_differences(answer, catalogue.for_differences)
        chart_card.show(drawn, f"chart.paired_differences.{answer['b']['model_id']}")
        if told := flips(answer):
            st.caption(told)
        flipped_images.show(answer)


def flips(answer: Answer) -> str:
    """What became of the clean images; empty where they were not measured on."""
    for found in answer["flips"]:
        if found["name"] == CLEAN:
            return f"Of the clean images, {flips_text(found['now_wrong'], found['now_right'])}."
    return ""
