"""The peer of the dashboard: the least Streamlit app with nine sliders, the same table and the same scatter.

It computes the ranking in its own process from data that are read once. No address, no filters, no pages, no notices.
"""

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.catalogue import Catalogue, catalogue, client
from dashboard.charts.chart import plain
from dashboard.charts.tradeoff import tradeoff
from dashboard.components import plain_table
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import alphabetical, ordered_competition_ranks, ranking_order
from quba.ranking.score import score
from wellbehaved import Ranking


@st.cache_resource
def data() -> tuple[Catalogue, Ranking, dict[str, np.ndarray]]:
    """Everything that no weight changes."""
    ranking = client().rankings.get()
    columns = {key: ranking.frame[key].to_numpy(float) for key in DIMENSIONS}
    return catalogue(), ranking, standardise(columns, Normalisation.PUBLISHED)


def rank_frame(weights: dict[str, float]) -> pd.DataFrame:
    """The frame under these weights, best first."""
    _, ranking, columns = data()
    found = score(columns, weights)
    order = ranking_order(found.score, alphabetical(list(ranking.frame["name"])))
    frame = ranking.frame.iloc[order].copy()
    frame["rank"] = frame["overall_rank"] = ordered_competition_ranks(found.score[order])
    frame["score"] = found.score[order]
    for key, part in zip(found.keys, found.parts(order), strict=True):
        frame[f"contribution.{key}"] = part
    return frame


st.set_page_config(layout="wide")
known, base, _ = data()
with st.sidebar:
    chosen = {
        key: st.slider(dimension.label, 0.0, 3.0, float(PRESETS["paper"].weights[key]), 0.05)
        for key, dimension in DIMENSIONS.items()
    }
shown = rank_frame(chosen)
st.markdown(f"# {shown.iloc[0]['name']} leads with {plain(shown.iloc[0]['score'], 2)}")
st.html(plain_table.html(Ranking(**{**vars(base), "frame": shown}), known, 0))
axes = known.axis("parameters_millions"), known.axis("score")
st.plotly_chart(tradeoff(shown, *axes, known.architectures).figure)
