from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from backend.store.data_versions import current_name
from backend.store.engine import reading, writing
from backend.store.removal import NotRemovable, remove_checkpoint, remove_evaluation, remove_model
from backend.store.tables import Checkpoint, Evaluation, EvaluationResult, Measurement, Model

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def add(engine: Engine, state: str = "succeeded") -> None:
    """A checkpoint `c`, evaluated as `ev-1`, which measured the accuracy of `mine`."""
    with writing(engine) as session:
        session.add(Checkpoint(checkpoint_id="c", filename="c.pt", size_bytes=1, format="torch", stored="original",
                               uploaded_at=NOW))  # fmt: skip
        session.add(Model(id="mine", name="Mine", architecture="cnn", training="unknown", pretraining_data="unknown",
                          backbone="resnet18", source_library="checkpoint"))  # fmt: skip
        session.flush()
        session.add(
            Evaluation(
                evaluation_id="ev-1", request_digest="d", name="Mine", checkpoint_id="c", architecture="resnet18",
                benchmark="imagenet-1k", protocol="as-published", dimensions=["accuracy"], seed=0, priority=1,
                state=state, attempt=1, cancel_requested=False, crashes=0,
                model_id="mine" if state == "succeeded" else None,
                submitted_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        session.add(EvaluationResult(evaluation_id="ev-1", phase="full", dimension="accuracy", value=0.5, worker_id="w",
                                     parts={}, measured_at=NOW))  # fmt: skip
        session.add(Measurement(model_id="mine", benchmark="imagenet-1k", protocol="as-published", dimension="accuracy",
                                value=0.5, source="evaluation", evaluation_id="ev-1"))  # fmt: skip


def remaining_ids(engine: Engine) -> set[str]:
    with reading(engine) as session:
        found = {"model"} if session.get(Model, "mine") else set()
        found |= (
            {"measurement"} if session.scalar(select(Measurement.id).where(Measurement.model_id == "mine")) else set()
        )
        found |= {"evaluation"} if session.get(Evaluation, "ev-1") else set()
        found |= {"result"} if session.scalar(select(EvaluationResult.phase)) else set()
        return found | ({"checkpoint"} if session.get(Checkpoint, "c") else set())


def version(engine: Engine) -> str:
    with reading(engine) as session:
        return current_name(session)


def test_a_model_goes_with_all_that_hangs_on_it(study_engine: Engine) -> None:
    add(study_engine)
    before = version(study_engine)
    with writing(study_engine) as session:
        assert remove_model(session, "mine")
        assert not remove_model(session, "mine")
    assert remaining_ids(study_engine) == {"checkpoint"}
    assert version(study_engine) != before
    with writing(study_engine) as session:
        assert remove_checkpoint(session, "c")
        assert not remove_checkpoint(session, "c")
    assert remaining_ids(study_engine) == set()


def test_the_studys_models_stay(study_engine: Engine) -> None:
    with writing(study_engine) as session, pytest.raises(NotRemovable, match="published") as caught:
        remove_model(session, "alexnet")
    assert caught.value.code == "study_model"


def test_an_evaluation_goes_with_what_it_measured(study_engine: Engine) -> None:
    add(study_engine)
    with writing(study_engine) as session:
        with pytest.raises(NotRemovable, match="ev-1") as caught:
            remove_checkpoint(session, "c")
        assert caught.value.code == "checkpoint_in_use"
        assert remove_evaluation(session, "ev-1")
        assert not remove_evaluation(session, "ev-1")
    assert remaining_ids(study_engine) == {"checkpoint"}


def test_a_model_with_other_measurements_stays(study_engine: Engine) -> None:
    add(study_engine)
    with writing(study_engine) as session:
        pool = {"benchmark": "imagenet-1k", "protocol": "as-published"}
        session.add(Measurement(model_id="mine", **pool, dimension="shape_bias", value=0.5, source="import"))
    with writing(study_engine) as session:
        assert remove_evaluation(session, "ev-1")
    assert remaining_ids(study_engine) == {"model", "measurement", "checkpoint"}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_what_is_not_over_is_cancelled_first(study_engine: Engine, state: str) -> None:
    add(study_engine, state)
    with writing(study_engine) as session, pytest.raises(NotRemovable, match=state) as caught:
        remove_evaluation(session, "ev-1")
    assert caught.value.code == "evaluation_not_over"
