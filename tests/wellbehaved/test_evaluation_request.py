"""`wellbehaved evaluate --benchmark` on a folder of one's own: from a key or a path to values, and every refusal."""

import contextvars
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from backend.settings import Settings
from backend.store import own_benchmarks, own_dimensions
from backend.store.engine import create_store_engine, writing
from evaluation.engine import compilation
from evaluation.engine.images import Decoder
from evaluation.engine.inference import Inference
from evaluation.own_data.registration import Registration, inspect
from tests.backend.own_dimension import defined
from tests.dimension_package import DOUBT, install
from tests.evaluation.own_data.conftest import COUNTS, Folder, empty, flowers
from wellbehaved.cli import app
from wellbehaved.processes import migrate_store

__all__ = ["empty", "flowers"]
NAME = "test_resnet"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "home"))
    monkeypatch.delenv("WELLBEHAVED_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    return Settings()


def saved(path: Path, class_count: int = 3, **metadata: object) -> Path:
    torch.manual_seed(0)
    net = timm.create_model(NAME, pretrained=False, num_classes=class_count)
    entries = {"input_size": "[3, 32, 32]", **{key: json.dumps(value) for key, value in metadata.items()}}
    save_file(dict(net.state_dict()), path, metadata=entries)
    return path


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return saved(tmp_path / "mine.safetensors")


def invoke(benchmark: object, *words: object) -> Result:
    command = ["evaluate", *map(str, words), "--benchmark", str(benchmark), "--workers", "0", "--device", "cpu"]
    return CliRunner().invoke(app, command)


def register(settings: Settings, folder: Folder) -> Registration:
    migrate_store(settings)
    found = inspect(folder.path, cache=settings.contents_cache)
    engine: Engine = create_store_engine(settings.resolved_database_url)
    with writing(engine) as session:
        own_benchmarks.register(session, own_benchmarks.Registration(**found.model_dump()))
    engine.dispose()
    return found


def test_a_folder_is_measured_without_being_added(settings: Settings, flowers: Folder, checkpoint: Path) -> None:
    done = invoke(flowers.path, NAME, "--weights", checkpoint, "--json", "--dimensions", "accuracy,ood_robustness")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["benchmark"] == "flowers"
    assert told["benchmark_digest"].startswith("sha256:")
    results = told["models"][0]["results"]
    # 40 images, of which one cannot be read; three may be.
    assert results["accuracy"]["sample_count"] == 39
    assert (results["ood_robustness"]["missing"], results["ood_robustness"]["value"]) == ("not_applicable", None)
    assert [each["name"] for each in told["models"][0]["class_report"]["classes"]] == list(COUNTS)
    assert not (settings.data_dir / "wellbehaved.db").exists()


def test_what_was_added_is_measured_by_its_key_and_stored(
    settings: Settings, flowers: Folder, checkpoint: Path
) -> None:
    flowers.define('[clean]\nfolder = "val"\n[dimensions]\nuse = ["accuracy", "parameters_millions"]\n')
    found = register(settings, flowers)
    done = invoke("flowers", NAME, "--weights", checkpoint, "--store")
    assert done.exit_code == 0, done.output
    # What the definition uses, and nothing else.
    assert "stored 2 values of mine" in done.stderr
    assert found.dimensions == ["accuracy", "parameters_millions"]


def test_an_edited_folder_is_not_measured_under_the_old_name(
    settings: Settings, flowers: Folder, checkpoint: Path
) -> None:
    register(settings, flowers)
    flowers.draw("val/daisy/new.png", 0, 99)
    done = invoke("flowers", NAME, "--weights", checkpoint)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "1 file was added: clean/daisy/new.png." in done.stderr
    assert "wellbehaved benchmark add" in done.stderr


def test_an_edit_during_the_run_is_not_stored(
    settings: Settings, flowers: Folder, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.engine.run import Run

    register(settings, flowers)
    execute = Run.execute

    def edited(run: Run) -> object:
        found = execute(run)
        flowers.draw("val/daisy/new.png", 0, 99)
        return found

    monkeypatch.setattr(Run, "execute", edited)
    done = invoke("flowers", NAME, "--weights", checkpoint, "--store", "--dimensions", "accuracy")
    assert done.exit_code == 1
    assert "Nothing was stored. The files of flowers" in done.stderr


def test_a_folder_that_vanished(settings: Settings, flowers: Folder, checkpoint: Path) -> None:
    register(settings, flowers)
    flowers.path.rename(flowers.path.with_name("elsewhere"))
    done = invoke("flowers", NAME, "--weights", checkpoint)
    assert done.exit_code == 1
    assert "are not on this machine" in done.stderr


def test_a_benchmark_that_nobody_knows(settings: Settings, flowers: Folder, checkpoint: Path) -> None:
    done = invoke("flowerz", NAME, "--weights", checkpoint)
    assert done.exit_code == 2
    assert "Use one of: imagenet-1k, toy-shapes; or add your own" in done.stderr
    assert "could not be looked up" in done.stderr
    register(settings, flowers)
    done = invoke("flowerz", NAME, "--weights", checkpoint)
    assert (done.exit_code, "toy-shapes, flowers; or add" in done.stderr) == (2, True)
    assert "could not be looked up" not in done.stderr


def test_storing_needs_a_registration(settings: Settings, flowers: Folder, checkpoint: Path) -> None:
    done = invoke(flowers.path, NAME, "--weights", checkpoint, "--store")
    assert done.exit_code == 2
    assert f"Run `wellbehaved benchmark add {flowers.path}` first" in done.stderr


def test_a_folder_that_is_no_benchmark(settings: Settings, empty: Folder, checkpoint: Path) -> None:
    done = invoke(empty.path, NAME, "--weights", checkpoint)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "holds neither folders nor images" in done.stderr


def test_a_head_with_another_number_of_outputs(settings: Settings, flowers: Folder, tmp_path: Path) -> None:
    done = invoke(flowers.path, NAME, "--weights", saved(tmp_path / "five.safetensors", 5))
    assert done.exit_code == 1
    assert "has 5 classes and the benchmark 3" in done.stderr


def test_a_librarys_model_without_weights_of_ones_own(settings: Settings, flowers: Folder) -> None:
    done = invoke(flowers.path, "resnet50.a1_in1k")
    assert done.exit_code == 1
    assert "decides among 1000 classes and the benchmark has 3; pass weights" in done.stderr


def test_names_in_the_checkpoint_that_do_not_fit(settings: Settings, flowers: Folder, tmp_path: Path) -> None:
    done = invoke(
        flowers.path, NAME, "--weights", saved(tmp_path / "a.safetensors", classes=["daisy", "rose", "tülip"])
    )
    assert done.exit_code == 1
    assert "has no output named red rose and has outputs that the benchmark has no class for: rose" in done.stderr


def test_both_doors_refuse_names_that_do_not_fit_in_the_same_words(
    settings: Settings, flowers: Folder, checkpoint: Path, tmp_path: Path
) -> None:
    register(settings, flowers)
    file = saved(tmp_path / "a.safetensors", class_to_idx={"daisy": 0, "rose": 1, "tülip": 2})
    measured = invoke("flowers", NAME, "--weights", file)
    submitted = CliRunner().invoke(app, ["submit", str(file), "--architecture", NAME, "--benchmark", "flowers"])
    assert (measured.exit_code, submitted.exit_code) == (1, 1)
    assert "has no output named red rose" in submitted.stderr
    assert measured.stderr == f"{NAME}: {submitted.stderr}"
    assert "No evaluations yet" in CliRunner().invoke(app, ["status"]).stdout
    vouched = ["submit", str(checkpoint), "--architecture", NAME, "--benchmark", "flowers", "--class-order-checked"]
    answer = json.loads(CliRunner().invoke(app, [*vouched, "--json"]).stdout)
    assert (answer["class_order_checked"], answer["created"]) == (True, True)


class Seer(torch.nn.Module):
    """Knows the class by its colour; its outputs are in another order."""

    def __init__(self, order: list[int]) -> None:
        super().__init__()
        self.order = order

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 20 * images.mean(dim=(2, 3))[:, self.order]


@pytest.fixture
def garden(empty: Folder) -> Folder:
    for label, name in enumerate(COUNTS):
        for number in range(40):
            empty.draw(f"val/{name}/{number}.png", label, number)
    return empty


def test_shuffled_outputs_are_said_before_anything_is_measured(
    settings: Settings, garden: Folder, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from evaluation.models import loading

    plain = loading.load

    def shuffled(*names: str, **options: object) -> object:
        return replace(plain(*names, **options), net=Seer([1, 2, 0]).eval())  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load", shuffled)
    words = (NAME, "--weights", checkpoint, "--dimensions", "accuracy", "--json")
    done = invoke(garden.path, *words)
    assert done.exit_code == 1
    fault = json.loads(done.stdout)["models"][0]["fault"]
    assert "0.0 % right as its outputs are read now, and 100.0 % in the order that fits it best" in fault
    assert "The order that fits best is red rose, tülip, daisy." in fault
    done = invoke(garden.path, *words, "--class-order-checked")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["models"][0]["results"]["accuracy"]["value"] == 0
    # As the sentence says: a file with the order that fits.
    (garden.path / "classes.txt").write_text("red rose\ntülip\ndaisy\n", encoding="utf-8")
    garden.define('[classes]\nfile = "classes.txt"\n[clean]\nfolder = "val"\n')
    done = invoke(garden.path, *words)
    assert json.loads(done.stdout)["models"][0]["results"]["accuracy"]["value"] == 1


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return tmp_path / "site"


def invoke_apart(*words: object) -> Result:
    """In a context of its own, so that no other test has the dimensions of the packages."""
    return contextvars.copy_context().run(invoke, *words)


def test_a_package_measures_where_its_key_is_named_and_nowhere_else(
    settings: Settings, flowers: Folder, checkpoint: Path, site: Path
) -> None:
    install(site, "measures_flowers", DOUBT)
    register(settings, flowers)
    named = invoke_apart(
        "flowers", NAME, "--weights", checkpoint, "--json", "--dimensions", "accuracy,doubt", "--store"
    )
    assert named.exit_code == 0, named.output
    [model] = json.loads(named.stdout)["models"]
    assert list(model["results"]) == ["accuracy", "doubt"]
    doubt = model["results"]["doubt"]
    assert 0 < doubt["value"] < 1
    assert (doubt["standard_error"], doubt["sample_count"], doubt["parts"]) == (None, 39, {"images": 39})
    assert model["stored"]["stored"] == ["accuracy", "doubt"]
    everything = invoke_apart("flowers", NAME, "--weights", checkpoint, "--json")
    assert "doubt" not in json.loads(everything.stdout)["models"][0]["results"]
    table = invoke_apart("flowers", NAME, "--weights", checkpoint, "--dimensions", "accuracy,doubt")
    assert "Doubt" in table.stdout


def test_the_key_of_what_somebody_added_is_refused_before_anything_is_measured(
    settings: Settings, flowers: Folder, checkpoint: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "meets_another", DOUBT)
    register(settings, flowers)
    engine = create_store_engine(settings.resolved_database_url)
    with writing(engine) as session:
        own_dimensions.register(session, defined(key="doubt"))
    engine.dispose()
    monkeypatch.setattr("wellbehaved.evaluate_command._reports", lambda *_: pytest.fail("it was measured"))
    refused = invoke_apart("flowers", NAME, "--weights", checkpoint, "--dimensions", "accuracy,doubt", "--store")
    assert refused.exit_code == 1
    said = " ".join(refused.output.split())
    assert "Nothing was stored. The store has another dimension 'doubt', which no package measures" in said


def test_a_package_that_cannot_be_loaded_is_named_beside_what_there_is(
    settings: Settings, flowers: Folder, checkpoint: Path, site: Path
) -> None:
    install(site, "fails_for_flowers", "raise RuntimeError('no licence')")
    refused = invoke_apart(flowers.path, NAME, "--weights", checkpoint, "--dimensions", "doubt")
    assert refused.exit_code == 2
    said = " ".join(refused.output.split())
    assert "--dimensions is 'doubt'. Use one of: accuracy" in said
    assert "fails_for_flowers 1.5 was not taken: It raised RuntimeError: no licence." in said


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What torch hands over to be compiled, of runs that may be as short as they like."""
    graphs: list[object] = []
    kept = Inference.compile_forward

    def backend(graph: Any, inputs: Any) -> Any:  # noqa: ANN401 - as torch calls it
        graphs.append(graph)
        return graph.forward

    monkeypatch.setattr(compilation, "PAYS_FROM_SECONDS", 0.0)
    monkeypatch.setattr(compilation, "_SPEED_IS_KNOWN_AFTER_SECONDS", 0.0)
    # Any program stands for the compiler, which is not called.
    monkeypatch.setenv("CXX", sys.executable)
    monkeypatch.setattr(Inference, "compile_forward", lambda self: kept(self, backend))
    yield graphs
    torch.compiler.reset()


@pytest.mark.usefixtures("settings")
def test_how_a_run_is_carried_out_changes_no_value_beyond_rounding(
    flowers: Folder, checkpoint: Path, compiled: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small batches, for the first one is never compiled.
    asked = (NAME, "--weights", checkpoint, "--dimensions", "accuracy,calibration_error", "--batch-size", "4", "--json")

    def results(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(invoke(flowers.path, *asked, *options).stdout)["models"][0]["results"]
        return found

    plain = results()
    assert not compiled
    # In a folder that knows nothing of the first run, whose finished steps would be taken as they are.
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "apart"))
    other = results("--channels-last", "--compile")
    assert compiled
    for key, result in plain.items():
        assert other[key]["value"] == pytest.approx(result["value"], abs=1e-6), key


@pytest.mark.usefixtures("settings")
def test_images_are_decoded_on_the_device_where_that_is_asked_for(
    flowers: Folder, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    kept = Decoder.__init__

    def noted(self: Decoder, *given: Any, leaves_jpeg: bool, **named: Any) -> None:  # noqa: ANN401 - passed on
        asked.append(leaves_jpeg)
        kept(self, *given, leaves_jpeg=leaves_jpeg, **named)

    monkeypatch.setattr(Decoder, "__init__", noted)
    done = invoke(flowers.path, NAME, "--weights", checkpoint, "--dimensions", "accuracy", "--decode-on-device")
    assert done.exit_code == 0, done.output
    assert asked == [True]


@pytest.mark.usefixtures("settings")
def test_images_are_corrupted_on_the_device_where_that_is_asked_for(flowers: Folder, checkpoint: Path) -> None:
    asked = (NAME, "--weights", checkpoint, "--dimensions", "corruption_robustness", "--json")
    done = invoke(flowers.path, *asked, "--corrupt-on-device")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)["models"][0]["results"]["corruption_robustness"]
    assert "Images were corrupted on cpu:" in result["detail"]
