import re
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import orjson
import pytest
import timm
from safetensors.torch import save_file
from sqlalchemy import select, update
from typer.testing import Result

from backend.security import ensure_token
from backend.settings import Settings
from backend.store.engine import create_store_engine, reading, writing
from backend.store.tables import Evaluation, Measurement, Model
from quba.dimensions import MEASURES

Run = Callable[..., Result]
MINE = ("--architecture", "test_resnet", "--benchmark", "toy-shapes", "--name", "Mine")


@pytest.fixture
def file(tmp_path: Path) -> str:
    save_file(timm.create_model("test_resnet", num_classes=16).state_dict(), tmp_path / "weights.safetensors")
    return str(tmp_path / "weights.safetensors")


def change_state(study: Path, **columns: object) -> None:
    """Put the only evaluation into a state, as a worker would."""
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    with writing(engine) as session:
        session.execute(update(Evaluation).values(**columns))
    engine.dispose()


def test_a_file_is_uploaded_and_submitted_once(run: Run, study: Path, file: str) -> None:
    first = run("submit", file, *MINE)
    assert (first.exit_code, first.stderr) == (0, "")
    evaluation_id = first.stdout.partition(":")[0]
    assert f"{evaluation_id}: submitted\n" in first.stdout
    assert "queued, position 1 in the queue" in first.stdout
    assert "No worker is online" in first.stdout
    again = run("submit", file, *MINE)
    assert f"{evaluation_id}: had been submitted before" in again.stdout
    listed = run("status").stdout
    assert evaluation_id in listed
    assert "Mine" in listed


def test_a_timm_model_needs_no_file_and_json_is_the_interfaces_answer(run: Run, study: Path) -> None:
    options = ("--samples-per-class", "5", "--dimensions", "accuracy, shape_bias", "--cost", "--json")
    answer = orjson.loads(run("submit", "resnet18.a1_in1k", *options).stdout)
    assert (answer["model"], answer["samples_per_class"]) == ("resnet18.a1_in1k", 5)
    assert (answer["dimensions"], answer["cost"]) == (["accuracy", "shape_bias"], True)
    shown = orjson.loads(run("status", answer["evaluation_id"], "--json").stdout)
    assert {**shown, "created": True} == answer


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("submit", "no-such-model"), "There is no architecture 'no-such-model'"),
        (("submit", "resnet18", "--benchmark", "nothing"), "`wellbehaved benchmark list` lists the benchmarks."),
        (("submit", "resnet18", "--dimensions", "speed"), "speed"),
        (("status", "ev-000000000000"), "There is no evaluation 'ev-000000000000'"),
    ],
)
def test_wrong_usage_is_told_with_the_next_step(run: Run, study: Path, words: tuple[str, ...], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_that_is_no_checkpoint_is_refused_with_its_hint(run: Run, study: Path, tmp_path: Path) -> None:
    (tmp_path / "page.pt").write_text("<html>")
    result = run("submit", str(tmp_path / "page.pt"), *MINE)
    assert result.exit_code == 1
    assert "web page" in result.stderr
    assert "save_file" in result.stderr


@pytest.mark.parametrize("name", ["nowhere.pt", "."])
def test_a_file_that_cannot_be_read_gets_the_same_words_from_both_commands(
    run: Run, study: Path, tmp_path: Path, name: str
) -> None:
    file = str(tmp_path / name)
    submitted = run("submit", file, *MINE)
    measured = run("evaluate", "resnet10t", "--weights", file, "--benchmark", "toy-shapes", "--data", str(tmp_path))
    assert submitted.exit_code == measured.exit_code == 1
    assert submitted.stderr.startswith(f"{file} cannot be read: ")
    assert measured.stderr == f"resnet10t: {submitted.stderr}"


def test_weights_that_do_not_fit_fail_as_under_evaluate(run: Run, study: Path, file: str) -> None:
    refused = run("submit", file, "--architecture", "resnet18", "--benchmark", "toy-shapes", "--name", "Mine")
    assert refused.exit_code == 1
    assert "resnet18" in refused.stderr


def test_without_an_architecture_the_one_that_fits_is_named_and_nothing_is_submitted(
    run: Run, study: Path, file: str
) -> None:
    refused = run("submit", file, "--benchmark", "toy-shapes")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "We think this is: test_resnet (fits exactly). Name it with --architecture to confirm" in refused.stderr
    assert "No evaluations yet" in run("status").stdout


def test_following_tells_changes_until_the_end(run: Run, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellbehaved.evaluation_commands._POLL_SECONDS", 0.05)
    evaluation_id = orjson.loads(run("submit", "resnet18", "--json").stdout)["evaluation_id"]
    change_state(study, state="running", progress={"phase": "quick", "stage": "clean"})
    error = {"code": "out_of_memory", "message": "The device is full.", "hint": "Choose a smaller batch."}
    ending = Timer(0.5, change_state, args=(study,), kwargs={"state": "failed", "error": error})
    ending.start()
    result = run("status", evaluation_id, "--follow")
    ending.join()
    assert result.exit_code == 1
    told = result.stdout.splitlines()
    assert told[0] == "running, quick, clean"
    assert told[-2:] == ["failed", "out_of_memory: The device is full. Choose a smaller batch."]
    assert len(told) == len(set(told))


def test_cancel_and_retry(run: Run, study: Path) -> None:
    evaluation_id = orjson.loads(run("submit", "resnet18", "--json").stdout)["evaluation_id"]
    assert run("cancel", evaluation_id).stdout.startswith("cancelled")
    assert run("retry", evaluation_id).stdout.startswith("queued")
    refused = run("retry", evaluation_id)
    assert refused.exit_code == 1
    assert "only one that failed or was cancelled" in refused.stderr


def test_nothing_handed_in_is_told(run: Run, study: Path) -> None:
    assert "wellbehaved submit FILE" in run("status").stdout


def test_publishing_shows_a_model_to_everybody(run: Run, study: Path) -> None:
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    with writing(engine) as session:
        session.execute(update(Model).where(Model.id == "resnet50").values(visibility="private"))
    # Whoever has the local store sees it all the same, once there is a token.
    assert run("show", "resnet50").exit_code == 2
    ensure_token(Settings(data_dir=study, _env_file=None))
    assert run("show", "resnet50").exit_code == 0
    assert "resnet50 is public" in run("publish", "resnet50").stdout
    with reading(engine) as session:
        assert session.scalar(select(Model.visibility).where(Model.id == "resnet50")) == "public"
    engine.dispose()
    (study / "token").unlink()
    assert run("show", "resnet50").exit_code == 0


def import_file(run: Run, study: Path, *model_ids: str) -> None:
    """Models of one's own in the store, by the command."""
    file = study.parent / "mine.csv"
    header = ",".join(["model_id", "name", *MEASURES])
    values = ",".join("5" if key == "parameters_millions" else "0.05" for key in MEASURES)
    file.write_text("\n".join([header, *(f"{each},{each},{values}" for each in model_ids)]) + "\n")
    done = run("import", str(file))
    assert done.exit_code == 0, done.stderr


def test_a_model_of_ones_own_is_withdrawn_and_deleted(run: Run, study: Path) -> None:
    import_file(run, study, "mine-one")
    assert "mine-one is private" in run("unpublish", "mine-one").stdout
    assert orjson.loads(run("publish", "mine-one", "--json").stdout)["visibility"] == "public"
    assert orjson.loads(run("unpublish", "mine-one", "--json").stdout)["visibility"] == "private"
    done = run("delete", "mine-one")
    assert "deleted mine-one" in done.stdout
    assert run("show", "mine-one").exit_code == 2


def test_the_studys_models_stay(run: Run, study: Path) -> None:
    done = run("delete", "resnet50")
    assert done.exit_code != 0
    assert "resnet50" in done.stderr
    assert run("show", "resnet50").exit_code == 0


def test_an_evaluation_and_its_checkpoint_are_deleted(run: Run, study: Path, file: str) -> None:
    answer = orjson.loads(run("submit", file, *MINE, "--json").stdout)
    refused = run("delete", answer["evaluation_id"])
    assert refused.exit_code != 0
    assert "cancel" in refused.stderr
    run("cancel", answer["evaluation_id"])
    assert answer["evaluation_id"] in run("delete", answer["evaluation_id"]).stdout
    gone = orjson.loads(run("delete", answer["checkpoint_id"], "--json").stdout)
    assert gone["deleted"] == answer["checkpoint_id"]
    assert run("status", answer["evaluation_id"]).exit_code == 2


def test_an_import_is_listed_and_deleted(run: Run, study: Path) -> None:
    assert "Nothing has been imported." in run("import", "--list").stdout
    import_file(run, study, "mine-one", "mine-two")
    listed = run("import", "--list")
    assert "mine.csv" in listed.stdout
    [item] = orjson.loads(run("import", "--list", "--json").stdout)["items"]
    assert item["import_id"] in listed.stdout
    assert f"deleted {item['import_id']}" in run("delete", item["import_id"]).stdout
    assert run("show", "mine-two").exit_code == 2
    refused = run("delete", item["import_id"])
    assert refused.exit_code == 2
    assert "`wellbehaved import --list` lists them." in refused.stderr


def test_what_was_imported_before_imports_had_identifiers_is_told(run: Run, study: Path) -> None:
    import_file(run, study, "mine-one")
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    with writing(engine) as session:
        session.execute(update(Measurement).values(import_id=None))
    engine.dispose()
    told = run("import", "--list").stdout
    assert re.search(r"\d+ values of 1 models were imported before imports had identifiers", told)


def test_an_import_needs_a_file_or_the_wish_to_list(run: Run, study: Path) -> None:
    assert run("import").exit_code == 2
    (study.parent / "mine.csv").write_text("model_id\n")
    both = run("import", str(study.parent / "mine.csv"), "--list")
    assert both.exit_code == 2
    assert "give --list alone" in both.stderr
