import errno
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

import evaluation.benchmark
from evaluation.extras import installing
from evaluation.running_cost import measured_cost
from evaluation.running_cost.latency import Latency
from evaluation.running_cost.peak_memory import PeakMemory
from quba.dimensions import DIMENSIONS, MEASURES
from quba.study_ingredients import AFTER_AN_ATTACK
from wellbehaved.cli import app

if TYPE_CHECKING:
    from tests.evaluation.conftest import World

NAME = "test_resnet"


@pytest.fixture
def home(world: "World", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, in which the benchmark of signals is known."""
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "home"))
    monkeypatch.delenv("WELLBEHAVED_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(evaluation.benchmark, "BENCHMARKS", {"signals": world.benchmark})
    return tmp_path / "home"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = timm.create_model(NAME, pretrained=False, num_classes=4)
    path = tmp_path / "mine.safetensors"
    save_file(dict(net.state_dict()), path, metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    return path


def invoke(world: "World", *words: object) -> Result:
    command = ["evaluate", *map(str, words), "--benchmark", "signals", "--data", str(world.root), "--workers", "0"]
    return CliRunner().invoke(app, command)


def test_without_a_name_the_architecture_that_fits_is_named_and_nothing_is_measured(
    home: Path, world: "World", checkpoint: Path
) -> None:
    done = invoke(world, "--weights", checkpoint)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"We think this is: {NAME} (fits exactly). Name it before --weights to confirm it" in done.stderr
    assert not (home / "evaluations").exists()


def test_as_released_is_stored_and_ranked_nowhere(home: Path, world: "World", checkpoint: Path) -> None:
    done = invoke(world, NAME, "--weights", checkpoint, "--protocol", "as-released", "--store", "--json")
    assert done.exit_code == 0, done.output
    [report] = json.loads(done.stdout)["models"]
    # All that it can measure, where nobody names dimensions.
    assert sorted(report["results"]) == sorted(AFTER_AN_ATTACK)
    assert sorted(report["stored"]["stored"]) == sorted(AFTER_AN_ATTACK)
    refused = CliRunner().invoke(app, ["rank", "--benchmark", "signals", "--protocol", "as-released"])
    assert refused.exit_code == 2
    assert "must be one of as-published, corrected" in refused.output
    # No ranking has it, so that there is nothing to show of it.
    assert CliRunner().invoke(app, ["show", "mine"]).exit_code == 2
    listed = CliRunner().invoke(app, ["rank", "--benchmark", "signals", "--protocol", "as-published", "--json"])
    assert json.loads(listed.stdout)["items"] == []
    wrong = invoke(world, NAME, "--weights", checkpoint, "--protocol", "as-released", "--dimensions", "accuracy")
    assert wrong.exit_code == 2
    assert "accuracy cannot be measured under as-released" in wrong.stderr


def test_measure_store_and_rank(home: Path, world: "World", checkpoint: Path) -> None:
    done = invoke(world, NAME, "--weights", checkpoint, "--store")
    assert done.exit_code == 0, done.output
    for dimension in (DIMENSIONS[key] for key in MEASURES):
        assert dimension.label in done.stdout
    assert "Signals, corrected; value ± standard error" in done.stdout
    # With the two that have no value on these images: a reason is stored as well.
    assert f"stored {len(MEASURES)} values of mine" in done.stderr
    assert "test_resnet@mine: accuracy" in done.stderr
    assert list((home / "evaluations").iterdir()) == []
    ranked = CliRunner().invoke(app, ["rank", "--benchmark", "signals", "--protocol", "corrected", "--json"])
    assert ranked.exit_code == 0, ranked.output
    items = json.loads(ranked.stdout)["items"]
    assert [(each["model_id"], each["rank"]) for each in items] == [("mine", 1)]


def test_a_name_that_looks_like_markup_is_printed_as_it_is(home: Path, world: "World", checkpoint: Path) -> None:
    # The terminal library takes [v2] for a style of its own and drops it.
    named = checkpoint.rename(checkpoint.with_name("mine[v2].safetensors"))
    done = invoke(world, NAME, "--weights", named, "--dimensions", "accuracy", "--samples-per-class", "2")
    assert done.exit_code == 0, done.output
    assert f"{NAME}@{named.stem}: accuracy" in done.stderr
    assert named.stem in "".join(done.stdout.split())


def test_steps_that_an_evaluation_of_a_worker_uses_stay(home: Path, world: "World", checkpoint: Path) -> None:
    from evaluation.worker.retention import hold_steps

    words = (NAME, "--weights", checkpoint, "--dimensions", "accuracy")
    assert invoke(world, *words).exit_code == 0
    (steps,) = (home / "evaluations").iterdir()
    hold_steps(steps, "ev-0123456789ab")
    assert invoke(world, *words, "--store").exit_code == 0
    assert list(steps.rglob("*.npz")) != []


def test_json_and_chosen_dimensions(home: Path, world: "World", checkpoint: Path) -> None:
    words = (
        NAME,
        "--weights",
        checkpoint,
        "--dimensions",
        "shape_bias, accuracy",
        "--json",
        "--samples-per-class",
        "2",
    )
    done = invoke(world, *words)
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["benchmark"], told["protocol"]) == ("signals", "corrected")
    (model,) = told["models"]
    assert list(model["results"]) == ["accuracy", "shape_bias"]
    assert model["results"]["accuracy"]["sample_count"] == 8
    assert model["stored"] is None
    assert (home / "evaluations").exists()
    assert not (home / "wellbehaved.db").exists()


def test_a_missing_data_set_is_told(home: Path, world: "World", checkpoint: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app,
        ["evaluate", NAME, "--weights", str(checkpoint), "--benchmark", "signals", "--data", str(tmp_path / "none")],
    )
    assert done.exit_code == 0, done.output
    assert "data_set_missing" in done.stdout
    assert "shape_bias: cue_conflict is not there; make it." in done.stderr


def test_one_bad_model_does_not_spoil_the_others(home: Path, world: "World") -> None:
    done = invoke(world, "no_such_net", "resnet50.a1_in1k", "--json")
    assert done.exit_code == 1
    faults = [each["fault"] for each in json.loads(done.stdout)["models"]]
    assert "is not a model of timm" in faults[0]
    assert "decides among 1000 classes and the benchmark has 4" in faults[1]
    assert "no_such_net" in done.stderr


def test_a_refused_checkpoint_prints_its_sentence_and_no_table(home: Path, world: "World", tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("these are not the weights you are looking for")
    done = invoke(world, NAME, "--weights", tmp_path / "text.pt")
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("test_resnet: ")
    assert "safetensors.torch.save_file" in line
    assert "failed" not in done.stderr


def test_a_model_that_fails_on_its_way_prints_its_sentence_and_no_table(
    home: Path, world: "World", tmp_path: Path
) -> None:
    weights = {
        name: torch.zeros_like(each) for name, each in timm.create_model(NAME, num_classes=4).state_dict().items()
    }
    # Finite weights whose outputs are not.
    big = {name: each + 3e38 if name.endswith("weight") else each for name, each in weights.items()}
    save_file(big, tmp_path / "big.safetensors", metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    done = invoke(world, NAME, "--weights", tmp_path / "big.safetensors")
    assert (done.exit_code, done.stdout) == (1, "")
    size, told = [line for line in done.stderr.splitlines() if line.startswith("test_resnet@big: ")]
    assert size.startswith("test_resnet@big: parameters_millions 0.")
    assert "hold NaN or infinity" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "needs the name of a model"),
        ([NAME, NAME], "named twice"),
        ([NAME, "test_vit", "--weights", "a.pt"], "--weights belongs to one architecture"),
        ([NAME, "--study"], "--study names its models itself"),
        ([NAME, "--models", "alexnet"], "--models and --continue belong to --study"),
        ([NAME, "--continue"], "--models and --continue belong to --study"),
        (["--study", "--models", "no-such"], "'no-such', which is no model of the study"),
        ([NAME, "--benchmark", "x"], "--benchmark is 'x'. Use one of: signals"),
        ([NAME, "--protocol", "mine"], "Use one of: as-published, corrected"),
        ([NAME, "--dimensions", "beauty"], "--dimensions is 'beauty'. Use one of: accuracy"),
        ([NAME, "--precision", "fp8"], "Use one of: fp32, tf32, bf16"),
        ([NAME, "--samples-per-class", "0"], "samples per class is 0"),
        ([NAME, "--batch-size", "0"], "batch size is 0"),
        ([NAME, "--device", "toaster"], "--device toaster"),
        ([NAME, "--seed", "-1"], "seed is -1"),
    ],
)
def test_wrong_usage(home: Path, words: list[str], message: str) -> None:
    default = [] if "--benchmark" in words else ["--benchmark", "signals"]
    done = CliRunner().invoke(app, ["evaluate", *words, *default])
    assert done.exit_code == 2, done.output
    assert message in done.stderr


def test_the_study_names_all_its_models_that_have_a_loader(
    home: Path, world: "World", monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.errors import WeightsUnavailable
    from evaluation.models import loading

    asked: list[str] = []

    def unavailable(name: str, **options: Any) -> None:  # noqa: ANN401
        asked.append(name)
        raise WeightsUnavailable("no network")

    monkeypatch.setattr(loading, "load", unavailable)
    done = invoke(world, "--study", "--json")
    assert done.exit_code == 1
    assert len(asked) == len(set(asked)) == 313
    assert {"study:resnet50", "study:hiera-t"} <= set(asked)
    # A failure is told, and the next model is asked for all the same.
    assert done.stderr.count("no network") == 313


def test_of_the_study_some_models_can_be_chosen(home: Path, world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluation.errors import WeightsUnavailable
    from evaluation.models import loading

    asked: list[str] = []

    def unavailable(name: str, **options: Any) -> None:  # noqa: ANN401
        asked.append(name)
        raise WeightsUnavailable("no network")

    monkeypatch.setattr(loading, "load", unavailable)
    done = invoke(world, "--study", "--models", "hiera-t,alexnet", "--continue")
    assert done.exit_code == 1
    assert asked == ["study:hiera-t", "study:alexnet"]


def test_interrupted_it_says_that_work_is_kept(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.engine.run import Run

    def interrupted(self: Run) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Run, "execute", interrupted)
    done = invoke(world, NAME, "--weights", checkpoint)
    assert done.exit_code == 1
    assert "Finished steps are kept" in done.stderr


def test_a_store_that_does_not_answer(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    done = invoke(world, NAME, "--weights", checkpoint, "--store", "--dimensions", "accuracy")
    assert done.exit_code == 1
    assert "the same command stores them without measuring again" in done.stderr
    assert list((home / "evaluations").iterdir()) != []


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_PAUSE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(f"backend.room.{name}", 0.01)


@pytest.mark.usefixtures("short_pauses")
def test_a_full_disk_is_told_and_waited_for(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.engine.step_store import StepStore

    words = (NAME, "--weights", checkpoint, "--dimensions", "accuracy,shape_bias", "--json")
    undisturbed = json.loads(invoke(world, *words).stdout)
    shutil.rmtree(home / "evaluations")
    save, saved, refused = StepStore.save, list[str](), list[str]()

    def sometimes(self: StepStore, stage: str, *given: Any) -> None:  # noqa: ANN401 - what it stands for
        if saved and len(refused) < 2:
            refused.append(stage)
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, stage, *given)
        saved.append(stage)

    monkeypatch.setattr(StepStore, "save", sometimes)
    done = invoke(world, *words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == undisturbed
    assert len(saved) == len(set(saved))  # nothing that was finished is done again
    assert done.stderr.count("evaluations is full. Waiting for free space") == 2
    assert done.stderr.count("There is free space again") == 2
    assert done.stderr.count("test_resnet@mine: shape_bias") == 1


def test_another_fault_of_the_disk_is_no_want_of_room(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.engine.step_store import StepStore

    def broken(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(StepStore, "save", broken)
    done = invoke(world, NAME, "--weights", checkpoint, "--dimensions", "accuracy")
    assert isinstance(done.exception, OSError)


@pytest.mark.usefixtures("short_pauses")
def test_a_full_database_is_told_and_waited_for(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.store.errors import StoreFull
    from evaluation.worker import recording

    record, full = recording.record, [StoreFull("no room"), StoreFull("no room")]

    def sometimes(*given: Any, **more: Any) -> recording.Recorded:  # noqa: ANN401 - what it stands for
        if full:
            raise full.pop()
        return record(*given, **more)

    monkeypatch.setattr(recording, "record", sometimes)
    done = invoke(world, NAME, "--weights", checkpoint, "--store", "--dimensions", "accuracy")
    assert done.exit_code == 0, done.output
    assert done.stderr.count("The database is full. Waiting for free space") == 2
    assert "stored 1 values of mine" in done.stderr


@pytest.mark.usefixtures("short_pauses")
def test_evidence_is_stored_with_the_values_and_a_full_disk_is_waited_for(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.store.evidence_files import EvidenceFile, EvidenceFiles, Owner
    from quba.measuring.evidence import Evidence

    write, refused = EvidenceFiles.write, list[bool]()

    def sometimes(self: EvidenceFiles, owner: Owner, found: Evidence) -> EvidenceFile:
        if not refused:
            refused.append(True)
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, owner, found)

    monkeypatch.setattr(EvidenceFiles, "write", sometimes)
    done = invoke(world, NAME, "--weights", checkpoint, "--store", "--dimensions", "accuracy")
    assert done.exit_code == 0, done.output
    assert done.stderr.count(f"The disk of {home} is full. Waiting for free space") == 1
    (path,) = (home / "evidence").iterdir()
    found = Evidence.from_bytes(path.read_bytes())
    assert found.right["clean"].size == 64
    assert found.right["clean"].mean() == found.values["accuracy"]


def test_two_models_that_were_stored_are_compared_image_by_image(
    home: Path, world: "World", checkpoint: Path, tmp_path: Path
) -> None:
    from quba.measuring.evidence import Evidence

    torch.manual_seed(1)
    other = tmp_path / "other.safetensors"
    net = timm.create_model(NAME, pretrained=False, num_classes=4)
    save_file(dict(net.state_dict()), other, metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    few = ("--dimensions", "accuracy,class_balance,shape_bias,parameters_millions", "--store")
    for path in (checkpoint, other):
        done = invoke(world, NAME, "--weights", path, *few)
        assert done.exit_code == 0, done.output
    found = [Evidence.from_bytes(path.read_bytes()) for path in (home / "evidence").iterdir()]

    def compared(*models: str) -> Any:  # noqa: ANN401 - any JSON
        asked = CliRunner().invoke(
            app, ["compare", *models, "--paired", "--benchmark", "signals", "--protocol", "corrected", "--json"]
        )
        assert asked.exit_code == 0, asked.output
        return json.loads(asked.stdout)

    answer = compared("mine", "other")
    items = {item["dimension"]: item for item in answer["items"]}
    by_value = {each.values["class_balance"]: each for each in found}
    a, b = (by_value[items["class_balance"][f"value_{side}"]] for side in ("a", "b"))
    # By hand, from the files alone.
    # Of decisions, two more images may turn than were seen to; probabilities are all seen.
    for key, unseen in (("accuracy", 2 / 64), ("class_balance", 0), ("shape_bias", 2 / 32)):
        assert items[key]["paired"]
        assert items[key]["difference"] == pytest.approx(b.values[key] - a.values[key])
        moved = b.replicates[key] - a.replicates[key]
        assert items[key]["standard_error"] == pytest.approx((19 * moved.var() + unseen**2) ** 0.5)
    assert items["parameters_millions"]["difference"] == 0
    flips = {each["name"]: (each["now_wrong"], each["now_right"]) for each in answer["flips"]}
    assert flips == {
        name: (int((a.right[name] & ~b.right[name]).sum()), int((b.right[name] & ~a.right[name]).sum()))
        for name in ("clean", "cue_conflict")
    }
    itself = compared("mine", "mine")
    measured = [item for item in itself["items"] if item["value_a"] is not None]
    assert [item["difference"] for item in measured] == [0] * 4
    assert {(each["now_wrong"], each["now_right"]) for each in itself["flips"]} == {(0, 0)}


def test_evidence_that_cannot_be_written_for_another_reason_is_no_want_of_room(
    home: Path, world: "World", checkpoint: Path
) -> None:
    home.mkdir()
    (home / "evidence").write_text("a file in its place")
    done = invoke(world, NAME, "--weights", checkpoint, "--store", "--dimensions", "accuracy")
    assert isinstance(done.exception, OSError)


def test_without_torch_it_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    done = CliRunner().invoke(app, ["evaluate", NAME])
    assert done.exit_code == 1
    assert f"`{installing('evaluation')}`" in done.stderr


@pytest.fixture
def quick_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_cost, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=7.5))
    monkeypatch.setattr(measured_cost, "device_name", lambda *_: "Bench 1")
    monkeypatch.setattr(measured_cost, "measured_latency", lambda *_, **__: Latency(
        median_ms=2.5, lower_quartile_ms=2.0, upper_quartile_ms=3.0
    ))  # fmt: skip


@pytest.mark.usefixtures("quick_cost")
def test_the_cost_is_printed_and_kept_only_where_it_is_stored(home: Path, world: "World", checkpoint: Path) -> None:
    asked = (NAME, "--weights", checkpoint, "--dimensions", "accuracy", "--cost")
    printed = invoke(world, *asked)
    assert printed.exit_code == 0, printed.output
    assert "batch 64: 2.5 ms (quartiles 2 to 3); 7.5 MB beside the weights" in printed.stderr
    assert not (home / "wellbehaved.sqlite3").exists()
    [plain] = json.loads(invoke(world, *asked, "--json").stdout)["models"]
    assert (plain["cost"]["device"], plain["cost"]["dimensions"]) == ("Bench 1", [])
    [kept] = json.loads(invoke(world, *asked, "--store", "--json").stdout)["models"]
    keys = kept["cost"]["dimensions"]
    assert [each.partition("_fp32_")[0] for each in keys] == [
        "latency_ms_b1", "peak_memory_mb_b1", "latency_ms_b64", "peak_memory_mb_b64",
    ]  # fmt: skip
    # Two models measured on one device can be ranked by it, once they are in one store.
    listed = CliRunner().invoke(app, ["dimension", "list", "--json"])
    assert set(keys) <= {each["key"] for each in json.loads(listed.stdout)["items"]}


@pytest.mark.usefixtures("quick_cost")
def test_a_device_that_makes_no_dimension_leaves_what_was_stored(
    home: Path, world: "World", checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured_cost, "device_name", lambda *_: "Some\u200bCPU 1")
    done = invoke(world, NAME, "--weights", checkpoint, "--dimensions", "accuracy", "--cost", "--store", "--json")
    assert done.exit_code == 0, done.output
    [kept] = json.loads(done.stdout)["models"]
    assert kept["stored"]["stored"] == ["accuracy"]
    assert (kept["cost"]["dimensions"], len(kept["cost"]["batches"])) == ([], 2)
    assert "invisible characters" in kept["cost"]["fault"]


def test_the_cost_of_a_model_with_the_released_defects_is_refused(home: Path, world: "World", checkpoint: Path) -> None:
    done = invoke(world, NAME, "--weights", checkpoint, "--protocol", "as-released", "--cost")
    assert done.exit_code == 2
    assert "--cost is of a model as it is, and as-released measures it with defects." in done.stderr


@pytest.mark.usefixtures("home")
def test_without_asking_there_is_no_cost(world: "World", checkpoint: Path) -> None:
    done = invoke(world, NAME, "--weights", checkpoint, "--dimensions", "accuracy", "--json")
    assert [each["cost"] for each in json.loads(done.stdout)["models"]] == [None]
