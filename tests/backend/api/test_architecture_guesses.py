import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import timm
from safetensors.torch import save

from backend.api.architectures import architectures
from backend.store import checkpoints
from backend.store.engine import create_store_engine, writing

Serve = Callable[[str], httpx.Client]


def test_the_architectures_that_fit_come_first(
    serve: Serve, study_sqlite_url: str, tmp_path: Path, writing_headers: dict[str, str]
) -> None:
    service = serve(study_sqlite_url)
    headers = {"Authorization": writing_headers["Authorization"]}
    content = save(timm.create_model("test_resnet", num_classes=16).state_dict())
    identifier = hashlib.sha256(content).hexdigest()
    path = f"/v1/checkpoints/{identifier}/architectures"
    unknown = service.get(path, headers=headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_checkpoint")
    service.post("/v1/checkpoints", content=content, headers=headers)
    assert service.get(path).status_code == 401
    items = service.get(path, headers=headers).json()["items"]
    assert 1 <= len(items) <= 3
    assert items[0]["architecture"] == "test_resnet"
    assert (items[0]["exact"], items[0]["same_tensors"]) == (True, [])
    assert items[0]["fitting"] == items[0]["tensors"]
    assert {each["architecture"] for each in items} <= set(architectures())
    # Deleted from the disk alone: the row is still there.
    for file in (tmp_path / "data" / "checkpoints").iterdir():
        file.unlink()
    gone = service.get(path, headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (410, "checkpoint_gone")


def test_a_file_without_weights_is_refused_before_it_is_submitted(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], tmp_path: Path
) -> None:
    service = serve(study_sqlite_url)
    headers = {"Authorization": writing_headers["Authorization"]}
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        checkpoints.add(session, checkpoint_id="a" * 64, filename="mine.pt", size_bytes=1, format="torch")
    engine.dispose()
    folder = tmp_path / "data" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{'a' * 64}.original").write_text("<html>")
    refused = service.get(f"/v1/checkpoints/{'a' * 64}/architectures", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (415, "unknown_format")
