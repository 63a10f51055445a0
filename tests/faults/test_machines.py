"""Two services and a worker that share a database and a bucket, and no folder."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import timm
from pydantic import SecretStr
from safetensors.torch import save

from backend.app import create_app
from backend.evaluations.jobs import prepare
from backend.settings import Settings
from backend.store.engine import create_store_engine
from evaluation.checkpoints.confined_check import ConfinedCheck
from evaluation.engine.means import Means
from evaluation.worker.equipment import Equipment
from evaluation.worker.job import Job, Workplace
from evaluation.worker.measuring import workplace_of
from tests.object_server import ObjectServer
from wellbehaved.in_process import InProcessTransport

ARCHITECTURE = "test_resnet"
WEIGHTS = save(timm.create_model(ARCHITECTURE, num_classes=16).state_dict())
CHECKPOINT = hashlib.sha256(WEIGHTS).hexdigest()
FEW = {"dimensions": ["accuracy"], "samples_per_class": 1, "benchmark": "toy-shapes"}


@dataclass
class Machines:
    """Machines that start when they are first named.

    Attributes:
        url: of the database.
        files_url: of the bucket.
        data: folder of the data sets.
        folder: with a folder for each machine.
        stack: of what is to be closed.
    """

    url: str
    files_url: str
    data: Path
    folder: Path
    stack: ExitStack

    def settings(self, machine: str) -> Settings:
        return Settings(
            data_dir=self.folder / machine, database_url=SecretStr(self.url), files_url=self.files_url,
            token=SecretStr("a-token-for-tests"), _env_file=None,
        )  # fmt: skip

    def service(self, machine: str) -> httpx.Client:
        checker = ConfinedCheck(unconfined=True)
        self.stack.callback(checker.close)
        transport = InProcessTransport(create_app(self.settings(machine), checker))
        headers = {"Authorization": "Bearer a-token-for-tests"}
        return self.stack.enter_context(httpx.Client(transport=transport, base_url="http://test", headers=headers))

    def worker(self, machine: str) -> Workplace:
        means = Means(workers=0, device="cpu")
        equipment = Equipment(settings=self.settings(machine), worker_id=machine, data=self.data, means=means)
        place = workplace_of(equipment, threading.Event())
        self.stack.callback(place.engine.dispose)
        return place


@pytest.fixture
def machines(
    study_url: str, bucket: str, object_server: ObjectServer, toy_root: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Machines]:  # fmt: skip
    for name, value in object_server.environment().items():
        monkeypatch.setenv(name, value)
    prepare(study_url)
    with ExitStack() as stack:
        yield Machines(
            url=study_url, files_url=f"s3://{bucket}/wellbehaved", data=toy_root, folder=tmp_path, stack=stack
        )


def submit(service: httpx.Client, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - as JSON has it
    body = {"checkpoint_id": CHECKPOINT, "architecture": ARCHITECTURE, **FEW, **asked}
    answer = service.post("/v1/evaluations", json=body)
    assert answer.status_code in (200, 202), answer.text
    return dict(answer.json())


def test_what_one_machine_takes_another_checks_and_a_third_measures(machines: Machines) -> None:
    first, second = machines.service("first"), machines.service("second")
    uploaded = first.post("/v1/checkpoints", params={"filename": "mine.safetensors"}, content=WEIGHTS)
    assert (uploaded.status_code, uploaded.json()["already_there"]) == (201, False)
    again = second.post("/v1/checkpoints", content=WEIGHTS)
    assert (again.status_code, again.json()["already_there"]) == (201, True)
    evaluation = submit(second, name="Mine")["evaluation_id"]
    other = submit(first, name="Mine too", seed=1)["evaluation_id"]
    place = machines.worker("third")
    for each in (evaluation, other):
        Job(each, 1, place).perform()
        assert first.get(f"/v1/evaluations/{each}").json()["state"] == "succeeded", first.get("/v1/evaluations").text
    # Evidence that the worker wrote is read by both services.
    for service in (first, second):
        model = service.get(f"/v1/evaluations/{evaluation}").json()["model_id"]
        theirs = service.get(f"/v1/evaluations/{other}").json()["model_id"]
        differences = service.get("/v1/differences", params={"a": model, "b": theirs, "benchmark": "toy-shapes"})
        assert differences.status_code == 200, differences.text
        assert any(each["paired"] for each in differences.json()["items"])
    assert not (machines.folder / "first" / "checkpoints").exists()
    assert not list((machines.folder / "third").glob("evidence/*"))


def test_a_file_that_went_is_uploaded_again_and_the_evaluation_goes_on(machines: Machines) -> None:
    service, place = machines.service("first"), machines.worker("second")
    service.post("/v1/checkpoints", content=WEIGHTS)
    evaluation = submit(service)["evaluation_id"]
    for each in place.checkpoints.entries():
        place.checkpoints.remove(each.name)
    Job(evaluation, 1, place).perform()
    waiting = service.get(f"/v1/evaluations/{evaluation}").json()
    assert (waiting["state"], waiting["error"]) == ("queued", None)
    assert "upload it again" in waiting["progress"]["stage"]
    assert service.get(f"/v1/checkpoints/{CHECKPOINT}/architectures").json()["code"] == "checkpoint_gone"
    # As the advice has it: the same file and the same request are the same evaluation.
    service.post("/v1/checkpoints", content=WEIGHTS)
    assert submit(service)["evaluation_id"] == evaluation
    Job(evaluation, 2, place).perform()
    assert service.get(f"/v1/evaluations/{evaluation}").json()["state"] == "succeeded"


def test_a_bucket_that_is_away_is_said_and_nothing_half_written(machines: Machines) -> None:
    machines.files_url = "s3://nowhere-at-all/wellbehaved"
    service = machines.service("first")
    refused = service.post("/v1/checkpoints", content=WEIGHTS)
    assert (refused.status_code, refused.json()["code"]) == (503, "files_unavailable")
    assert refused.headers["Retry-After"]
    assert "bucket nowhere-at-all of WELLBEHAVED_FILES_URL does not exist" in refused.json()["detail"]
    assert "Make it, or correct" in refused.json()["next_step"]
    ready = service.get("/v1/ready").json()
    assert (ready["status"], ready["files"]) == ("ready", "unavailable")
    assert list((machines.folder / "first").rglob("*.part")) == []
    engine = create_store_engine(machines.url)
    engine.dispose()
    assert service.post("/v1/evaluations", json={"checkpoint_id": CHECKPOINT, **FEW}).status_code in (404, 422)
