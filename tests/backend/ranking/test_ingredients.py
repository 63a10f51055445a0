from collections.abc import Callable, Mapping
from dataclasses import replace

import httpx
import numpy as np
import pytest
from sqlalchemy import update

from backend.ranking.ingredients import ingredient_counts, ingredient_notices
from backend.ranking.pool import Prepared
from backend.store.engine import create_store_engine, writing
from backend.store.snapshot import Snapshot
from backend.store.tables import DataVersion, Measurement
from quba.ranking.normalisation import Normalisation

OLD, NEW = "0" * 64, "1" * 64
WEIGHTS = {"accuracy": 1.0, "shape_bias": 1.0, "class_balance": 0.0}


def prepared(pool: Snapshot, *ingredients: Mapping[str, str], quality: str = "all") -> Prepared:
    given = (*ingredients, *({} for _ in range(len(pool.models) - len(ingredients))))
    return Prepared(replace(pool, ingredients=given), quality, Normalisation.ZSCORE)


def test_nothing_is_said_of_values_without_a_digest(small_pool: Snapshot) -> None:
    plain = prepared(small_pool)
    assert ingredient_counts(plain, WEIGHTS) == {}
    assert ingredient_notices(plain, WEIGHTS) == []


def test_values_without_a_digest_are_not_said_to_differ(small_pool: Snapshot) -> None:
    one = prepared(small_pool, {}, {"accuracy": NEW}, {"accuracy": NEW})
    assert ingredient_counts(one, WEIGHTS) == {"accuracy": {NEW: 2, None: 2}}
    assert ingredient_notices(one, WEIGHTS) == []


def test_two_digests_of_one_dimension_are_named_with_their_models_and_the_next_step(small_pool: Snapshot) -> None:
    both = dict.fromkeys(WEIGHTS, OLD), dict.fromkeys(WEIGHTS, NEW)
    # Ash, the first, has no accuracy: what is said of it is nothing.
    mixed = prepared(small_pool, both[0], both[1], both[1], {"accuracy": OLD})
    assert ingredient_notices(mixed, WEIGHTS) == [
        "Accuracy mixes values that are made of different corruptions, attacks or data sets: of 3 models measured "
        "here, 2 with the digest 111111111111, 1 with the digest 000000000000. Evaluate them again with one version of "
        "the program, or set the weight of accuracy to 0.",
        "Shape bias mixes values that are made of different corruptions, attacks or data sets: of 3 models measured "
        "here, 2 with the digest 111111111111, 1 with the digest 000000000000. Evaluate them again with one version of "
        "the program, or set the weight of shape_bias to 0.",
    ]
    # A weight of 0 mixes nothing into a score.
    assert ingredient_notices(mixed, {"class_balance": 1.0})
    assert ingredient_notices(mixed, {"parameters_millions": 1.0}) == []


def test_what_is_screened_mixes_nothing(small_pool: Snapshot) -> None:
    digests: list[dict[str, str]] = [{}, {"accuracy": OLD}, {"accuracy": NEW}]
    assert len(ingredient_notices(prepared(small_pool, *digests), WEIGHTS)) == 1
    screened = prepared(small_pool, *digests, quality="screened")
    assert np.isnan(screened.snapshot.columns["accuracy"][1])
    assert ingredient_notices(screened, WEIGHTS) == []


@pytest.fixture
def two_digests(serve: Callable[[str], httpx.Client], study_sqlite_url: str) -> httpx.Client:
    """A service whose store holds values of corruption robustness that are made of two different sets."""
    engine = create_store_engine(study_sqlite_url)
    for model_id, digest in (("alexnet", OLD), ("resnet50", NEW), ("vgg16", NEW)):
        with writing(engine) as session:
            of_model = (Measurement.model_id == model_id, Measurement.dimension == "corruption_robustness")
            session.execute(update(Measurement).where(*of_model).values(ingredients_digest=digest))
    with writing(engine) as session:
        session.execute(update(DataVersion).values(digest="f" * 64))
    engine.dispose()
    return serve(study_sqlite_url)


def test_rankings_and_the_record_of_a_store_with_two_digests_say_so(two_digests: httpx.Client) -> None:
    [notice] = two_digests.get("/v1/rankings?limit=1").json()["notices"]
    assert notice.startswith("Corruption robustness mixes values")
    assert "of 3 models measured here, 2 with the digest 111111111111, 1 with the digest 000000000000." in notice
    assert two_digests.post("/v1/rankings", json={"limit": 1}).json()["notices"] == [notice]
    assert two_digests.get("/v1/rankings?w.corruption_robustness=0").json()["notices"] == []
    record = two_digests.get("/v1/decision-record").json()
    assert record["notices"] == [notice]
    assert record["ingredients"] == [
        {"dimension": "corruption_robustness", "digest": None, "models": 323},
        {"dimension": "corruption_robustness", "digest": NEW, "models": 2},
        {"dimension": "corruption_robustness", "digest": OLD, "models": 1},
    ]
    for form in ("md", "html"):
        written = two_digests.get(f"/v1/decision-record?format={form}").text
        assert notice.partition(" Evaluate")[0] in written  # Markdown escapes the key at its end.
        assert f"Corruption robustness: {OLD} (1 model)" in written
        assert "Corruption robustness: digest not known (323 models)" in written
