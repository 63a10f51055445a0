"""In the copy with one dimension more: the service stores, ranks, records and exports it, and changes no score."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import quba
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]

ROOT = Path(__file__).parents[2]
KEY = "median_class"
OWN = (("one", "0.40"), ("two", "0.55"), ("three", "0.20"))


def answer(service: httpx.Client, path: str, **query: str) -> Any:  # noqa: ANN401 - any JSON
    response = service.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def service(serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build) -> httpx.Client:
    """The study, and three models that have a value of it."""
    started = serve(study_sqlite_url)
    file = results_csv(*({"model_id": name, "name": name, KEY: value} for name, value in OWN))
    imported = started.post("/v1/imports", content=file, headers=writing_headers)
    assert (imported.status_code, imported.json().get("added")) == (201, len(OWN)), imported.text
    return started


def test_this_is_the_copy() -> None:
    assert Path(quba.__file__).is_relative_to(ROOT)
    assert (tuple(DIMENSIONS)[: len(STUDY_DIMENSIONS)], tuple(DIMENSIONS)[-1]) == (STUDY_DIMENSIONS, KEY)


def test_no_score_is_changed(client: httpx.Client) -> None:
    for preset, scores in json.loads((ROOT / "scores.json").read_text(encoding="utf-8")).items():
        items = answer(client, "/v1/rankings", preset=preset, limit="500")["items"]
        assert {item["model_id"]: item["score"] for item in items} == scores


def test_it_is_described(client: httpx.Client) -> None:
    last = answer(client, "/v1/dimensions")["items"][-1]
    assert (last["key"], last["default_weight"], last["reference"]) == (KEY, 0, None)
    assert all(preset["weights"][KEY] == 0 for preset in answer(client, "/v1/presets")["items"])
    paths = answer(client, "/openapi.json")["paths"]
    named = {one["name"] for one in paths["/v1/rankings"]["get"]["parameters"]}
    assert {f"w.{KEY}", f"{KEY}.gte", f"{KEY}.lte"} <= named


def test_it_ranks_the_models_that_have_it(service: httpx.Client) -> None:
    ranking = answer(service, "/v1/rankings", **{"preset": "accuracy", "w.accuracy": "0", f"w.{KEY}": "1"})
    assert [item["model_id"] for item in ranking["items"][: len(OWN)]] == ["two", "one", "three"]
    other = ranking["items"][len(OWN)]
    assert (other["score"], other["rank"]) == (None, None)
    assert other["missing"] == [{"dimension": KEY, "reason": "not_measured"}]
    kept = answer(service, "/v1/rankings", **{f"{KEY}.gte": "0.3"})["items"]
    assert {item["model_id"] for item in kept} == {"one", "two"}
    assert answer(service, "/v1/models/two")["scores"][KEY]["value"] == 0.55
    assert answer(service, "/v1/models/resnet50")["scores"][KEY]["missing"] == "not_measured"


@pytest.mark.parametrize("form", ["json", "md", "html"])
def test_it_is_recorded(service: httpx.Client, form: str) -> None:
    record = service.get("/v1/decision-record", params={f"w.{KEY}": "1", "format": form})
    assert record.status_code == 200, record.text
    assert "edian class" in record.text


def test_every_question_is_answered_with_a_weight_on_it(service: httpx.Client) -> None:
    for path in ("headline", "stability", "rank-intervals", "rank-spread", "facets", "correlations", "findings",
                 "rankings/two/explanation", "what-if/one", "improvements/one"):  # fmt: skip
        weighted = {} if path in ("correlations", "findings") else {f"w.{KEY}": "1"}
        answer(service, f"/v1/{path}", **weighted)
    answer(service, "/v1/pareto", dimensions=f"accuracy,{KEY}")
    answer(service, "/v1/comparisons", models="one,two")


def test_what_is_exported_is_imported_elsewhere(
    service: httpx.Client, serve: Serve, study_file: Path, tmp_path: Path, writing_headers: dict[str, str]
) -> None:
    exported = service.get("/v1/results")
    shutil.copyfile(study_file, tmp_path / "elsewhere.db")
    elsewhere = serve(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    imported = elsewhere.post("/v1/imports", content=exported.content, headers=writing_headers)
    assert imported.status_code == 201, imported.text
    assert answer(elsewhere, "/v1/models/two")["scores"][KEY]["value"] == 0.55
