"""A worker's view of benchmarks of one's own: which files lie here, and what becomes of a job whose files changed."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from sqlalchemy import text
from torchvision.models import get_model_weights, shufflenet_v2_x0_5

from backend.store import evaluations, own_benchmarks
from backend.store.class_reports import class_report
from backend.store.contact_sheets import ContactSheets
from backend.store.engine import reading, writing
from backend.store.evidence_files import EvidenceFiles
from backend.store.file_store import FilesUnavailable
from backend.store.local_files import LocalFiles
from backend.store.measurements import measurements_of
from backend.store.models import model_records
from backend.store.opened_files import EVIDENCE
from backend.store.own_benchmarks import Registration
from evaluation.datasets.class_maps import WNIDS
from evaluation.engine.means import Means
from evaluation.engine.stages import Request
from evaluation.models.study.table import study_models
from evaluation.own_data.registration import inspect
from evaluation.worker import phase_requests
from evaluation.worker.job import Job, Workplace
from evaluation.worker.own_benchmarks import OwnBenchmarks
from quba.benchmarks import contact_sheet_folder
from quba.errors import Refusal
from tests.faults.queue_world import ARCHITECTURE, CHECKPOINT, QueueWorld, queue_world

FEW: dict[str, Any] = {"dimensions": ("accuracy", "class_balance"), "samples_per_class": 4}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker, and a checkpoint that decides among three classes."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        torch.manual_seed(0)
        net = timm.create_model(ARCHITECTURE, num_classes=3)
        metadata = {"input_size": json.dumps([3, 32, 32]), "crop_pct": "1.0"}
        file = made.settings.data_dir / "checkpoints" / f"{CHECKPOINT}.safetensors"
        save_file(net.state_dict(), file, metadata=metadata)
        yield made


@pytest.fixture
def own(world: QueueWorld, tmp_path: Path) -> OwnBenchmarks:
    """With a root for copies, looking again each time that it is asked."""
    return OwnBenchmarks(
        world.engine, roots=[tmp_path / "copies"], cache=tmp_path / "cache", clock=Clock(),
        sheets=ContactSheets(tmp_path / "shown", LocalFiles(tmp_path / "bucket")),
    )  # fmt: skip


@pytest.fixture
def place(world: QueueWorld, own: OwnBenchmarks) -> Workplace:
    folder = world.settings.data_dir
    return Workplace(
        engine=world.engine, worker_id="me", data=world.data, checkpoints=LocalFiles(folder / "checkpoints"),
        steps=folder / "evaluations", evidence=EvidenceFiles(LocalFiles(folder / EVIDENCE)), means=Means(workers=0),
        ending=threading.Event(), own=own,
    )  # fmt: skip


def register(world: QueueWorld, folder: Path, tmp_path: Path) -> str:
    found = inspect(folder, key="flowers", cache=tmp_path / "cache")
    with writing(world.engine) as session:
        own_benchmarks.register(session, Registration.model_validate(found.model_dump(mode="json")))
    return found.digest


def submitted(world: QueueWorld, digest: str) -> str:
    (evaluation,) = world.submit(queued=False, benchmark="flowers", benchmark_digest=digest, **FEW)
    return evaluation


def edit(folder: Path) -> None:
    (folder / "val" / "rose" / "0.png").unlink()


def test_what_was_added_since_the_start_is_found_and_an_edited_folder_is_not(
    world: QueueWorld, own: OwnBenchmarks, flowers: Path, tmp_path: Path
) -> None:
    assert own.digests_here() == {}
    digest = register(world, flowers, tmp_path)
    assert own.digests_here() == {"flowers": digest}
    edit(flowers)
    # Not read again with every beat of a worker's heart.
    assert own.digests_here() == {"flowers": digest}
    own._clock.now += 61  # type: ignore[attr-defined]
    assert own.digests_here() == {}
    assert register(world, flowers, tmp_path) != digest
    assert own.digests_here().keys() == {"flowers"}


def test_a_copy_with_the_same_files_will_do(
    world: QueueWorld, own: OwnBenchmarks, flowers: Path, tmp_path: Path
) -> None:
    digest = register(world, flowers, tmp_path)
    shutil.move(flowers, tmp_path / "copies" / "flowers")
    assert own.digests_here() == {"flowers": digest}
    found = own.open_current("flowers")
    assert found is not None
    assert (found.folder, found.digest) == (tmp_path / "copies" / "flowers", digest)
    assert own.open_current("none") is None


def test_a_job_on_ones_own_files_is_recorded_under_their_digest(
    world: QueueWorld, place: Workplace, flowers: Path, tmp_path: Path
) -> None:
    digest = register(world, flowers, tmp_path)
    evaluation = submitted(world, digest)
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.error) == ("succeeded", None)
    with reading(world.engine) as session:
        rows = session.execute(text("SELECT DISTINCT benchmark_digest FROM measurement WHERE benchmark = 'flowers'"))
        assert [row[0] for row in rows] == [digest]
        assert class_report(session, "mine", "flowers", "corrected")


@pytest.mark.parametrize("vouched", [False, True])
def test_the_order_is_looked_at_unless_somebody_vouches_for_it(
    world: QueueWorld, place: Workplace, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vouched: bool
) -> None:
    asked: list[bool] = []

    def note(**fields: Any) -> Request:  # noqa: ANN401 - any field
        asked.append(fields["checks_order"])
        return Request(**fields)

    monkeypatch.setattr(phase_requests, "Request", note)
    digest = register(world, flowers, tmp_path)
    (evaluation,) = world.submit(
        queued=False, benchmark="flowers", benchmark_digest=digest, class_order_checked=vouched, **FEW
    )
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "succeeded"
    assert asked == [not vouched]


def test_while_a_set_is_generated_the_stage_says_how_far_it_is(
    world: QueueWorld, place: Workplace, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (flowers / "benchmark.toml").write_text('[clean]\nfolder = "val"\n[generated]\nrenditions = ["edge"]\n')
    digest = register(world, flowers, tmp_path)
    (evaluation,) = world.submit(
        queued=False, benchmark="flowers", benchmark_digest=digest, dimensions=("ood_robustness",), samples_per_class=4
    )
    job, told = Job(evaluation, 1, place), list[Any]()
    monkeypatch.setattr(job, "note", told.append)
    job.perform()
    made = [each for each in told if each["stage"] == "making the rendition edge of the clean images: 0 %"]
    assert len(made) == 1, [each["stage"] for each in told]
    # What was measured before is not taken back.
    before = told[told.index(made[0]) - 1]
    assert made[0]["share"] == before["share"]
    # The data sets of this worker lie elsewhere than the service's; its contact sheets must be found all the same.
    folder = contact_sheet_folder("flowers", digest)
    assert (tmp_path / "shown" / folder / "rendition-edge.png").read_bytes() == (
        place.data / folder / "rendition-edge.png"
    ).read_bytes()
    # So must they where the service has neither folder, but the bucket.
    elsewhere = ContactSheets(tmp_path / "nothing", LocalFiles(tmp_path / "bucket"))
    assert elsewhere.names("flowers", digest) == ["rendition-edge"]
    assert (
        elsewhere.picture("flowers", digest, "rendition-edge")
        == (place.data / folder / "rendition-edge.png").read_bytes()
    )


def test_a_bucket_that_is_away_holds_up_no_evaluation(
    world: QueueWorld, tmp_path: Path, flowers: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str) -> Path:
        raise FilesUnavailable(f"{name} cannot be had.", "Wait.")

    digest = register(world, flowers, tmp_path)
    (evaluation,) = world.submit(queued=False, benchmark="flowers", benchmark_digest=digest, **FEW)
    made = tmp_path / "made" / contact_sheet_folder("flowers", digest)
    made.mkdir(parents=True)
    (made / "edge.png").write_bytes(b"sheet")
    bucket = LocalFiles(tmp_path / "bucket")
    monkeypatch.setattr(bucket, "reading", away)
    sheets = ContactSheets(tmp_path / "shown", bucket)
    own = OwnBenchmarks(world.engine, roots=[], cache=tmp_path / "cache", sheets=sheets)
    own.share_contact_sheets(world.record(evaluation), tmp_path / "made")
    assert "the contact sheets of flowers were not sent" in caplog.text
    assert (tmp_path / "shown" / contact_sheet_folder("flowers", digest) / "edge.png").is_file()


@pytest.mark.parametrize(
    ("harm", "code", "told"),
    [
        (edit, "benchmark_changed", "rose/0.png"),
        (shutil.rmtree, "benchmark_gone", "is no folder"),
    ],
    ids=["edited", "gone"],
)
@pytest.mark.parametrize("when", ["before", "while"])
def test_nothing_is_recorded_of_files_that_were_not_registered(
    world: QueueWorld,
    place: Workplace,
    flowers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], None],
    code: str,
    told: str,
    when: str,
) -> None:
    evaluation = submitted(world, register(world, flowers, tmp_path))
    if when == "before":
        harm(flowers)
    else:
        keep = Job.keep

        def harming(job: Job, phase: str, dimension: str, result: Any) -> None:  # noqa: ANN401 - as it comes
            keep(job, phase, dimension, result)
            if flowers.exists() and (flowers / "val" / "rose" / "0.png").exists():
                harm(flowers)

        monkeypatch.setattr(Job, "keep", harming)
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert record.state == "failed"
    assert record.error is not None
    assert record.error["code"] == code
    assert told in record.error["message"]
    assert "wellbehaved benchmark add" in record.error["hint"] or "WELLBEHAVED_DATA_ROOTS" in record.error["hint"]
    assert world.results(evaluation) == []
    with reading(world.engine) as session:
        assert session.execute(text("SELECT count(*) FROM measurement WHERE benchmark = 'flowers'")).scalar() == 0


def test_a_version_that_is_not_registered_any_more_is_said(
    world: QueueWorld, own: OwnBenchmarks, flowers: Path, tmp_path: Path
) -> None:
    evaluation = submitted(world, register(world, flowers, tmp_path))
    record = world.record(evaluation)
    with pytest.raises(Refusal, match="not registered any more"):
        own.open(replace(record, benchmark_digest="sha256:other"))
    with reading(world.engine) as session:
        assert evaluations.record(session, evaluation) is not None


def test_results_are_discarded_by_whose_they_are_alone(world: QueueWorld) -> None:
    (evaluation,) = world.submit(queued=False)
    with writing(world.engine) as session:
        holder = evaluations.Holder(worker_id="me", attempt=1)
        assert not evaluations.discard_results(session, evaluation, holder)
        assert evaluations.claim_start(session, evaluation, holder)
        assert evaluations.discard_results(session, evaluation, holder)


def test_released_weights_of_the_study_are_measured_under_the_studys_own_row(
    world: QueueWorld, place: Workplace, flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its name alone, with weights of the published names and shapes in the library's cache."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    model_id = next(each.model_id for each in study_models().values() if each.loads.startswith("shufflenet_v2_x0_5/"))
    file = get_model_weights("shufflenet_v2_x0_5")["IMAGENET1K_V1"].url.rpartition("/")[2]
    (tmp_path / "torch" / "hub" / "checkpoints").mkdir(parents=True)
    torch.manual_seed(0)
    torch.save(shufflenet_v2_x0_5().state_dict(), tmp_path / "torch" / "hub" / "checkpoints" / file)
    # Classes of ImageNet, so that its classifiers can be measured on these few images.
    for name, wnid in zip(("aster", "daisy", "rose"), WNIDS, strict=False):
        (flowers / "val" / name).rename(flowers / "val" / wnid)
    digest = register(world, flowers, tmp_path)
    name = f"study:{model_id}"
    (evaluation,) = world.submit(
        model=name, architecture=name, checkpoint_id=None, benchmark="flowers", benchmark_digest=digest, **FEW
    )
    with reading(world.engine) as session:
        before = set(model_records(session))
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.error, record.model_id) == ("succeeded", None, model_id)
    with reading(world.engine) as session:
        assert set(model_records(session)) == before
        stored = measurements_of(session, model_id, "flowers", "corrected")
    assert {key: each.source for key, each in stored.items()} == dict.fromkeys(FEW["dimensions"], "evaluation")
