"""Handing a model in: the form, the evaluation as it goes on, and what its result means."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from backend.settings import Settings
from backend.store import data_versions, evaluations, models, own_benchmarks, workers
from backend.store.engine import reading, writing
from backend.store.evaluations import Holder, NewEvaluation, ResultRecord
from backend.store.measurements import EvaluatedMeasurement, record_evaluated
from dashboard import catalogue as source
from dashboard.components import removal, submit_form, upload
from dashboard.components.evaluation_card import AWAY
from dashboard.components.upload import Taken
from tests.backend.conftest import registration
from tests.dashboard.conftest import Instance, asked_by_the_dashboard
from wellbehaved import ApiError, ApiUnreachable, Client
from wellbehaved.client.calls import Blocking
from wellbehaved.client.checkpoints import Checkpoints
from wellbehaved.client.evaluations import Evaluations

RunPage = Callable[..., AppTest]
HOLDER = Holder(worker_id="host-0", attempt=1)


class Submitted(Instance):
    """An instance with evaluations."""

    def submitted(self, name: str = "Mine", **asked: Any) -> str:  # noqa: ANN401 - any column
        """An evaluation that waits."""
        columns: dict[str, Any] = {
            "name": name, "checkpoint_id": None, "model": "resnet18.a1_in1k", "architecture": "resnet18",
            "benchmark": "imagenet-1k", "protocol": "as-published", "dimensions": ("accuracy", "shape_bias"),
            "samples_per_class": None, "seed": 0, "priority": 50,
        }  # fmt: skip
        with writing(self.engine) as session:
            record, _ = evaluations.submit(session, NewEvaluation(**{**columns, **asked}))
        return record.evaluation_id

    def beat(self) -> None:
        """A worker is there."""
        with writing(self.engine) as session:
            workers.beat(session, "host-0", device="cpu", version="1", state="busy", benchmarks=["imagenet-1k"])

    def started(self, evaluation_id: str) -> None:
        """It is worked on, and one dimension is measured."""
        with writing(self.engine) as session:
            assert evaluations.claim_start(session, evaluation_id, HOLDER)
            evaluations.note_progress(
                session, evaluation_id, HOLDER,
                {"phase": "quick", "stage": "clean", "steps_done": 1, "images_done": 30, "images_total": 120,
                 "eta_seconds": 95.0},
            )  # fmt: skip
            evaluations.record_result(
                session, evaluation_id, HOLDER,
                ResultRecord(
                    evaluation_id=evaluation_id, phase="quick", dimension="accuracy", value=0.7, missing_reason=None,
                    standard_error=0.01, sample_count=100, parts={}, detail="", worker_id="host-0",
                    measured_at=datetime.now(UTC),
                ),
            )  # fmt: skip

    def ended(self, evaluation_id: str, state: str, **more: Any) -> None:  # noqa: ANN401 - as `finish` takes them
        """It is over."""
        with writing(self.engine) as session:
            assert evaluations.finish(session, evaluation_id, state, **more)

    def measured(self, model_id: str, evaluation_id: str | None = None) -> None:
        """A private model on the toy benchmark, as a worker records it."""
        told: dict[str, Any] = {
            "id": model_id, "name": "My toy", "architecture": "cnn", "training": "supervised", "recipe": None,
            "head": None, "pretraining_data": "imagenet-1k", "backbone": "resnet10t", "lineage": None,
            "source_library": "checkpoint", "source_identifier": "sha256:ab", "paper_title": None,
            "published_name": None, "study_name": None, "published_row": None, "label_flags": (), "note": "",
            "visibility": "private",
        }  # fmt: skip
        now = datetime.now(UTC)
        with writing(self.engine) as session:
            models.add_models(session, [models.ModelRecord(**told)])
            row = EvaluatedMeasurement(
                model_id=model_id, benchmark="toy-shapes", protocol="corrected", dimension="accuracy", value=0.8125,
                missing_reason=None, source="evaluation", sample_count=400, parts={}, standard_error=0.02, note="",
                evaluation_id=evaluation_id, library_versions={}, device="cpu", precision="fp32", seed=0,
                measured_at=now,
            )  # fmt: skip
            record_evaluated(session, [row])
            data_versions.record(session, reason="test", changes=[[model_id]], created_at=now)


@pytest.fixture
def instance(
    study_file: Path, tmp_path: Path, connected: Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Submitted]:
    """An instance whose dashboard has the token."""
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    settings = Settings(data_dir=tmp_path, database_url=None, _env_file=None)
    with asked_by_the_dashboard(Submitted(settings), monkeypatch) as made:
        yield made


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption, *page.warning, *page.error])


# ---- the token -----------------------------------------------------------------------------------------------------


def test_without_a_token_the_page_asks_for_it_and_keeps_it_out_of_the_address(
    instance: Submitted, run_page: RunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(source.OWN_TOKEN)
    page = run_page("evaluate")
    assert "needs this server's access token" in texts(page)
    page.text_input[0].set_value("wrong").run()
    assert "not this instance's" in texts(page)
    page.text_input[0].set_value(instance.token).run()
    assert "# Measure your own model" in texts(page)
    page.run()  # the field is gone, and with it Streamlit's memory of it
    page.run()
    assert "# Measure your own model" in texts(page)
    assert instance.token not in str(dict(page.query_params))


# ---- the form ------------------------------------------------------------------------------------------------------


def test_nothing_can_be_handed_in_before_it_is_complete(instance: Submitted, run_page: RunPage) -> None:
    page = run_page("evaluate")
    assert not page.exception
    assert page.button(key="submit").disabled
    assert "No worker is online" in texts(page)
    assert "No evaluations yet." in texts(page)


def test_a_timm_model_is_handed_in_and_followed(instance: Submitted, run_page: RunPage) -> None:
    instance.beat()
    page = run_page("evaluate")
    page.radio(key="submit.source").set_value(submit_form.NAME).run()
    page.text_input(key="submit.model").set_value("resnet18.a1_in1k").run()
    page.button(key="submit").click().run()
    with reading(instance.engine) as session:
        (record,) = evaluations.records(session, limit=10)
    assert (record.model, record.benchmark, record.dimensions[0]) == ("resnet18.a1_in1k", "imagenet-1k", "accuracy")
    assert "".join(page.query_params["evaluation"]) == record.evaluation_id
    assert "queued, position 1" in texts(page)


def test_a_field_that_changes_together_with_the_click_is_handed_in_as_the_reader_sees_it(
    instance: Submitted, run_page: RunPage
) -> None:
    instance.beat()
    page = run_page("evaluate")
    page.radio(key="submit.source").set_value(submit_form.NAME).run()
    page.text_input(key="submit.model").set_value("resnet18.a1_in1k").run()
    page.multiselect(key="submit.dimensions").set_value(["calibration_error"])
    page.button(key="submit").click()
    page.run()
    with reading(instance.engine) as session:
        (record,) = evaluations.records(session, limit=10)
    assert record.dimensions == ("calibration_error",)


def test_a_refusal_is_told_with_its_next_step(instance: Submitted, run_page: RunPage) -> None:
    page = run_page("evaluate")
    page.radio(key="submit.source").set_value(submit_form.NAME).run()
    page.text_input(key="submit.model").set_value("no-such-model").run()
    page.button(key="submit").click().run()
    assert len(page.error) == 1
    assert "no-such-model" in page.error[0].value


def test_a_file_that_was_taken_needs_its_architecture(instance: Submitted, run_page: RunPage) -> None:
    page = run_page("evaluate")
    page.session_state[upload.TAKEN] = Taken("ab" * 32, "mine.pt")
    page.run()
    assert "mine.pt was uploaded" in texts(page)
    assert page.button(key="submit").disabled
    page.selectbox(key="submit.architecture").set_value("resnet50").run()
    assert not page.button(key="submit").disabled


def test_the_form_follows_the_benchmark_at_the_top_of_the_page_and_not_back(
    instance: Submitted, run_page: RunPage
) -> None:
    with writing(instance.engine) as session:
        own_benchmarks.register(session, registration(classes=["daisy", "rose", "tulip"]))
    page = run_page("evaluate", benchmark="flowers")
    assert page.selectbox(key=submit_form.BENCHMARK).value == "flowers"
    page.selectbox(key=submit_form.BENCHMARK).set_value("imagenet-1k").run()
    page.run()
    assert page.selectbox(key=submit_form.BENCHMARK).value == "imagenet-1k"


def test_the_order_of_the_outputs_is_vouched_for_and_the_cost_asked_for(instance: Submitted, run_page: RunPage) -> None:
    with writing(instance.engine) as session:
        own_benchmarks.register(session, registration(classes=["daisy", "rose", "tulip"]))
    page = run_page("evaluate")
    page.selectbox(key=submit_form.BENCHMARK).set_value("imagenet-1k").run()
    assert not [each for each in page.checkbox if each.key == submit_form.ORDERED]
    page.selectbox(key=submit_form.BENCHMARK).set_value("flowers").run()
    page.checkbox(key=submit_form.ORDERED).check().run()
    page.checkbox(key=submit_form.COST).check().run()
    sent: list[Any] = []
    page.radio(key="submit.source").set_value(submit_form.NAME).run()
    page.text_input(key="submit.model").set_value("resnet18.a1_in1k").run()

    def submit(_own: object, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
        sent.append(asked)
        return {"evaluation_id": "ev-0"}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Evaluations, "submit", submit)
        page.button(key="submit").click().run()
    assert [(each["class_order_checked"], each["cost"]) for each in sent] == [(True, True)]


GUESS = {"architecture": "resnet18", "exact": True, "fitting": 62, "tensors": 62, "same_tensors": ["resnetblur18"]}


@pytest.mark.parametrize("exact", [True, False])
def test_the_architecture_is_guessed_and_chosen_only_where_it_fits_exactly(
    instance: Submitted, run_page: RunPage, monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    asked: list[str] = []

    def guesses(_own: object, checkpoint_id: str) -> list[dict[str, Any]]:
        asked.append(checkpoint_id)
        near = {**GUESS, "architecture": "resnet34", "exact": False, "fitting": 50}
        return [{**GUESS, "exact": exact}, near]

    monkeypatch.setattr(Checkpoints, "architectures", guesses)
    page = run_page("evaluate")
    page.session_state[upload.TAKEN] = Taken("ab" * 32, "mine.pt")
    page.run()
    shown = page.selectbox(key=submit_form.ARCHITECTURE)
    assert shown.value == ("resnet18" if exact else None)
    assert page.button(key="submit").disabled == (not exact)
    # The likely ones come first, with their words; every other stays there to be chosen.
    assert shown.options[1] == "resnet34 (50 of 62 tensors fit)"
    assert len(shown.options) > 1000
    assert ("We think this is: resnet18 (fits exactly)." in texts(page)) == exact
    assert ("No architecture fits exactly." in texts(page)) == (not exact)
    shown.set_value("resnet50").run()
    assert page.selectbox(key=submit_form.ARCHITECTURE).value == "resnet50"
    # Asked once in a tab; a new file is another question.
    assert asked == ["ab" * 32]
    page.session_state[upload.TAKEN] = Taken("cd" * 32, "other.pt")
    page.run()
    assert asked == ["ab" * 32, "cd" * 32]
    assert page.selectbox(key=submit_form.ARCHITECTURE).value == ("resnet18" if exact else None)


# ---- an evaluation -------------------------------------------------------------------------------------------------


def test_a_running_one_shows_progress_results_and_its_interim_rank(instance: Submitted, run_page: RunPage) -> None:
    instance.beat()
    evaluation = instance.submitted()
    instance.started(evaluation)
    page = run_page("evaluate", evaluation=evaluation)
    assert not page.exception
    shown = texts(page)
    assert "Mine: provisional rank" in shown
    assert "interim, quick subset" in shown
    table = page.table[0].value
    assert table.set_index("Dimension").loc["Accuracy ↑", "Quick subset"] == "0.7000 ± 0.0100"
    assert "The figure after ± is the standard error." in shown
    assert table.set_index("Dimension").loc["Shape bias ↑", "Quick subset"] == "…"
    page.button(key="evaluation.cancel").click().run()
    assert "being cancelled" in texts(page)


def test_a_failed_one_says_why_and_can_be_done_again(instance: Submitted, run_page: RunPage) -> None:
    evaluation = instance.submitted()
    instance.started(evaluation)
    instance.ended(
        evaluation, "failed", error={"code": "out_of_memory", "message": "Too large.", "hint": "Use another device."}
    )
    page = run_page("evaluate", evaluation=evaluation)
    assert "# Mine could not be measured." in texts(page)
    assert page.error[0].value == "Too large. Use another device."
    page.button(key="evaluation.retry").click().run()
    assert "# Mine is queued" in texts(page) or "Mine: provisional rank" in texts(page)
    with reading(instance.engine) as session:
        found = evaluations.record(session, evaluation)
    assert found is not None
    assert (found.state, found.attempt) == ("queued", 2)


def test_one_that_succeeded_says_what_it_means_and_can_be_published(instance: Submitted, run_page: RunPage) -> None:
    evaluation = instance.submitted(name="ResNet50")
    instance.started(evaluation)
    instance.ended(evaluation, "succeeded", model_id="resnet50")
    page = run_page("evaluate", evaluation=evaluation)
    assert not page.exception
    shown = texts(page)
    assert "ResNet50 ranks" in shown
    assert "Strongest on" in shown
    assert "What to improve first" in shown
    assert "Dominated by:" in shown
    # The study's models are nobody's own.
    assert not {"evaluation.publish", "evaluation.unpublish"} & {button.key for button in page.button}


def mine(instance: Submitted) -> str:
    """An evaluation that has succeeded, with a private model of its own."""
    evaluation = instance.submitted(name="My toy", benchmark="toy-shapes", protocol="corrected")
    instance.started(evaluation)
    instance.measured("my-toy", evaluation)
    instance.ended(evaluation, "succeeded", model_id="my-toy")
    return evaluation


def test_a_model_of_ones_own_is_published_and_taken_back(instance: Submitted, run_page: RunPage) -> None:
    page = run_page("evaluate", evaluation=mine(instance))
    page.button(key="evaluation.publish").click().run()
    assert instance.client().get("/v1/models/my-toy")["visibility"] == "public"
    page.button(key="evaluation.unpublish").click().run()
    with pytest.raises(ApiError):
        instance.client().get("/v1/models/my-toy")
    assert page.button(key="evaluation.publish").label == "Publish (visible to everyone)"


@pytest.mark.parametrize("what", ["evaluation", "model"])
def test_what_goes_is_named_before_it_is_deleted(what: str, instance: Submitted, run_page: RunPage) -> None:
    evaluation = mine(instance)
    page = run_page("evaluate", evaluation=evaluation, benchmark="toy-shapes", select="my-toy")
    assert not [button for button in page.button if (button.key or "").startswith(removal.MENU)]
    page.session_state[removal.MENU] = True
    page.run()
    shown = texts(page)
    assert f"Deletes the evaluation `{evaluation}` of My toy on toy-shapes, with all that it measured." in shown
    assert "The model My toy (`my-toy`) goes, too, unless something else has measured it." in shown
    assert (
        "Deletes the model My toy (`my-toy`; visible only with the access token) from every ranking, with all its "
        f"values, on every benchmark, and its evaluation `{evaluation}`." in shown
    )
    page.button(key=f"evaluation.delete.{what}").click().run()
    assert not page.exception
    assert "# Measure your own model" in texts(page)
    assert page.query_params == {"benchmark": "toy-shapes"}
    own = instance.client(token=instance.token)
    assert own.evaluations.list() == []
    with pytest.raises(ApiError):
        own.get("/v1/models/my-toy")


IMPORTED = b"""\
model_id,name,architecture,training,pretraining_data,backbone,source_library,accuracy
my-import,My import,cnn,supervised,imagenet-1k,resnet50,own,0.791
"""


def test_an_imported_model_is_published_taken_back_and_deleted_on_its_page(
    instance: Submitted, run_page: RunPage
) -> None:
    own = instance.client(token=instance.token)
    own.results.add(IMPORTED)
    evaluation = mine(instance)  # of another model, which the reader looks at on page Evaluate
    page = run_page("model", select="my-import", models="my-import,resnet50", evaluation=evaluation)
    page.button(key="model.unpublish").click().run()
    assert own.get("/v1/models/my-import")["visibility"] == "private"
    page.button(key="model.publish").click().run()
    assert own.get("/v1/models/my-import")["visibility"] == "public"
    page.session_state[removal.MODEL_MENU] = True
    page.run()
    assert (
        "Deletes the model My import (`my-import`; visible to everyone) from every ranking, with all its values, on "
        "every benchmark." in texts(page)
    )
    page.button(key="model.delete.model").click().run()
    assert not page.exception
    assert "The leader, as none is chosen yet." in texts(page)
    assert page.query_params == {"models": "resnet50", "evaluation": evaluation}
    with pytest.raises(ApiError):
        own.get("/v1/models/my-import")


def test_a_measured_model_goes_from_its_page_with_its_evaluation(instance: Submitted, run_page: RunPage) -> None:
    evaluation = mine(instance)
    # On the view's benchmark nothing of the study is told of it; it is one's own all the same.
    page = run_page("model", benchmark="toy-shapes", select="my-toy", evaluation=evaluation)
    page.session_state[removal.MODEL_MENU] = True
    page.run()
    assert f"and its evaluation `{evaluation}`." in texts(page)
    page.button(key="model.delete.model").click().run()
    assert page.query_params == {"benchmark": "toy-shapes"}


@pytest.mark.parametrize("token", [True, False])
def test_the_studys_models_and_readers_without_the_token_delete_nothing(
    instance: Submitted, run_page: RunPage, monkeypatch: pytest.MonkeyPatch, token: bool
) -> None:
    instance.client(token=instance.token).results.add(IMPORTED)
    if not token:
        monkeypatch.delenv(source.OWN_TOKEN)
    page = run_page("model", select="resnet50" if token else "my-import")
    assert not page.exception
    assert not {"model.publish", "model.unpublish"} & {button.key for button in page.button}
    if not token:
        page.session_state[source.GIVEN_TOKEN] = instance.token
        page.run()
        assert "model.unpublish" in {button.key for button in page.button}


def test_a_refused_deletion_of_a_model_says_why(instance: Submitted, run_page: RunPage) -> None:
    own = instance.client(token=instance.token)
    own.results.add(IMPORTED)
    page = run_page("model", select="my-import")
    own.models.delete("my-import")
    page.button(key="model.unpublish").click().run()
    assert not page.exception
    assert "The leader, as none is chosen yet." in texts(page)


def test_a_deletion_that_is_refused_says_why(instance: Submitted, run_page: RunPage) -> None:
    evaluation = instance.submitted()
    instance.ended(evaluation, "cancelled")
    page = run_page("evaluate", evaluation=evaluation)
    page.session_state[removal.MENU] = True
    page.run()
    assert f"Deletes the evaluation `{evaluation}` of Mine on imagenet-1k, with its results so far." in texts(page)
    instance.client(token=instance.token).evaluations.retry(evaluation)
    page.button(key="evaluation.delete.evaluation").click().run()
    assert "only one that is over can be deleted" in page.error[0].value
    assert "".join(page.query_params["evaluation"]) == evaluation


def test_an_evaluation_whose_model_is_gone_can_still_be_deleted(instance: Submitted, run_page: RunPage) -> None:
    evaluation = instance.submitted(benchmark="toy-shapes", protocol="corrected")
    instance.started(evaluation)
    instance.ended(evaluation, "succeeded", model_id="gone")
    page = run_page("evaluate", evaluation=evaluation)
    page.session_state[removal.MENU] = True
    page.run()
    assert "evaluation.delete.model" not in {button.key for button in page.button}
    page.button(key="evaluation.delete.evaluation").click().run()
    assert instance.client(token=instance.token).evaluations.list() == []


def test_a_model_without_some_values_is_ranked_on_what_was_measured(instance: Submitted, run_page: RunPage) -> None:
    evaluated = run_page("evaluate", evaluation=mine(instance))
    assert "result.ranking.measured" in {button.key for button in evaluated.button}
    page = run_page("", benchmark="toy-shapes")  # nothing on this benchmark has a score
    assert "Shape bias (not measured)" in texts(page)
    page.button(key="measured_only").click().run()
    weights = {name for name in page.query_params if name.startswith("w.")}
    assert len(weights) == 8
    assert "w.accuracy" not in weights
    assert "It has no score" not in texts(page)


def test_one_that_does_not_exist_is_told(instance: Submitted, run_page: RunPage) -> None:
    page = run_page("evaluate", evaluation="ev-000000000000")
    assert "# This evaluation cannot be shown." in texts(page)
    assert "There is no evaluation" in page.error[0].value
    page.button(key="evaluation.another").click().run()
    assert "# Measure your own model" in texts(page)


def test_an_outage_while_it_is_watched_is_told_and_ends_by_itself(
    instance: Submitted, run_page: RunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = instance.submitted()
    away: list[int] = [1]
    ask = Evaluations.get

    def asked(self: Evaluations[Blocking], evaluation_id: str) -> Any:  # noqa: ANN401 - what it stands for
        if away:
            raise ApiUnreachable("http://testserver", "refused")
        return ask.__get__(self, Evaluations)(evaluation_id)

    def listed(_: object) -> Any:  # noqa: ANN401 - what it stands for
        raise ApiUnreachable("http://testserver", "refused")

    monkeypatch.setattr(Evaluations, "get", asked)
    monkeypatch.setattr(Evaluations, "workers", listed)
    page = run_page("evaluate", evaluation=evaluation)
    assert not page.exception
    assert AWAY in texts(page)
    assert "cannot be listed" in texts(page)
    away.clear()
    page.run()
    assert "queued, position 1" in texts(page)


def test_the_history_leads_to_each(instance: Submitted, run_page: RunPage) -> None:
    first, second = instance.submitted("First"), instance.submitted("Second", seed=1)
    page = run_page("evaluate")
    labels = [button.label for button in page.button if (button.key or "").startswith("history.")]
    assert [label.split(":")[0] for label in labels] == ["Second", "First"]
    page.button(key=f"history.{first}").click().run()
    assert "".join(page.query_params["evaluation"]) == first
    assert second not in texts(page).split("\n")[0]
    page.button(key="evaluation.another").click().run()
    assert "# Measure your own model" in texts(page)


def test_a_model_of_another_benchmark_has_its_own_page(instance: Submitted, run_page: RunPage) -> None:
    instance.measured("my-toy")
    page = run_page("model", benchmark="toy-shapes", select="my-toy")
    assert not page.exception
    assert page.selectbox(key="model.choice").value == "my-toy"
    assert "0.8125" in "".join(table.value.to_string() for table in page.table)
