"""Who is compared with whom."""

import numpy as np
import pytest

from backend.problems import ProblemError
from backend.ranking.contenders import Contenders
from backend.ranking.pool import Prepared
from backend.ranking.view_queries import AmongQuery
from backend.store.snapshot import Snapshot


def contenders(snapshot: Snapshot, **given: str) -> Contenders:
    view = AmongQuery.read({name.replace("__", "."): value for name, value in given.items()}).view()
    return Contenders.of(Prepared(snapshot, view.pool.quality, view.normalisation), view)


def ids_of(found: Contenders) -> list[str]:
    return [found.model_ids[place] for place in found.scored_places.tolist()]


def test_without_filters_all_are_compared(small_pool: Snapshot) -> None:
    found = contenders(small_pool)
    assert (found.rows.tolist(), ids_of(found)) == ([0, 1, 2, 3, 4], ["birch", "cedar", "dogwood", "elm"])
    assert found.about() == {"data_version": "1-abcdef01", "among": "filtered", "total": 5}


def test_filters_choose_who_is_compared_and_move_no_score(small_pool: Snapshot) -> None:
    everybody, some = contenders(small_pool), contenders(small_pool, accuracy__lte="0.8")
    assert some.rows.tolist() == [2, 3, 4]
    assert (some.model_ids, some.names) == (["cedar", "dogwood", "elm"], ["cedar", "Dogwood", "ELM"])
    assert some.ranks.tolist() == [1, 1, 3]
    assert some.scores.score.tolist() == everybody.scores.score[2:].tolist()
    assert {key: column.tolist() for key, column in some.standardised_columns.items()} == {
        key: column[2:].tolist() for key, column in everybody.standardised_columns.items()
    }


def test_among_all_the_filters_do_not_count(small_pool: Snapshot) -> None:
    found = contenders(small_pool, accuracy__lte="0.8", among="all")
    assert ids_of(found) == ids_of(contenders(small_pool))
    assert found.about()["total"] == 5


def test_filters_on_the_score_act_too(small_pool: Snapshot) -> None:
    best = float(contenders(small_pool).scores.score[1])
    assert ids_of(contenders(small_pool, score__gte=repr(best))) == ["birch"]


def test_a_place_is_that_among_those_compared(small_pool: Snapshot) -> None:
    assert contenders(small_pool, accuracy__lte="0.8").scored_place("dogwood") == 1
    assert contenders(small_pool).scored_place("dogwood") == 3


@pytest.mark.parametrize(
    ("model_id", "code", "told"),
    [
        ("birch", "model_filtered_out", "Send among=all"),
        ("ash", "model_without_score", "Set these weights to 0"),
        ("oak", "unknown_model", ""),
    ],
)
def test_models_that_have_no_place_are_refused(small_pool: Snapshot, model_id: str, code: str, told: str) -> None:
    with pytest.raises(ProblemError) as caught:
        contenders(small_pool, accuracy__lte="0.8").scored_place(model_id)
    assert caught.value.code == code
    assert told in caught.value.next_step


def test_nobody_can_be_compared_where_nothing_passes(small_pool: Snapshot) -> None:
    found = contenders(small_pool, q="nothing of this name")
    assert (found.rows.size, found.scored_places.size, found.names) == (0, 0, [])
    assert found.part({"accuracy": np.arange(5.0)})["accuracy"].size == 0


def test_the_first_are_listed_and_those_that_are_named_wherever_they_stand(small_pool: Snapshot) -> None:
    found = contenders(small_pool)

    def listed(limit: int | None, *named: str) -> list[str]:
        return [found.model_ids[place] for place in found.listed_places(limit, named).tolist()]

    assert listed(None) == listed(None, "elm") == listed(9) == ids_of(found)
    assert listed(1) == ["birch"]
    # One without a score has no place in the ranking, and nobody is listed twice.
    assert listed(1, "elm", "ash", "birch") == ["birch", "elm"]
    filtered = contenders(small_pool, accuracy__lte="0.8")
    assert filtered.listed_places(1, ["birch"]).tolist() == [0]
    with pytest.raises(ProblemError) as unknown:
        found.listed_places(1, ["fir"])
    assert (unknown.value.status, unknown.value.code) == (404, "unknown_model")
