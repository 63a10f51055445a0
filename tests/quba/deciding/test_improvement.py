"""What a model must improve to reach a rank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.deciding.improvement import ascent
from quba.dimensions import DIMENSIONS, PUBLISHED, STUDY_DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.normalisation import Normalisation, norms, standardise
from quba.ranking.ranks import competition_ranks
from quba.ranking.score import score
from quba.reference import Reference

relaxed = settings(deadline=None)
WEIGHTS = {key: dimension.default_weight for key, dimension in DIMENSIONS.items()}
value_tables = arrays(np.float64, st.tuples(st.just(9), st.integers(1, 6)), elements=st.floats(0, 1))


def ranks(columns: dict[str, np.ndarray]) -> np.ndarray:
    found: np.ndarray = competition_ranks(score(standardise(columns, Normalisation.PUBLISHED), WEIGHTS).score)
    return found


@relaxed
@given(value_tables, st.integers(1, 6))
def test_the_needed_value_brings_the_rank_and_a_little_less_does_not(table: np.ndarray, k: int) -> None:
    k = min(k, table.shape[1])
    columns = dict(zip(STUDY_DIMENSIONS, table, strict=True))
    found = ascent(columns, PUBLISHED, WEIGHTS, 0, k=k)
    assert (found.score_gap == 0) == (ranks(columns)[0] <= k)
    assert [way.spreads for way in found.improvements] == sorted(way.spreads for way in found.improvements)
    for way in found.improvements:
        assert way.value == columns[way.key][0]
        # A hair beyond: at the value itself the two scores tie up to rounding, which ranks may or may not see.
        beyond = way.needed + DIMENSIONS[way.key].sign * 1e-9 * max(1.0, abs(way.needed))
        assert ranks({**columns, way.key: np.array([beyond, *columns[way.key][1:]])})[0] <= k
        if found.score_gap > 1e-6:
            short = way.value + 0.999 * (way.needed - way.value)
            assert ranks({**columns, way.key: np.array([short, *columns[way.key][1:]])})[0] > k


def test_what_each_dimension_needs_alone_and_together() -> None:
    values = {"accuracy": np.array([0.9, 0.7]), "parameters_millions": np.array([10.0, 20.0])}
    norms_of = {"accuracy": Reference(0.8, 0.3), "parameters_millions": Reference(50.0, 40.0)}
    found = ascent(values, norms_of, {"accuracy": 1, "parameters_millions": 1}, row=1)
    by_key = {way.key: way for way in found.improvements}
    assert by_key["accuracy"].needed == pytest.approx(0.9 + 10 / 40 * 0.3)
    assert by_key["parameters_millions"].needed == pytest.approx(10.0 - 0.2 / 0.3 * 40)
    # Together each improves by the missing score in spreads of its norm, which adds up to just that score.
    assert found.score_gap == pytest.approx((0.2 / 0.3 + 10 / 40) / 2)
    assert [way.key for way in found.together] == ["accuracy", "parameters_millions"]
    assert [way.needed for way in found.together] == pytest.approx(
        [0.7 + found.score_gap * 0.3, 20.0 - found.score_gap * 40]
    )


def test_a_dimension_without_spread_cannot_help() -> None:
    values = {"accuracy": np.array([0.9, 0.7]), "shape_bias": np.array([0.3, 0.3])}
    found = ascent(values, norms(values, Normalisation.ZSCORE), {"accuracy": 1, "shape_bias": 1}, row=1)
    assert [way.key for way in found.improvements] == [way.key for way in found.together] == ["accuracy"]
    assert found.improvements[0].needed == pytest.approx(0.9)


def test_a_lonely_model_is_there_already() -> None:
    assert ascent({"accuracy": np.array([0.5])}, PUBLISHED, {"accuracy": 1}, 0).score_gap == 0


def test_misuse_is_refused() -> None:
    values = {"accuracy": np.array([0.9, np.nan])}
    with pytest.raises(QuestionError, match="choose a scored model"):
        ascent(values, PUBLISHED, {"accuracy": 1}, 1)
    with pytest.raises(QuestionError, match="k is 2"):
        ascent(values, PUBLISHED, {"accuracy": 1}, 0, k=2)
