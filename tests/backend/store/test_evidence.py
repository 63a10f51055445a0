"""What is kept of measured models beside their values: which evidence stays, and when its file goes."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, update

from backend.store.engine import reading
from backend.store.evidence import evidence_file, evidence_files_named, keep_evidence, tidying
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.local_files import LocalFiles
from backend.store.removal import remove_benchmark, remove_evaluation, remove_model
from backend.store.tables import Measurement
from quba.dimension import Missing
from quba.measuring.evidence import Evidence
from tests.backend.conftest import fill
from tests.backend.evidence import CONDITIONS, IMAGES, evidence
from tests.backend.store.test_removal import add

NOW = datetime(2026, 7, 1, tzinfo=UTC)
OWNER = Owner(model_id="mine-0", benchmark="flowers", digest="sha256:1", protocol="corrected")
REPLICATES = np.linspace(0, 1, 20)


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(LocalFiles(tmp_path / "evidence"))


@pytest.fixture
def store(study_engine: Engine) -> Engine:
    fill(study_engine, 2)
    return study_engine


def measured(engine: Engine, files: EvidenceFiles, found: Evidence, owner: Owner = OWNER, **values: float) -> None:
    """Store some values and then their evidence, as a finished evaluation does."""
    with tidying(engine, files) as session:
        for key, value in values.items():
            which = (Measurement.model_id == owner.model_id, Measurement.dimension == key)
            session.execute(update(Measurement).where(*which).values(value=value))
        keep_evidence(session, files, owner, found, evaluation_id="ev-1", measured_at=NOW)


def kept(engine: Engine, files: EvidenceFiles, owner: Owner = OWNER) -> Evidence:
    with reading(engine) as session:
        named = evidence_file(session, owner)
    assert named is not None
    return files.read(named)


def there(files: EvidenceFiles) -> int:
    return len(list(files.store.scratch.iterdir()))


def dimension(key: str, value: float, passes: dict[str, Any], **others: Any) -> Evidence:  # noqa: ANN401
    """Evidence of one dimension beside accuracy."""
    return replace(
        evidence(0.5), values={key: value}, standard_errors={key: 0.1}, replicates={key: REPLICATES}, right=passes,
        **others,
    )  # fmt: skip


def test_a_new_measurement_replaces_the_earlier_one_and_its_file(store: Engine, files: EvidenceFiles) -> None:
    measured(store, files, evidence(0.75), accuracy=0.75)
    measured(store, files, evidence(0.5), accuracy=0.5)
    assert kept(store, files).values == {"accuracy": 0.5}
    assert there(files) == 1
    # The same again keeps it.
    measured(store, files, evidence(0.5), accuracy=0.5)
    assert there(files) == 1
    with reading(store) as session:
        assert evidence_file(session, replace(OWNER, protocol="as-published")) is None
        assert evidence_file(session, replace(OWNER, digest="sha256:2")) is None


def test_another_dimension_under_the_same_conditions_joins(store: Engine, files: EvidenceFiles) -> None:
    before = evidence(0.75, missing={"calibration_error": Missing.DATA_SET_MISSING}, unread={"clean": np.array([3])})
    measured(store, files, before, accuracy=0.75)
    gone = {"accuracy": Missing.FAILED, "object_focus": Missing.FAILED}
    passes = {"cue_conflict": np.ones(32, dtype=bool)}
    later = dimension("calibration_error", 0.25, passes, labels=None, confidence=None, missing=gone)
    measured(store, files, later, calibration_error=0.25)
    both = kept(store, files)
    assert both.values == {"accuracy": 0.75, "calibration_error": 0.25}
    assert both.replicates.keys() == both.standard_errors.keys() == both.values.keys()
    assert both.right.keys() == {"clean", "cue_conflict"}
    assert both.unread["clean"].tolist() == [3]
    # What has a value is not missing, whichever run gave it.
    assert both.missing == {"object_focus": Missing.FAILED}
    assert both.labels is not None
    assert both.confidence is not None
    assert there(files) == 1


def test_a_dimension_measured_again_without_replicates_loses_the_earlier_ones(
    store: Engine, files: EvidenceFiles
) -> None:
    measured(store, files, evidence(0.75), accuracy=0.75)
    measured(store, files, evidence(0.5, replicates={}), accuracy=0.5)
    assert kept(store, files).replicates == {}


def test_a_subset_does_not_replace_what_the_stored_values_rest_on(store: Engine, files: EvidenceFiles) -> None:
    measured(store, files, evidence(0.75), accuracy=0.75)
    subset = evidence(0.5, conditions=replace(CONDITIONS, samples_per_class=5))
    # The store keeps the value of more images.
    measured(store, files, subset)
    assert kept(store, files).values == {"accuracy": 0.75}
    assert there(files) == 1
    # Where its value is stored, so is its evidence, and nothing of the other conditions with it.
    measured(store, files, replace(subset, right={"fgsm": subset.right["clean"]}), accuracy=0.5)
    assert kept(store, files).right.keys() == {"fgsm"}


def test_other_images_are_not_joined(store: Engine, files: EvidenceFiles) -> None:
    measured(store, files, evidence(0.75), accuracy=0.75)
    fewer = dimension(
        "calibration_error", 0.25, {"clean": np.ones(IMAGES - 1, dtype=bool)}, labels=None, confidence=None
    )
    measured(store, files, fewer, calibration_error=0.25)
    assert kept(store, files).values == {"calibration_error": 0.25}


def test_as_many_images_that_are_others_are_not_joined(store: Engine, files: EvidenceFiles) -> None:
    measured(store, files, evidence(0.75, unread={"clean": np.array([3])}), accuracy=0.75)
    # One was mended since, and another cannot be read any more.
    passes = {"clean": np.ones(IMAGES, dtype=bool)}
    others = dimension("calibration_error", 0.25, passes, unread={"clean": np.array([5])}, labels=None, confidence=None)
    measured(store, files, others, calibration_error=0.25)
    assert kept(store, files).values == {"calibration_error": 0.25}


def test_a_lost_file_is_replaced(store: Engine, files: EvidenceFiles, caplog: pytest.LogCaptureFixture) -> None:
    measured(store, files, evidence(0.75), accuracy=0.75)
    for path in files.store.scratch.iterdir():
        path.unlink()
    measured(store, files, evidence(0.5), accuracy=0.75)
    assert kept(store, files).values == {"accuracy": 0.5}
    assert "earlier evidence is replaced" in caplog.text


def test_what_is_rolled_back_leaves_the_earlier_evidence_and_its_file(store: Engine, files: EvidenceFiles) -> None:
    measured(store, files, evidence(0.75), accuracy=0.75)

    def taken_back() -> None:
        with tidying(store, files) as session:
            keep_evidence(session, files, OWNER, evidence(0.75, seed=1), evaluation_id=None, measured_at=NOW)
            raise RuntimeError("taken back")

    with pytest.raises(RuntimeError, match="taken back"):
        taken_back()
    np.testing.assert_array_equal(kept(store, files).right["clean"], evidence(0.75).right["clean"])
    # The file that no row names is the worker's to clear.
    assert there(files) == 2


def test_rows_and_files_go_with_the_model_and_with_the_benchmark(store: Engine, files: EvidenceFiles) -> None:
    other = replace(OWNER, model_id="mine-1")
    for owner in (OWNER, other):
        measured(store, files, evidence(0.75), owner, accuracy=0.75)
    assert there(files) == 2
    with tidying(store, files) as session:
        assert remove_model(session, "mine-0")
    assert kept(store, files, other).values == {"accuracy": 0.75}
    assert there(files) == 1
    with tidying(store, files) as session:
        assert remove_benchmark(session, "flowers", with_measurements=True)
    assert there(files) == 0
    with reading(store) as session:
        assert evidence_files_named(session) == set()


@pytest.fixture
def evaluated(study_engine: Engine, files: EvidenceFiles) -> Owner:
    """The model of an evaluation with evidence."""
    add(study_engine)
    owner = Owner(model_id="mine", benchmark="imagenet-1k", digest="", protocol="as-published")
    with tidying(study_engine, files) as session:
        keep_evidence(session, files, owner, evidence(0.5), evaluation_id="ev-1", measured_at=NOW)
    return owner


def test_rows_and_files_go_with_the_evaluation(study_engine: Engine, files: EvidenceFiles, evaluated: Owner) -> None:
    with tidying(study_engine, files) as session:
        assert remove_evaluation(session, "ev-1")
        assert evidence_file(session, evaluated) is None
    assert there(files) == 0


class Patient(LocalFiles):
    """Waits for a store that has fallen silent, but where it is not to."""

    @property
    def impatient(self) -> LocalFiles:
        return LocalFiles(self.folder)

    def keep(self, name: str, source: Path) -> None:
        raise AssertionError(
            f"{name} from {source} is waited for within the transaction, in which nobody else can write"
        )


def test_a_store_of_files_that_falls_silent_is_not_waited_for_within_the_transaction(
    store: Engine, tmp_path: Path
) -> None:
    files = EvidenceFiles(Patient(tmp_path / "evidence"))
    measured(store, files, evidence(0.75), accuracy=0.75)
    assert kept(store, files).values == {"accuracy": 0.75}
