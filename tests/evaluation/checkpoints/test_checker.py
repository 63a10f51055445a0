import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file, save_file

from evaluation.checkpoints.checker import Accepted, Checker
from evaluation.checkpoints.refusal import CheckpointRefused, Reason

ARCHITECTURE = "test_resnet"


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    os.environ["WELLBEHAVED_TOKEN"] = "s3cret"
    try:
        with Checker() as running:
            yield running
    finally:
        del os.environ["WELLBEHAVED_TOKEN"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "half.pt"
    state = timm.create_model(ARCHITECTURE, num_classes=16).half().state_dict()
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}}, path)
    return path


def test_a_sound_file_is_rewritten(checker: Checker, file: Path, tmp_path: Path) -> None:
    written = tmp_path / "weights.safetensors"
    accepted = checker.check(file, written, architecture=ARCHITECTURE, class_count=16)
    model = timm.create_model(ARCHITECTURE, num_classes=16)
    model.load_state_dict(load_file(written), strict=True)
    assert accepted.format == "torch"
    assert accepted.weight_count == sum(tensor.numel() for tensor in model.state_dict().values())
    assert {tensor.dtype for tensor in load_file(written).values()} == {torch.float32, torch.int64}


def test_the_same_file_is_rewritten_to_the_same_bytes(checker: Checker, file: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "1.safetensors", tmp_path / "2.safetensors"
    for written in (one, two):
        checker.check(file, written, architecture=ARCHITECTURE, class_count=16)
    assert one.read_bytes() == two.read_bytes()


def test_it_names_what_does_not_fit(checker: Checker, file: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointRefused, match=r"16 classes and the benchmark 1000") as refused:
        checker.check(file, tmp_path / "w", architecture=ARCHITECTURE, class_count=1000)
    assert refused.value.reason is Reason.CLASS_COUNT_MISMATCH
    with pytest.raises(CheckpointRefused, match=r"test_vit has \d+ weights; \d+ of them are absent \(") as refused:
        checker.check(file, tmp_path / "w", architecture="test_vit", class_count=16)
    assert refused.value.reason is Reason.ARCHITECTURE_MISMATCH


@pytest.mark.parametrize(
    "architecture", ["hf-hub:someone/model", "local-dir:/etc", "resnet_50", "test_resnet.r160_in1k", ""]
)
def test_only_names_of_our_list_are_architectures(
    checker: Checker, file: Path, tmp_path: Path, architecture: str
) -> None:
    with pytest.raises(CheckpointRefused) as refused:
        checker.check(file, tmp_path / "w", architecture=architecture, class_count=16)
    assert refused.value.reason is Reason.UNKNOWN_ARCHITECTURE


def test_the_process_knows_no_secrets(checker: Checker, file: Path, tmp_path: Path) -> None:
    checker.check(file, tmp_path / "w.safetensors", architecture=ARCHITECTURE, class_count=16)
    process = checker._process
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"s3cret" not in environment
    assert b"CUDA_VISIBLE_DEVICES=\0" in environment


def test_the_check_has_no_network_or_is_refused(checker: Checker, file: Path, tmp_path: Path) -> None:
    try:
        accepted = checker.check(file, tmp_path / "w.safetensors", architecture=ARCHITECTURE, class_count=16)
    except CheckpointRefused as refused:
        if os.geteuid() == 0:
            raise  # root can always take the network from a process
        if refused.reason is not Reason.NOT_CONFINED:
            raise
    else:
        reached = set(accepted.confinement.split(", "))
        assert reached & {"network namespace", "system call filter"}
        assert "memory limit" in reached


def test_a_process_that_ended_is_started_again(file: Path, tmp_path: Path) -> None:
    with Checker() as own:
        own.check(file, tmp_path / "w.safetensors", architecture=ARCHITECTURE, class_count=16)
        process = own._process
        assert process is not None
        process.kill()
        process.wait()
        accepted = own.check(file, tmp_path / "w.safetensors", architecture=ARCHITECTURE, class_count=16)
        assert accepted.weight_count > 0


def test_a_process_that_ends_during_a_check_is_a_refusal(file: Path, tmp_path: Path) -> None:
    with Checker() as own:
        dying = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        own._process = dying
        with pytest.raises(CheckpointRefused, match="ended while it checked") as refused:
            own.check(file, tmp_path / "w.safetensors", architecture=ARCHITECTURE, class_count=16)
        assert refused.value.reason is Reason.CHECKER_KILLED
        assert dying.returncode is not None


def test_nothing_outside_the_named_place_is_written(checker: Checker, tmp_path: Path) -> None:
    file = tmp_path / "nan.safetensors"
    state = timm.create_model(ARCHITECTURE, num_classes=16).state_dict()
    save_file({**state, next(iter(state)): torch.full_like(next(iter(state.values())), torch.nan)}, file)
    with pytest.raises(CheckpointRefused, match="no finite numbers"):
        checker.check(file, tmp_path / "w.safetensors", architecture=ARCHITECTURE, class_count=16)
    assert [each.name for each in tmp_path.iterdir()] == ["nan.safetensors"]


@pytest.mark.parametrize(
    ("taken", "others", "choice"),
    [(None, (), None), ("state_dict", (), None), ("state_dict_ema", ("state_dict",), "state_dict_ema")],
)
def test_a_set_of_weights_was_chosen_only_where_there_were_several(
    taken: str | None, others: tuple[str, ...], choice: str | None
) -> None:
    accepted = Accepted(format="torch", weight_count=1, weights_key=taken, other_keys=others, confinement="none")
    assert accepted.choice == choice
