"""The first lines of an answer, on pools that can be checked by eye."""

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from backend.ranking.contenders import Contenders
from backend.ranking.headline import headline
from backend.ranking.pool import Prepared
from backend.ranking.view_queries import AmongQuery
from backend.store.snapshot import Snapshot

# Accuracy counts alone, where birch leads with a flagged .9 and cedar and dogwood share .8.
ACCURACY = {"preset": "accuracy", "w.accuracy": "1"}


def headline_of(snapshot: Snapshot, **given: str) -> dict[str, Any]:
    view = AmongQuery.read({**ACCURACY, **given}).view()
    screened = replace(view, pool=replace(view.pool, quality="screened"))
    found = headline(
        Contenders.of(Prepared(snapshot, view.pool.quality, view.normalisation), view),
        Contenders.of(Prepared(snapshot, "screened", view.normalisation), screened),
    )
    return found.model_dump()


def with_flag(pool: Snapshot, model_id: str) -> Snapshot:
    """The pool with a doubtful accuracy of this model alone."""
    doubtful = ({"accuracy": ("outlier",)} if model.id == model_id else {} for model in pool.models)
    return replace(pool, flags=tuple(map(MappingProxyType, doubtful)))


def test_a_flagged_leader_is_named_with_who_leads_without_it(small_pool: Snapshot) -> None:
    found = headline_of(small_pool)
    assert (found["leader"]["model_id"], found["runner_up"]["model_id"]) == ("birch", "cedar")
    assert found["sentence"].startswith("Birch leads with ")
    assert found["sentence"] == f"{found['opening'][:-1]}: {found['reasons']}."
    assert re.fullmatch(r"\+\d\.\d\d accuracy", found["reasons"])
    assert " ahead of cedar by " in found["sentence"]
    (doubt,) = found["doubts"]
    assert (doubt["role"], doubt["model_id"], doubt["dimension"], doubt["flags"]) == (
        "leader", "birch", "accuracy", ["outlier"],
    )  # fmt: skip
    assert found["speaks_for"][0] == {"dimension": "accuracy", "difference": doubt["difference"], "flagged": True}
    assert found["doubt"] == (
        "Birch, the leader, rests on flagged accuracy (far from its siblings). "
        "So do the reasons. Without flagged values, cedar and Dogwood share the lead."
    )
    assert found["screened"]["changed"]
    assert found["screened"]["leader"]["model_id"] == "cedar"


def test_a_flagged_value_that_does_not_count_is_no_doubt(small_pool: Snapshot) -> None:
    # Birch, with its flagged accuracy, is the smallest of the three that are compared by size alone.
    found = headline_of(small_pool, **{"w.accuracy": "0", "w.parameters_millions": "1", "q": "c"})
    assert (found["leader"]["model_id"], found["doubts"], found["doubt"]) == ("birch", [], None)
    assert not found["screened"]["changed"]
    assert found["screened"]["sentence"] == "Without flagged values, the first two stay the same."


def test_a_flagged_model_that_is_neither_first_nor_second_is_no_doubt(small_pool: Snapshot) -> None:
    flags = tuple(
        MappingProxyType({"accuracy": ("outlier",)} if model.id == "elm" else {}) for model in small_pool.models
    )
    assert headline_of(replace(small_pool, flags=flags))["doubt"] is None


def test_models_that_share_the_lead(small_pool: Snapshot) -> None:
    found = headline_of(small_pool, **{"accuracy.lte": "0.8"})
    assert found["sentence"].startswith("cedar and Dogwood share the lead with ")
    assert (found["tied"], found["lead"], found["speaks_for"]) == (["cedar", "dogwood"], 0.0, [])
    columns = {**small_pool.columns, "accuracy": small_pool.columns["accuracy"].copy()}
    columns["accuracy"][1:] = 0.5
    assert " and 3 others share the lead with " in headline_of(replace(small_pool, columns=columns))["sentence"]


@pytest.mark.parametrize(
    ("given", "sentence", "without"),
    [
        ({"q": "birch"}, "Birch is the only model here with a score", "Without flagged values, no model here has a"),
        (
            {"q": "elm"},
            "ELM is the only model here with a score",
            "Without flagged values, ELM is the only model here with a score.",
        ),
        ({"q": "ash"}, "None of these models has a value on every weighted dimension.", "Without flagged values, no"),
        ({"q": "oak"}, "No model passes the filters.", "Without flagged values, no model here has a score."),
        (
            {"accuracy.gte": "0.8", "accuracy.lte": "0.95"},
            "Birch leads",
            "Without flagged values, cedar and Dogwood share the lead.",
        ),
    ],
)
def test_few_models(small_pool: Snapshot, given: dict[str, str], sentence: str, without: str) -> None:
    found = headline_of(small_pool, **given)
    assert found["sentence"].startswith(sentence)
    assert found["screened"]["sentence"].startswith(without)


def test_a_pool_without_models_says_what_nobody_measured(small_pool: Snapshot) -> None:
    nothing = replace(
        small_pool,
        models=(),
        flags=(),
        missing=(),
        columns={key: column[:0] for key, column in small_pool.columns.items()},
    )
    for given in ({}, {"q": "birch"}):
        text = headline_of(nothing, **given)["sentence"]
        assert text == "No model has been measured on imagenet-1k under the protocol as-published yet."


def test_the_question_without_flagged_values_has_no_other_one_beside_it(small_pool: Snapshot) -> None:
    found = headline_of(small_pool, quality="screened")
    assert (found["screened"], found["doubt"], found["doubts"]) == (None, None, [])


def test_a_rival_in_doubt_changes_the_order_behind_the_leader(small_pool: Snapshot) -> None:
    flags = tuple(
        MappingProxyType({"accuracy": ("outlier",)} if model.id == "cedar" else {}) for model in small_pool.models
    )
    found = headline_of(replace(small_pool, flags=flags))
    assert found["doubt"] == (
        "cedar, second, rests on flagged accuracy (far from its siblings). So do the reasons. "
        "Without flagged values, Birch leads and Dogwood is second."
    )


def test_both_of_the_first_two_in_doubt_are_named_in_one_short_sentence(small_pool: Snapshot) -> None:
    keys = ("accuracy", "adversarial_robustness", "corruption_robustness")
    columns = dict.fromkeys(keys, small_pool.columns["accuracy"])
    doubtful = dict.fromkeys(keys, ("outlier",))
    weights = {f"w.{key}": "1" for key in keys}

    def doubt(**flags: Mapping[str, tuple[str, ...]]) -> str:
        flagged = tuple(MappingProxyType(flags.get(model.id, {})) for model in small_pool.models)
        pool = replace(small_pool, columns={**small_pool.columns, **columns}, flags=flagged)
        return str(headline_of(pool, **weights)["doubt"]).partition(" So do the reasons. ")[0]

    assert doubt(birch=doubtful, cedar=doubtful) == (
        "Birch, the leader, and cedar, second, both rest on 3 flagged values (far from its siblings)."
    )
    assert doubt(birch={"accuracy": ("outlier",)}, cedar=doubtful) == (
        "Birch, the leader, rests on flagged accuracy (far from its siblings); "
        "cedar, second, rests on 3 flagged values (far from its siblings)."
    )
