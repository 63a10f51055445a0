"""The board's own arithmetic, run by node, gives what the service answers: random weights, filters, sorts and norms."""

import json
import math
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.store.names import searchable
from quba.dimensions import DIMENSIONS, PUBLISHED
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import TIE, order_and_ranks
from quba.vocabulary import COMMERCIAL_USE, FACTS, IDENTITY_WORDS, NORMALISATIONS
from wellbehaved import Client

DRIVER = Path(__file__).with_name("driver.mjs")
SOAK = os.environ.get("WELLBEHAVED_SOAK") == "1"
QUESTIONS = 10_000 if SOAK else 300
AT_ONCE = 500
# What is compared in full; of long lists the rest is counted.
TOP = 40
EQUAL = 1e-12
SORTS = ("-score", "score", "rank", "-rank", "name", "-name", *DIMENSIONS, *(f"-{key}" for key in DIMENSIONS))

Asked = dict[str, Any]


def answers(asked: Asked) -> Any:  # noqa: ANN401 - any JSON
    """What the modules answer."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the board's arithmetic is checked where it is")
    done = subprocess.run([node, DRIVER], input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def weighting(chance: random.Random) -> dict[str, float]:
    """Weights as a reader might set them: a preset, round numbers, anything, a few only, or far beyond the sliders.

    Only of what the study measured: under any other weight no model has a score.
    """
    kind = chance.randrange(5)
    if kind == 0:
        return dict(chance.choice(list(PRESETS.values())).weights)
    if kind == 1:
        found = {key: chance.randrange(61) * 0.05 for key in PUBLISHED}
    elif kind == 2:
        found = {key: chance.random() * 3 for key in PUBLISHED}
    elif kind == 3:
        found = {key: chance.choice((0.0, 0.0, 0.0, 1.0)) for key in PUBLISHED}
    else:
        found = {key: 10 ** chance.uniform(-6, 6) for key in PUBLISHED}
    return found if any(found.values()) else {**found, "accuracy": 1.0}


def filters(chance: random.Random, pool: Asked) -> dict[str, str]:
    """Some filters as the address has them, among them values that only models of the pool name."""
    found: dict[str, str] = {}
    for field, words in IDENTITY_WORDS.items():
        if chance.random() < 0.2:
            found[field] = ",".join(chance.sample(words, chance.randint(1, 2)))
    if chance.random() < 0.15:
        field = chance.choice(("backbone", "lineage", "source_library"))
        found[field] = ",".join({chance.choice(pool["identities"][field]) or "none" for _ in range(2)})
    if chance.random() < 0.15:
        found["q"] = chance.choice(("resnet", "ViT b", "Large IN-21k", "nothing like it", "convnext"))
    if chance.random() < 0.1:
        found["flag"] = chance.choice(("train-mode", "none", "double-softmax,none"))
    if chance.random() < 0.15:
        found["commercial_use"] = ",".join(chance.sample(COMMERCIAL_USE, chance.randint(1, 2)))
    for key in (*DIMENSIONS, "score", *FACTS):
        # A limit on what nobody was measured on leaves no model, which must not be most questions.
        if chance.random() < (0.06 if key in (*PUBLISHED, "score", *FACTS) else 0.005):
            known = {**pool["values"], **pool["costs"], "score": [-0.5, 0.0, 0.5]}
            values = [each for each in known[key] if each is not None]
            # Of a dimension that nobody measured there is no value to set a limit at.
            values = values or [0.5]
            found[f"{key}.{chance.choice(('gte', 'lte'))}"] = repr(chance.choice(values))
    return found


@pytest.fixture(scope="module")
def pools(api: Client) -> dict[str, Asked]:
    """The study under every norm, with and without flagged values."""
    return {
        f"{norm} {quality}": dict(api.rankings.standardised_scores(normalisation=norm, quality=quality))
        for norm in NORMALISATIONS
        for quality in ("all", "screened")
    }


def questions(count: int, pools: dict[str, Asked], seed: int) -> list[Asked]:
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        pool = chance.choice(list(pools))
        found.append(
            {
                "pool": pool,
                "weights": weighting(chance),
                "filters": filters(chance, pools[pool]),
                "sort": chance.choice(("-score", chance.choice(SORTS))),
                "top": TOP,
            }
        )
    return found


def ask(api: Client, question: Asked) -> Asked:
    norm, quality = question["pool"].split()
    settings = {"normalisation": norm, "quality": quality, "sort": question["sort"], "limit": TOP}
    query = {f"w.{key}": repr(weight) for key, weight in question["weights"].items()}
    return api.get("/v1/rankings", {**query, **question["filters"], **{k: str(v) for k, v in settings.items()}})


def test_order_ranks_and_scores_are_the_services(api: Client, pools: dict[str, Asked]) -> None:
    ties = missing = 0
    for start in range(0, QUESTIONS, AT_ONCE):
        asked = questions(min(AT_ONCE, QUESTIONS - start), pools, start)
        own = answers({"pools": pools, "rankings": asked})["rankings"]
        for question, mine in zip(asked, own, strict=True):
            theirs = ask(api, question)
            items = theirs["items"]
            assert mine["total"] == theirs["total"], question
            assert [each["id"] for each in mine["listed"]] == [each["model_id"] for each in items], question
            assert [each["rank"] for each in mine["listed"]] == [each["rank"] for each in items], question
            assert [each["overall"] for each in mine["listed"]] == [each["overall_rank"] for each in items], question
            for one, other in zip(mine["listed"], items, strict=True):
                assert (one["score"] is None) == (other["score"] is None)
                if one["score"] is not None:
                    scale = max(1.0, abs(other["score"]))
                    assert abs(one["score"] - other["score"]) <= EQUAL * scale, question
                    assert one["parts"] == pytest.approx(list(other["contributions"].values()), abs=EQUAL)
            ranks = [each["rank"] for each in mine["listed"] if each["rank"]]
            ties += len(ranks) - len(set(ranks))
            missing += sum(each["rank"] is None for each in mine["listed"])
    assert ties > 0  # or the test says nothing of ties
    assert missing > 0


def test_scores_tie_as_near_to_each_other_as_the_service_says() -> None:
    # Steps of a fifth of what is rounded to; the study's own scores never come so near without being equal.
    score = np.random.default_rng(4).permutation(0.5 + np.arange(60) * TIE / 2.5)
    score[7] = np.nan
    count = len(score)
    column = {"accuracy": [None if np.isnan(each) else float(each) for each in score]}
    pool = {
        "model_ids": [str(row) for row in range(count)],
        "dimensions": ["accuracy"],
        "identities": {"name": [str(row) for row in range(count)]},
        "name_order": list(range(count)),
        "searched": [""] * count,
        "values": column,
        "costs": {},
        "standardised": column,
        "percentiles": column,
        "missing": [{}] * count,
        "flags": [[]] * count,
        "flagged": [{}] * count,
        "tie_tolerance": TIE,
        "data_version": "1",
    }
    asked = {"pool": "near", "weights": {"accuracy": 1.0}, "filters": {}, "sort": "-score", "top": count}
    (found,) = answers({"pools": {"near": pool}, "rankings": [asked]})["rankings"]
    order, ranks = order_and_ranks(score, np.arange(count))
    assert [int(each["id"]) for each in found["listed"]] == order.tolist()
    assert [each["rank"] or 0 for each in found["listed"]] == ranks[order].tolist()
    assert 2 < len(set(ranks.tolist())) < count / 2


def test_break_points_are_the_services(api: Client, pools: dict[str, Asked]) -> None:
    asked = [
        {**each, "top": 0, "reigns": True}
        for each in questions(60 if SOAK else 12, pools, 1)
        if not any(name.startswith("score.") for name in each["filters"])
    ]
    own = answers({"pools": pools, "rankings": asked})["rankings"]
    changes = 0
    for question, mine in zip(asked, own, strict=True):
        norm, quality = question["pool"].split()
        query = {f"w.{key}": repr(weight) for key, weight in question["weights"].items()}
        settings = {"normalisation": norm, "quality": quality, "draws": "100"}
        theirs = api.get("/v1/stability", {**query, **question["filters"], **settings})["break_points"]
        for key, reigns in theirs.items():
            found = mine["reigns"][key]
            assert [each["leader"] for each in found] == [each["leader"] for each in reigns], (question, key)
            assert [each["low"] for each in found] == pytest.approx([each["from_weight"] for each in reigns])
            changes += max(0, len(found) - 1)
    assert changes > 0


def test_counts_of_choices_are_the_services(api: Client, pools: dict[str, Asked]) -> None:
    chance = random.Random(2)
    name = "published all"
    asked: list[Asked] = []
    for _ in range(30):
        chosen = {key: text for key, text in filters(chance, pools[name]).items() if not key.startswith("score.")}
        asked.append(
            {"pool": name, "field": chance.choice((*IDENTITY_WORDS, "commercial_use", "flag")), "filters": chosen}
        )
    own = answers({"pools": {name: pools[name]}, "facets": asked})["facets"]
    for question, mine in zip(asked, own, strict=True):
        theirs = api.get("/v1/facets", question["filters"])["facets"][question["field"]]
        counted = {each["value"]: each["count"] for each in theirs}
        assert {value: mine.get(value, 0) for value in counted} == counted, question


def test_words_are_folded_as_the_service_folds_them() -> None:
    texts = ["ViT-B/16", "Straße", "ΟΔΟΣ", "İstanbul", "ılık", "ﬁne", "Å", "Å", "Ωmega", "ÉCOLE", "ǅ", "日本", "ß"]
    assert answers({"searchable": texts})["searchable"] == [searchable(text) for text in texts]


def test_sums_are_rounded_once() -> None:
    chance = np.random.default_rng(3)
    sums = [[1.0, 1e100, 1.0, -1e100], [0.1] * 10, *(10.0 ** chance.uniform(-8, 8, (50, 9))).tolist()]
    assert answers({"sums": sums})["sums"] == [math.fsum(values) for values in sums]
