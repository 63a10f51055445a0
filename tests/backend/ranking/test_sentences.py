"""How sure an answer is, in words."""

import numpy as np
import pytest

from backend.ranking.contenders import Contenders
from backend.ranking.pool import Prepared
from backend.ranking.sentences import share, stability_sentence
from backend.ranking.view_queries import AmongQuery
from backend.store.snapshot import Snapshot
from quba.deciding.stability import acceptability, jittered_weights


def sentence_of(snapshot: Snapshot, around: str = "weights", **given: str) -> str:
    view = AmongQuery.read({name.replace("__", "."): value for name, value in given.items()}).view()
    contenders = Contenders.of(Prepared(snapshot, "all", view.normalisation), view)
    drawn = jittered_weights(view.weights, rng=np.random.default_rng(0), draws=50)
    return stability_sentence(acceptability(contenders.standardised_columns, drawn, k=1), contenders, around)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "Among all 4 scored models, Birch is first in 100 % of nearby weightings."),
        ({"around": "anything"}, "Among all 4 scored models, Birch is first in 100 % of all weightings."),
        (
            {"accuracy__lte": "0.8"},
            "Among the 3 models that pass the filters, cedar is first in 100 % of nearby weightings, Dogwood in 100 %.",
        ),
        (
            {"accuracy__lte": "0.8", "among": "all"},
            "Among all 4 scored models, Birch is first in 100 % of nearby weightings.",
        ),
        ({"q": "elm"}, ""),
    ],
)
def test_sentences(small_pool: Snapshot, given: dict[str, str], text: str) -> None:
    weights = {"preset": "accuracy", "w.accuracy": "1"}
    assert sentence_of(small_pool, **{**weights, **given}) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.004, "less than 1 %"), (0.006, "1 %"), (0.5, "50 %"), (0.9951, "more than 99 %"), (1.0, "100 %")],
)
def test_neither_all_nor_none_is_said_unless_it_is_so(value: float, text: str) -> None:
    assert share(value) == text
