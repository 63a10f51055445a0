import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import JsonValue, SecretStr

from backend.app import create_app
from backend.settings import Settings
from backend.store import evaluations, workers
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evaluations import NewEvaluation
from backend.store.tables import Model
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import Refusal
from tests.backend.conftest import DECLARED, FACTS, TOKEN, FakeInspection, fill, registration
from wellbehaved.in_process import InProcessTransport


class _Service:
    """A service that may look below `roots`, and what looks for it."""

    def __init__(self, url: str, data: Path, roots: tuple[Path, ...]) -> None:
        self.inspection = FakeInspection()
        settings = Settings(
            data_dir=data, database_url=SecretStr(url), token=SecretStr(TOKEN), data_roots=roots, _env_file=None
        )
        self.app = create_app(settings, inspection=self.inspection)
        self.client = httpx.Client(
            transport=InProcessTransport(self.app), base_url="http://service",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )  # fmt: skip

    def add(self, path: Path | str, **asked: Any) -> httpx.Response:  # noqa: ANN401 - any JSON
        return self.client.post("/v1/benchmarks", json={"path": str(path), **asked})


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    folder = tmp_path / "shared" / "flowers"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def service(study_sqlite_url: str, tmp_path: Path, flowers: Path) -> Iterator[_Service]:
    own = _Service(study_sqlite_url, tmp_path / "data", (flowers.parent,))
    yield own
    own.client.close()


def keys(service: _Service) -> list[str]:
    return [item["key"] for item in service.client.get("/v1/benchmarks").json()["items"]]


def test_a_folder_is_looked_at_and_registered(service: _Service, flowers: Path) -> None:
    looked = service.add(flowers, register=False)
    assert looked.status_code == 200
    assert (looked.json()["registered"], looked.json()["changed"]) == (False, False)
    assert keys(service) == ["imagenet-1k", "toy-shapes"]
    added = service.add(flowers)
    assert (added.status_code, added.headers["location"]) == (201, "/v1/benchmarks/flowers")
    assert added.json() == {**looked.json(), "registered": True, "changed": True}
    again = service.add(flowers)
    assert (again.status_code, again.json()["changed"]) == (200, False)
    assert keys(service) == ["flowers", "imagenet-1k", "toy-shapes"]
    shown = service.client.get("/v1/benchmarks/flowers").json()
    assert (shown["origin"], shown["coverage"]) == ("own", f"6 of {len(STUDY_DIMENSIONS)} dimensions")
    assert (shown["dimensions"], shown["classes"]) == ([*DECLARED, *FACTS], ["aster", "daisy", "rose"])
    assert (shown["folder"], shown["default_protocol"]) == (str(flowers), "corrected")
    assert [version["current"] for version in shown["versions"]] == [True]
    # Where things lie on the server is for who holds the token.
    assert service.client.get("/v1/benchmarks/flowers", headers={"Authorization": ""}).json()["folder"] is None


def test_a_built_in_benchmark_has_all_dimensions_and_no_versions(service: _Service) -> None:
    shown = service.client.get("/v1/benchmarks/toy-shapes").json()
    assert (shown["origin"], shown["dimensions"], shown["versions"]) == ("built-in", list(DIMENSIONS), [])
    assert (shown["digest"], shown["folder"], shown["classes"], shown["frozen_norms"]) == (None, None, None, [])


@pytest.mark.parametrize("asked", [{"key": "blooms"}, {"label": "In bloom"}, {"layout": "imagenet-1k"}])
def test_what_is_asked_for_reaches_whoever_looks(service: _Service, flowers: Path, asked: dict[str, str]) -> None:
    ((name, value),) = asked.items()
    assert service.add(flowers, **asked).json()[name] == value


def test_another_label_of_the_same_files_is_no_new_version(service: _Service, flowers: Path) -> None:
    service.add(flowers)
    assert service.add(flowers, label="In bloom").json()["changed"] is True
    shown = service.client.get("/v1/benchmarks/flowers").json()
    assert (shown["label"], len(shown["versions"])) == ("In bloom", 1)


def test_edited_files_are_a_new_version_and_undone_edits_the_old_one(service: _Service, flowers: Path) -> None:
    for digest, count in (("sha256:1", 1), ("sha256:2", 2), ("sha256:1", 2)):
        service.inspection.told = {"digest": digest}
        assert service.add(flowers).status_code == 201
        shown = service.client.get("/v1/benchmarks/flowers").json()
        assert (shown["digest"], len(shown["versions"])) == (digest, count)


def test_only_folders_below_the_roots_are_looked_at(service: _Service, flowers: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.mkdir()
    (flowers.parent / "link").symlink_to(outside)
    # A folder whose name begins like a root's is no folder below it.
    (tmp_path / "shared-too").mkdir()
    refused: list[Path | str] = [
        outside,
        flowers.parent / "link",
        flowers / ".." / ".." / "secret",
        "/",
        tmp_path / "shared-too",
        "~",
    ]
    for path in [*refused, tmp_path / "nothing-there"]:
        answer = service.add(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "folder_not_allowed"), path
        assert "WELLBEHAVED_DATA_ROOTS" in answer.json()["detail"]
    inside = flowers.parent / "inside"
    inside.symlink_to(flowers)
    assert service.add(inside).json()["folder"] == str(flowers)


def test_without_roots_no_folder_is_looked_at(study_sqlite_url: str, tmp_path: Path, flowers: Path) -> None:
    service = _Service(study_sqlite_url, tmp_path / "data", ())
    answer = service.add(flowers)
    assert (answer.status_code, answer.json()["code"]) == (422, "folder_not_allowed")
    assert "WELLBEHAVED_DATA_ROOTS names none" in answer.json()["detail"]
    assert "wellbehaved benchmark add" in answer.json()["next_step"]
    service.client.close()


def test_what_cannot_be_a_benchmark_is_refused_and_nothing_is_half_registered(service: _Service, flowers: Path) -> None:
    service.inspection.refusal = Refusal("no_class_folders", "It holds no folders.", "Sort the images into folders.")
    answer = service.add(flowers)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_class_folders")
    assert (answer.json()["detail"], answer.json()["next_step"]) == (
        "It holds no folders.", "Sort the images into folders.",
    )  # fmt: skip
    assert keys(service) == ["imagenet-1k", "toy-shapes"]


@pytest.mark.parametrize("key", ["toy-shapes", "flowers"])
def test_a_key_that_exists_is_refused(service: _Service, flowers: Path, key: str) -> None:
    service.add(flowers)
    other = flowers.parent / "other"
    other.mkdir()
    service.inspection.told = {"digest": "sha256:other"}
    answer = service.add(other, key=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "benchmark_exists")
    assert "--key" in answer.json()["next_step"]


def test_the_same_files_elsewhere_are_the_same_benchmark(service: _Service, flowers: Path) -> None:
    service.add(flowers)
    moved = flowers.parent / "moved"
    moved.mkdir()
    assert service.add(moved, key="flowers", label="Flowers").status_code == 201
    assert service.client.get("/v1/benchmarks/flowers").json()["folder"] == str(moved)


def test_a_service_that_cannot_look_says_so(study_sqlite_url: str, tmp_path: Path, flowers: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN),
        data_roots=(flowers.parent,), _env_file=None,
    )  # fmt: skip
    transport = InProcessTransport(create_app(settings))
    with httpx.Client(transport=transport, base_url="http://service") as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = client.post("/v1/benchmarks", json={"path": str(flowers)}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_inspection")


def test_one_folder_is_looked_at_at_a_time(study_sqlite_url: str, tmp_path: Path, flowers: Path) -> None:
    looking, done = threading.Event(), threading.Event()

    class Slow(FakeInspection):
        def inspect(self, path: Path, *, key: str | None, label: str | None, layout: str) -> dict[str, JsonValue]:
            looking.set()
            assert done.wait(30)
            return super().inspect(path, key=key, label=label, layout=layout)

    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN),
        data_roots=(flowers.parent,), _env_file=None,
    )  # fmt: skip
    app = create_app(settings, inspection=Slow())

    async def ask() -> tuple[httpx.Response, httpx.Response]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://service", headers=headers
        ) as client:
            first = asyncio.create_task(client.post("/v1/benchmarks", json={"path": str(flowers)}))
            await asyncio.to_thread(looking.wait, 30)
            second = await client.post("/v1/benchmarks", json={"path": str(flowers)})
            done.set()
            return await first, second

    first, second = asyncio.run(ask())
    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (429, "busy")
    assert int(second.headers["retry-after"]) > 0


def test_a_benchmark_without_measurements_goes(service: _Service, flowers: Path) -> None:
    service.add(flowers)
    answer = service.client.delete("/v1/benchmarks/flowers")
    assert (answer.status_code, answer.json()["deleted"]) == (200, "flowers")
    assert keys(service) == ["imagenet-1k", "toy-shapes"]
    assert flowers.is_dir()
    assert service.client.delete("/v1/benchmarks/flowers").status_code == 404


def test_one_with_measurements_goes_with_them_only_when_asked(service: _Service, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    refused = service.client.delete("/v1/benchmarks/flowers")
    assert (refused.status_code, refused.json()["code"]) == (409, "benchmark_in_use")
    assert "2 models" in refused.json()["detail"]
    assert "with_measurements=true" in refused.json()["next_step"]
    assert service.client.delete("/v1/benchmarks/flowers?with_measurements=true").status_code == 200
    with reading(engine) as session:
        assert session.get(Model, "mine-0") is None
        assert session.get(Model, "alexnet") is not None
    engine.dispose()
    assert service.client.get("/v1/models?benchmark=flowers").status_code == 404


def test_one_that_is_being_measured_on_stays(service: _Service, flowers: Path, study_sqlite_url: str) -> None:
    service.add(flowers)
    asked = service.client.post("/v1/evaluations", json={"model": "resnet18.a1_in1k", "benchmark": "imagenet-1k"})
    assert asked.status_code == 202
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        evaluations.submit(
            session,
            NewEvaluation(
                name="Mine", checkpoint_id=None, model="m", architecture="m", benchmark="flowers", seed=0, priority=1,
                protocol="corrected", dimensions=("accuracy",), samples_per_class=None, benchmark_digest="sha256:1",
            ),
        )  # fmt: skip
    engine.dispose()
    refused = service.client.delete("/v1/benchmarks/flowers?with_measurements=true")
    assert (refused.status_code, refused.json()["code"]) == (409, "evaluation_not_over")


@pytest.mark.parametrize("key", ["imagenet-1k", "toy-shapes"])
def test_the_built_in_benchmarks_stay_as_they_are(service: _Service, key: str) -> None:
    assert service.client.delete(f"/v1/benchmarks/{key}").json()["code"] == "built_in_benchmark"
    assert service.client.delete(f"/v1/benchmarks/{key}/frozen-norms").json()["code"] == "built_in_benchmark"
    assert service.client.post(f"/v1/benchmarks/{key}/frozen-norms").status_code == 409


def test_norms_of_one_model_cannot_be_frozen(service: _Service, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 1)
    engine.dispose()
    refused = service.client.post("/v1/benchmarks/flowers/frozen-norms")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_few_models")
    assert service.client.post("/v1/benchmarks/none/frozen-norms").status_code == 404
    # Nothing frozen, nothing to let go of: the same answer as after letting go.
    assert service.client.delete("/v1/benchmarks/flowers/frozen-norms").json()["frozen_norms"] == []


def test_norms_are_frozen_for_each_protocol(service: _Service, study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 3)
    engine.dispose()
    path = "/v1/benchmarks/flowers/frozen-norms"
    frozen = service.client.post(path).json()["frozen_norms"]
    assert [(kept["protocol"], kept["models"], list(kept["norms"])) for kept in frozen] == [("corrected", 3, DECLARED)]
    assert service.client.post(f"{path}?protocol=as-published").json()["code"] == "too_few_models"
    assert service.client.delete(f"{path}?protocol=as-published").json()["frozen_norms"] == frozen
    # Another version has other images, and norms of its own.
    service.inspection.told = {**registration().model_dump(), "digest": "sha256:2", "folder": "/data/flowers"}
    assert service.client.get("/v1/benchmarks/flowers").json()["frozen_norms"] == frozen


def test_a_worker_counts_where_it_has_the_current_version(
    service: _Service, flowers: Path, study_sqlite_url: str
) -> None:
    service.add(flowers)
    engine = create_store_engine(study_sqlite_url)
    for digest, measurable in (("sha256:0", False), ("sha256:1", True)):
        with writing(engine) as session:
            workers.beat(
                session, "here", device="cpu", version="1", state="idle", benchmarks=["flowers"],
                benchmark_digests={"flowers": digest},
            )  # fmt: skip
        assert service.client.get("/v1/benchmarks/flowers").json()["measurable"] is measurable
    engine.dispose()
