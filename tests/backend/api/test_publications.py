from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Engine, update

from backend.store.data_versions import record
from backend.store.engine import writing
from backend.store.tables import Model

Serve = Callable[[str], httpx.Client]
Build = Callable[..., bytes]
LISTS = (
    "/v1/rankings?limit=1000", "/v1/models?limit=1000", "/v1/facets", "/v1/correlations",
    "/v1/pareto?dimensions=accuracy,shape_bias", "/v1/stability?draws=100", "/v1/rankings/resnet50/explanation",
)  # fmt: skip
ALONE = ("/v1/models/mine", "/v1/rankings/mine/explanation", "/v1/comparisons?models=mine,resnet50", "/v1/what-if/mine")


@pytest.fixture
def service(
    serve: Serve, study_url: str, study_engine: Engine, writing_headers: dict[str, str], results_csv: Build
) -> httpx.Client:
    """A service with the study and one private model, `mine`, whose values are extreme."""
    service = serve(study_url)
    service.post(
        "/v1/imports", content=results_csv({"accuracy": "0.99", "shape_bias": "0.99"}), headers=writing_headers
    )
    with writing(study_engine) as session:
        session.execute(update(Model).where(Model.id == "mine").values(visibility="private"))
        record(session, reason="for a test", changes=[["private", "mine"]], created_at=datetime.now(UTC))
    return service


@pytest.fixture
def headers(writing_headers: dict[str, str]) -> dict[str, str]:
    return {"Authorization": writing_headers["Authorization"]}


@pytest.mark.parametrize("path", ALONE)
def test_a_private_model_is_unknown_to_whoever_lacks_the_token(
    service: httpx.Client, headers: dict[str, str], path: str
) -> None:
    assert service.get(path).json()["code"] == "unknown_model"
    assert service.get(path, headers=headers).status_code == 200
    wrong = service.get(path, headers={"Authorization": "Bearer wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_token")


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_it_to_the_tokens_holder_under_another_name(
    service: httpx.Client, client: httpx.Client, headers: dict[str, str], path: str
) -> None:
    public, own = service.get(path), service.get(path, headers=headers)
    assert "mine" not in public.text
    assert own.headers["etag"] != public.headers["etag"]
    assert "Authorization" in public.headers["vary"]
    # Without the token the answer is that of a store that never had the model, but for the name of the data version.
    version = public.headers["x-data-version"]
    assert public.text.replace(version, "") == client.get(path).text.replace(
        client.get(path).headers["x-data-version"], ""
    )


@pytest.mark.parametrize("normalisation", ["published", "trimmed", "zscore", "robust", "percentile", "minmax"])
def test_a_private_model_moves_nobodys_score(
    service: httpx.Client, headers: dict[str, str], normalisation: str
) -> None:
    path = f"/v1/rankings?limit=1000&normalisation={normalisation}"
    public, own = service.get(path).json()["items"], service.get(path, headers=headers).json()["items"]
    scores = {item["model_id"]: item["score"] for item in own}
    assert scores.pop("mine") is not None
    assert scores == {item["model_id"]: item["score"] for item in public}
    shares = {item["model_id"]: item["percentiles"] for item in own if item["model_id"] != "mine"}
    assert shares == {item["model_id"]: item["percentiles"] for item in public}


def test_a_published_model_is_shown_to_everybody(service: httpx.Client, headers: dict[str, str]) -> None:
    before = service.get("/v1/rankings?q=mine")
    answer = service.post("/v1/models/mine/publish", headers=headers)
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("model_id", "visibility")} == {
        "model_id": "mine", "visibility": "public"
    }  # fmt: skip
    after = service.get("/v1/rankings?q=mine", headers={"If-None-Match": before.headers["etag"]})
    assert [item["model_id"] for item in after.json()["items"]] == ["mine"]
    assert after.json()["data_version"] == answer.json()["data_version"] != before.json()["data_version"]
    assert service.post("/v1/models/mine/publish", headers=headers).json() == answer.json()
    unknown = service.post("/v1/models/nobody/publish", headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_model")
