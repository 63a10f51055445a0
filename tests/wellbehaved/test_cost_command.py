"""The command that measures what models cost; `evaluation.running_cost` has the tests of the figures themselves."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from typer.testing import Result

from evaluation.errors import WeightsUnavailable
from evaluation.running_cost import device_name, measured_cost
from evaluation.running_cost.latency import Latency
from evaluation.running_cost.peak_memory import PeakMemory

Run = Callable[..., Result]
NAME = "test_resnet"
DEVICE = ("--device-name", "Bench 1")
LATENCY = f"latency_ms_b1_fp32_pt{torch.__version__.partition('+')[0].replace('.', '')}"


@pytest.fixture(autouse=True)
def _few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a process for the memory, and with as many passes as arithmetic needs."""
    monkeypatch.setattr(measured_cost, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=7.5))
    monkeypatch.setattr(measured_cost, "measured_latency", lambda *_, **__: Latency(
        median_ms=2.5, lower_quartile_ms=2.0, upper_quartile_ms=3.0
    ))  # fmt: skip


def checkpoint(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    net = timm.create_model(NAME, pretrained=False, num_classes=1000)
    path = folder / f"mine{seed}.safetensors"
    save_file(dict(net.state_dict()), path, metadata={"input_size": "[3, 32, 32]", "crop_pct": "1.0"})
    return path


def in_store(run: Run, path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    table = path.with_name("mine.csv")
    table.write_text(
        f"model_id,name,source_library,source_identifier,accuracy\nmine,Mine,checkpoint,sha256:{digest},0.5\n"
    )
    assert run("import", table.name).exit_code == 0


def cost(run: Run, path: Path, *words: str) -> Result:
    return run("cost", NAME, "--weights", str(path), *DEVICE, *words)


def documented(result: Result) -> Any:  # noqa: ANN401 - JSON
    return json.loads(result.stdout)


def test_each_batch_size_is_printed_with_device_and_method(run: Run, tmp_path: Path) -> None:
    result = cost(run, checkpoint(tmp_path), "--batch-sizes", "1,3")
    assert result.exit_code == 0
    first, *rows = result.stdout.splitlines()
    assert first.startswith("Bench 1, ")
    cells = [[cell.strip() for cell in row.split("│")[1:-1]] for row in rows if "│" in row]
    assert cells == [
        [f"{NAME}@mine0", "3 x 32 x 32", size, "2.5", "2 to 3", "7.5"] for size in ("1", "3")
    ]  # fmt: skip
    assert "Peak memory is by how much the resident memory" in result.stderr


def test_the_figures_come_as_json_with_everything_beside_them(run: Run, tmp_path: Path) -> None:
    found = documented(cost(run, checkpoint(tmp_path), "--json", "--device", "cpu"))
    assert (found["device"], found["precision"], found["passes"], found["warm_up"]) == ("Bench 1", "fp32", 50, 5)
    assert found["threads"] == torch.get_num_threads()
    [model] = found["models"]
    assert (model["source_library"], model["fault"]) == ("checkpoint", None)
    assert [each["batch_size"] for each in model["batches"]] == [1, 64]


def test_nothing_is_kept_unless_asked_for(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    in_store(run, path)
    assert cost(run, path).exit_code == 0
    assert "Bench 1" not in run("dimension", "list", "--json").stdout


def test_figures_are_kept_as_dimensions_of_the_device(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    in_store(run, path)
    result = cost(run, path, "--record", "--batch-sizes", "1,2")
    assert result.exit_code == 0, result.stderr
    kept = [each for each in json.loads(run("dimension", "list", "--json").stdout)["items"] if each["origin"] == "own"]
    assert {each["label"].partition(",")[0] for each in kept} == {"Latency", "Peak memory"}
    assert len(kept) == 4
    assert {(each["higher_is_better"], each["default_weight"]) for each in kept} == {(False, 0)}
    key = next(each["key"] for each in kept if each["key"].startswith(LATENCY))
    assert f"`wellbehaved rank --w.{key} 1` weighs {key}" in result.stderr
    assert "kept for 1 model; `wellbehaved delete im-" in result.stderr
    value = json.loads(run("show", "mine", "--json").stdout)["scores"][key]
    assert (value["value"], value["standard_error"], value["source"]) == (2.5, None, "import")
    assert value["note"].startswith("median of 50 passes after 5, images of 3 x 32 x 32; batch 1: quartiles 2 and 3 ms")


def test_a_model_of_the_store_without_identifier_is_no_obstacle(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    in_store(run, path)
    (tmp_path / "bare.csv").write_text("model_id,name,source_library,source_identifier,accuracy\nbare,Bare,timm,,0.5\n")
    bare = run("import", "bare.csv")
    assert bare.exit_code == 0, bare.stderr
    result = cost(run, path, "--record", "--batch-sizes", "1")
    assert result.exit_code == 0, result.stderr
    assert "kept for 1 model" in result.stderr


def test_the_same_figures_again_are_not_kept_twice(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    in_store(run, path)
    cost(run, path, "--record", "--batch-sizes", "1")
    again = cost(run, path, "--record", "--batch-sizes", "1")
    assert again.exit_code == 0
    assert "kept for" not in again.stderr


def test_another_device_has_dimensions_of_its_own(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    in_store(run, path)
    for name in ("Bench 1", "Bench 2"):
        kept = run("cost", NAME, "--weights", str(path), "--device-name", name, "--record", "--batch-sizes", "1")
        assert kept.exit_code == 0, kept.stderr
    items = json.loads(run("dimension", "list", "--json").stdout)["items"]
    assert len([each for each in items if each["origin"] == "own"]) == 4


def test_what_was_measured_elsewhere_is_imported_from_its_json(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    in_store(run, path)
    (tmp_path / "cost.json").write_text(cost(run, path, "--json", "--batch-sizes", "1").stdout)
    assert run("import", "--format", "cost", "cost.json").stdout.startswith("1 added, 0 unchanged; ")


def test_a_model_that_is_not_in_the_store_is_not_measured_for_it(run: Run, study: Path, tmp_path: Path) -> None:
    path = checkpoint(tmp_path)
    result = cost(run, path, "--record")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"{NAME}: no model of the store has these weights. Run `wellbehaved evaluate {NAME} --weights {path} --store` "
        "first.\n"
    )


def test_a_store_without_models_has_none_of_these_weights(run: Run, tmp_path: Path) -> None:
    from wellbehaved.cost_command import _origins

    class Empty:
        class models:  # noqa: N801 - stands in for a part of the client
            @staticmethod
            def list() -> Any:  # noqa: ANN401 - a frame
                import pandas as pd

                return pd.DataFrame()

    client: Any = Empty()
    assert _origins(client) == set()


def test_one_that_cannot_be_had_is_named_and_the_next_one_measured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.evaluation.models.programs import scripted, small_net

    scripted(small_net(1000), tmp_path / "net.pt", frozen=True)
    said = ("--input-size", "12", "--mean", "0.5", "--std", "0.25", "--json", "--batch-sizes", "1", *DEVICE)
    result = run("cost", "nobody.pt", "net.pt", *said)
    assert result.exit_code == 1
    gone, found = documented(result)["models"]
    assert (gone["name"], gone["batches"], found["fault"]) == ("nobody.pt", [], None)
    assert [each["latency_ms"] for each in found["batches"]] == [2.5]
    assert f"nobody.pt: {gone['fault']}" in result.stderr
    # What its loader has to say of it, as under `evaluate`.
    assert "The TorchScript program is frozen" in result.stderr


def test_a_batch_size_that_fails_is_said_and_the_rest_kept(
    run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = PeakMemory(megabytes=None, missing="out of memory", ran_out=True)
    known = PeakMemory(megabytes=7.5)
    monkeypatch.setattr(measured_cost, "peak_on_cpu", lambda _, size, *__, **___: known if size == 1 else full)
    path = checkpoint(tmp_path)
    in_store(run, path)
    result = cost(run, path, "--record")
    assert result.exit_code == 1
    assert f"{NAME}@mine0, batch 64: no latency: out of memory" in result.stderr
    assert "kept for 1 model" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a", "b", "--weights", "x"), "Name exactly one MODEL"),
        (("a", "a"), "a is named twice"),
        (("a", "--api", "http://127.0.0.1:1"), "--api is where --record keeps"),
        (("a", "--record", "--benchmark", "toy-shapes"), "kept on imagenet-1k alone"),
        (("a", "--precision", "fp16"), "--precision is 'fp16'. Use one of: fp32, tf32, bf16."),
        (("a", "--batch-sizes", "1,x"), "--batch-sizes is '1,x'. Write it as 1,64."),
        (("a", "--batch-sizes", "0"), "use different ones of 1 or more"),
        (("a", "--device", "cuda:99"), "--device cuda:99: "),
        (("a", "--device", "meta"), "--device cpu"),
        (("a", "--benchmark", "nobody"), "--benchmark is 'nobody'"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(run: Run, words: tuple[str, ...], message: str) -> None:
    result = run("cost", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_device_that_does_not_say_its_name_needs_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_name, "_PROCESSORS", tmp_path / "absent")
    result = run("cost", "a")
    assert result.exit_code == 2
    assert "--device-name" in result.stderr


def shown(run: Run, model: str) -> dict[str, Any]:
    scores: dict[str, Any] = json.loads(run("show", model, "--json").stdout)["scores"]
    return scores


def test_a_model_whose_weights_cannot_be_had_is_measured_without_them(
    run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(name: str, _repository: str | None) -> None:
        raise WeightsUnavailable(f"the weights of {name} are not on this machine")

    monkeypatch.setattr("evaluation.models.loading.require_reachable", unreachable)
    # The weights have a place in the store, and the figures are theirs.
    table = "model_id,name,source_library,source_identifier,accuracy\nmixed,Mixed,timm,mixnet_s.ft_in1k,0.5\n"
    (tmp_path / "mixed.csv").write_text(table)
    assert run("import", "mixed.csv").exit_code == 0
    result = run("cost", "mixnet_s.ft_in1k", *DEVICE, "--batch-sizes", "1", "--json", "--record")
    assert "it is measured untrained, for time and memory do not depend on weights" in result.stderr
    assert "the weights of mixnet_s.ft_in1k are not on this machine" in result.stderr
    [model] = documented(result)["models"]
    assert (model["untrained"], model["input_shape"]) == (True, [3, 224, 224])
    scores = shown(run, "mixed")
    [key] = [each for each in scores if each.startswith(LATENCY)]
    assert scores[key]["note"].startswith("median of 50 passes after 5, images of 3 x 224 x 224; built without its")


def test_a_slip_of_the_pen_is_no_reason_to_build_anything(run: Run, study: Path) -> None:
    result = run("cost", "mixnet_s.nonsense", *DEVICE, "--json")
    assert result.exit_code == 1
    assert "timm has no weights named 'mixnet_s.nonsense'" in result.stderr
    assert [each["batches"] for each in documented(result)["models"]] == [[]]
