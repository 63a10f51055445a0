from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest
from safetensors.numpy import save

from backend.store.engine import create_store_engine
from backend.store.evidence import keep_evidence, tidying
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.local_files import LocalFiles
from backend.store.opened_files import EVIDENCE
from tests.backend.conftest import fill
from tests.backend.evidence import evidence

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]


@pytest.fixture
def service(serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build) -> httpx.Client:
    """A service with an imported model, `mine`, asked with the token."""
    service = serve(study_sqlite_url)
    service.post("/v1/imports", content=results_csv({}), headers=writing_headers)
    service.headers["Authorization"] = writing_headers["Authorization"]
    return service


def test_a_model_of_ones_own_goes_and_the_studys_stay(service: httpx.Client) -> None:
    assert service.get("/v1/models/mine").status_code == 200
    answer = service.delete("/v1/models/mine")
    assert (answer.status_code, answer.json()["deleted"]) == (200, "mine")
    assert service.get("/v1/models/mine").status_code == 404
    assert service.get("/v1/rankings?limit=1").json()["data_version"] == answer.json()["data_version"]
    refused = service.delete("/v1/models/alexnet")
    assert (refused.status_code, refused.json()["code"]) == (409, "study_model")
    assert service.get("/v1/models?limit=1").json()["total"] == 326


@pytest.mark.parametrize("path", ["models/none", "evaluations/none", "checkpoints/none"])
def test_what_is_not_there_is_told(service: httpx.Client, path: str) -> None:
    assert service.delete(f"/v1/{path}").status_code == 404
    del service.headers["Authorization"]
    assert service.delete(f"/v1/{path}").json()["code"] == "missing_token"


def test_a_checkpoint_goes_with_its_file(service: httpx.Client, tmp_path: Path) -> None:
    weights = save({"weight": np.ones(3, dtype=np.float32)})
    uploaded = service.post("/v1/checkpoints?filename=mine.safetensors", content=weights).json()["checkpoint_id"]
    assert list(tmp_path.rglob(f"{uploaded}*"))
    assert service.delete(f"/v1/checkpoints/{uploaded}").status_code == 200
    assert not list(tmp_path.rglob(f"{uploaded}*"))


def test_an_evaluation_is_cancelled_before_it_goes(service: httpx.Client) -> None:
    evaluation_id = service.post("/v1/evaluations", json={"model": "resnet18.a1_in1k"}).json()["evaluation_id"]
    refused = service.delete(f"/v1/evaluations/{evaluation_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_not_over")
    service.post(f"/v1/evaluations/{evaluation_id}/cancel")
    assert service.delete(f"/v1/evaluations/{evaluation_id}").status_code == 200
    assert service.get(f"/v1/evaluations/{evaluation_id}").status_code == 404


def test_a_published_model_is_taken_back(service: httpx.Client) -> None:
    answer = service.post("/v1/models/mine/unpublish")
    assert (answer.status_code, answer.json()["visibility"]) == (200, "private")
    assert service.get("/v1/models/mine").json()["visibility"] == "private"
    assert service.get("/v1/models/alexnet").json()["visibility"] == "public"
    assert service.post("/v1/models/alexnet/unpublish").json()["code"] == "study_model"
    assert service.post("/v1/models/none/unpublish").status_code == 404
    del service.headers["Authorization"]
    assert service.get("/v1/models/mine").status_code == 404


def test_a_model_goes_with_the_file_of_its_evidence(
    service: httpx.Client, study_sqlite_url: str, tmp_path: Path
) -> None:
    engine = create_store_engine(study_sqlite_url)
    files = EvidenceFiles(LocalFiles(tmp_path / "data" / EVIDENCE))
    fill(engine, 2)
    with tidying(engine, files) as session:
        for model_id in ("mine-0", "mine-1"):
            owner = Owner(model_id=model_id, benchmark="flowers", digest="sha256:1", protocol="corrected")
            keep_evidence(session, files, owner, evidence(0.5), evaluation_id=None, measured_at=datetime.now(UTC))
    engine.dispose()
    assert len(list(files.store.scratch.iterdir())) == 2
    assert service.delete("/v1/models/mine-0").status_code == 200
    assert len(list(files.store.scratch.iterdir())) == 1
    assert service.delete("/v1/benchmarks/flowers").status_code == 409
    assert len(list(files.store.scratch.iterdir())) == 1
    assert service.delete("/v1/benchmarks/flowers?with_measurements=true").status_code == 200
    assert list(files.store.scratch.iterdir()) == []
