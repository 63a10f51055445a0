"""Every question about a pool of one's own: few models, six dimensions, and nothing said of those it does not have."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from backend.app import create_app
from backend.settings import Settings
from backend.store import own_benchmarks
from backend.store.engine import create_store_engine, writing
from backend.store.measurements import NewMeasurement, add_measurements
from backend.store.models import add_models
from backend.store.snapshot import load_snapshot
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.vocabulary import NORMALISATIONS
from tests.backend.conftest import DECLARED, FACTS, TOKEN, fill, model, registration, values_of

Serve = Callable[[str], httpx.Client]
SHOWN = [*DECLARED, *FACTS]
ABSENT = [key for key in DIMENSIONS if key not in SHOWN]
SIZES = (0, 1, 2, 5, 50)
# Answers of these are about dimensions, flags, files or the study itself, whichever benchmark is asked about.
NOT_OF_A_POOL = {
    "/v1/architectures", "/v1/benchmarks", "/v1/benchmarks/{key}", "/v1/benchmarks/{key}/contact-sheets",
    "/v1/benchmarks/{key}/contact-sheets/{name}", "/v1/benchmarks/{key}/earlier-measurements",
    "/v1/differences/flips", "/v1/dimensions", "/v1/evaluations", "/v1/findings", "/v1/flags", "/v1/health",
    "/v1/imports", "/v1/presets", "/v1/ready", "/v1/reproductions", "/v1/results", "/v1/study", "/v1/version",
    "/v1/workers",
    "/metrics", "/v1/checkpoints/{checkpoint_id}/architectures", "/v1/evaluations/{evaluation_id}",
    "/v1/evaluations/{evaluation_id}/events",
}  # fmt: skip


@pytest.fixture
def pool(serve: Serve, study_sqlite_url: str) -> Callable[[int], httpx.Client]:
    """A service on a store with a pool of so many models."""

    def make(size: int) -> httpx.Client:
        engine = create_store_engine(study_sqlite_url)
        fill(engine, size)
        engine.dispose()
        return serve(study_sqlite_url)

    return make


def questions(size: int) -> list[str]:
    """Every path that answers from a pool, with what it needs."""
    document = create_app(Settings(data_dir=Path("nowhere"), database_url=None, _env_file=None)).openapi()
    needed = {
        "/v1/comparisons": f"models=mine-0,mine-{min(1, size - 1)}",
        "/v1/differences": f"a=mine-0&b=mine-{min(1, size - 1)}",
        "/v1/pareto": "dimensions=accuracy,calibration_error",
        "/v1/constraints": "accuracy.gte=0.5",
        "/v1/stability": "draws=100",
        "/v1/rank-intervals": "draws=100",
    }
    paths = [path for path, own in document["paths"].items() if "get" in own and path not in NOT_OF_A_POOL]
    return [
        f"{path.replace('{model_id}', 'mine-0')}?benchmark=flowers" + (f"&{needed[path]}" if path in needed else "")
        for path in paths
    ]


def strings(document: Any) -> list[str]:  # noqa: ANN401 - any JSON
    if isinstance(document, dict):
        return [text for key, value in document.items() for text in (key, *strings(value))]
    if isinstance(document, list):
        return [text for value in document for text in strings(value)]
    return [document] if isinstance(document, str) else []


@pytest.mark.parametrize("size", SIZES)
def test_every_question_about_a_pool_is_answered_or_refused_with_the_next_step(
    pool: Callable[[int], httpx.Client], size: int
) -> None:
    service = pool(size)
    for question in questions(size):
        answer = service.get(question)
        told = f"{size} models, {question}: {answer.text[:500]}"
        assert answer.status_code in {200, 404, 422}, told
        if answer.status_code != 200:
            assert answer.json()["next_step"], told
            # Who has values may lack a report by class; one alone has nobody to be compared with.
            assert size < 2 or "class-report" in question, told
            continue
        assert not re.search(r"\bnine\b", answer.text, re.IGNORECASE), told
        assert not set(strings(answer.json())) & set(ABSENT), told


@pytest.mark.parametrize("size", [2, 5, 50])
@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_all_models_are_ranked_under_every_normalisation(
    pool: Callable[[int], httpx.Client], size: int, normalisation: str
) -> None:
    answer = pool(size).get(f"/v1/rankings?benchmark=flowers&normalisation={normalisation}").json()
    assert [item["rank"] for item in answer["items"]] == sorted(item["rank"] for item in answer["items"])
    assert all(item["score"] is not None and not item["missing"] for item in answer["items"])


def test_a_ranking_says_how_many_dimensions_it_has_and_shares_the_weight_among_them(
    pool: Callable[[int], httpx.Client],
) -> None:
    answer = pool(5).get("/v1/rankings?benchmark=flowers").json()
    assert (answer["coverage"], answer["dimensions"]) == (f"6 of {len(STUDY_DIMENSIONS)} dimensions", SHOWN)
    assert answer["normalisation"] == "pool"
    assert answer["protocol"] == "corrected"
    assert list(answer["weights"]) == list(answer["shares"]) == SHOWN
    assert sum(answer["shares"].values()) == pytest.approx(1)
    assert answer["notices"] == []
    for item in answer["items"]:
        assert list(item["scores"]) == SHOWN
        assert sum(item["contributions"].values()) == pytest.approx(item["score"])


def test_a_single_model_has_values_and_no_score(pool: Callable[[int], httpx.Client]) -> None:
    service = pool(1)
    answer = service.get("/v1/rankings?benchmark=flowers").json()
    (item,) = answer["items"]
    assert (item["score"], item["rank"], item["missing"]) == (None, None, [])
    assert item["scores"] == pytest.approx({**values_of(0), **dict.fromkeys(FACTS)})
    assert "only model that has been measured on Flowers" in answer["notices"][0]
    assert service.get("/v1/headline?benchmark=flowers").json()["sentence"] == "Mine 0 is the only model on Flowers."
    refused = service.get("/v1/rankings/mine-0/explanation?benchmark=flowers")
    assert (refused.status_code, refused.json()["code"]) == (422, "model_without_score")
    assert "only model" in refused.json()["detail"]
    told = service.get("/v1/models/mine-0?benchmark=flowers").json()
    assert told["scores"]["accuracy"]["standard_error"] == 0.02
    # The study's norms are offered, and said to be somebody else's.
    offered = service.get("/v1/rankings?benchmark=flowers&normalisation=published").json()
    assert offered["items"][0]["score"] is not None
    assert "ImageNet-1k" in offered["notices"][0]


def test_a_difference_within_the_noise_is_not_blown_up(serve: Serve, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        own_benchmarks.register(session, registration(dimensions=["accuracy"]))
        add_models(session, [model(0), model(1)])
        session.flush()
        add_measurements(
            session,
            [
                NewMeasurement(
                    model_id=f"mine-{number}", benchmark="flowers", protocol="corrected", dimension="accuracy",
                    value=0.8 + number * 0.004, missing_reason=None, source="evaluation", standard_error=0.04,
                    benchmark_digest="sha256:1",
                )
                for number in (0, 1)
            ],
        )  # fmt: skip
    engine.dispose()
    service = serve(study_sqlite_url)

    def lead(normalisation: str) -> float:
        items = service.get(f"/v1/rankings?benchmark=flowers&normalisation={normalisation}").json()["items"]
        return float(items[0]["score"] - items[1]["score"])

    assert lead("zscore") == pytest.approx(2)
    assert lead("pool") == pytest.approx(0.004 / 0.08)


def test_a_weight_on_what_the_benchmark_does_not_have_counts_for_nothing_and_is_said(
    pool: Callable[[int], httpx.Client],
) -> None:
    service = pool(5)
    plain = service.get("/v1/rankings?benchmark=flowers").json()
    given = service.get("/v1/rankings?benchmark=flowers&w.shape_bias=9").json()
    assert given["items"] == plain["items"]
    assert given["notices"] == ["Flowers does not measure shape bias: the given weight counts for nothing."]
    nothing = service.get(
        "/v1/rankings?benchmark=flowers&w.object_focus=1&" + "&".join(f"w.{key}=0" for key in DECLARED)
    )
    assert (nothing.status_code, nothing.json()["code"]) == (422, "invalid_weight")


@pytest.mark.parametrize(
    "question",
    ["/v1/rankings?shape_bias.gte=0.1", "/v1/models?shape_bias.gte=0.1", "/v1/constraints?shape_bias.gte=0.1"],
)
def test_a_filter_on_what_the_benchmark_does_not_have_is_refused(
    pool: Callable[[int], httpx.Client], question: str
) -> None:
    answer = pool(2).get(f"{question}&benchmark=flowers")
    assert (answer.status_code, answer.json()["code"]) == (422, "undeclared_dimension")
    assert "has no shape_bias" in answer.json()["detail"]


@pytest.mark.parametrize("question", ["/v1/pareto?dimensions=accuracy,shape_bias", "/v1/rankings?sort=shape_bias"])
def test_an_order_by_what_the_benchmark_does_not_have_is_refused(
    pool: Callable[[int], httpx.Client], question: str
) -> None:
    answer = pool(2).get(f"{question}&benchmark=flowers")
    assert answer.status_code == 422
    assert "shape_bias" in answer.json()["detail"]


def test_frozen_norms_keep_every_score_when_a_model_is_added(serve: Serve, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 3)
    service = serve(study_sqlite_url)
    token = {"Authorization": f"Bearer {TOKEN}"}

    def scores() -> dict[str, float]:
        items = service.get("/v1/rankings?benchmark=flowers").json()["items"]
        return {item["model_id"]: item["score"] for item in items}

    before = scores()
    frozen = service.post("/v1/benchmarks/flowers/frozen-norms", headers=token)
    assert frozen.status_code == 200
    assert [kept["models"] for kept in frozen.json()["frozen_norms"]] == [3]
    assert scores() == before
    fill(engine, 2, start=3)
    after = scores()
    assert {key: after[key] for key in before} == before
    assert len(after) == 5
    answer = service.get("/v1/rankings?benchmark=flowers").json()
    assert answer["frozen_norms"]["models"] == 3
    assert answer["notices"][0].startswith("The norms were frozen on 20")
    # The norms of another rule are those of the current models.
    assert service.get("/v1/rankings?benchmark=flowers&normalisation=zscore").json()["frozen_norms"] is None
    assert service.delete("/v1/benchmarks/flowers/frozen-norms", headers=token).json()["frozen_norms"] == []
    assert {key: scores()[key] for key in before} != before
    engine.dispose()


def test_a_new_version_begins_an_empty_pool_and_the_old_one_is_listed(serve: Serve, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    with writing(engine) as session:
        assert own_benchmarks.register(session, registration(digest="sha256:2"))
        assert not own_benchmarks.register(session, registration(digest="sha256:2"))
        assert load_snapshot(session, "flowers", "corrected").models == ()
    service = serve(study_sqlite_url)
    answer = service.get("/v1/benchmarks/flowers").json()
    assert [(each["digest"], each["current"], each["models"]) for each in answer["versions"]] == [
        ("sha256:2", True, []),
        ("sha256:1", False, ["mine-0", "mine-1"]),
    ]
    assert service.get("/v1/rankings?benchmark=flowers").json()["items"] == []
    earlier = service.get("/v1/models/mine-0?benchmark=flowers")
    assert (earlier.status_code, "not the current version" in earlier.json()["detail"]) == (404, True)
    with writing(engine) as session:
        # What is measured on the new version stands beside the old values and never among them.
        add_measurements(
            session,
            [
                NewMeasurement(
                    model_id="mine-0", benchmark="flowers", protocol="corrected", dimension="accuracy", value=0.1,
                    missing_reason=None, source="evaluation", benchmark_digest="sha256:2",
                )
            ],
        )  # fmt: skip
        assert own_benchmarks.register(session, registration(digest="sha256:1"))
        assert load_snapshot(session, "flowers", "corrected").columns["accuracy"][0] == values_of(0)["accuracy"]
    engine.dispose()


def test_a_record_says_the_dimensions_and_the_notices(pool: Callable[[int], httpx.Client]) -> None:
    service = pool(2)
    for form in ("md", "html"):
        text = service.get(f"/v1/decision-record?benchmark=flowers&format={form}").text
        assert f"6 of {len(STUDY_DIMENSIONS)} dimensions" in text
    record = orjson.loads(service.get("/v1/decision-record?benchmark=flowers&normalisation=published").content)
    assert record["view"]["dimensions"] == SHOWN
    assert record["view"]["benchmark_digest"] == "sha256:1"
    assert any("ImageNet-1k" in notice for notice in record["notices"])
