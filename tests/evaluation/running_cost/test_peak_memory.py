import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from evaluation.errors import EvaluationStopped
from evaluation.running_cost.peak_memory import ON_CPU, ON_CUDA, PeakMemory, peak_on_cpu, peak_on_cuda
from tests.evaluation.running_cost.nets import Buffering, Ended, Endless, Greedy, Pooled

SHAPE = (3, 8, 8)


def test_a_known_buffer_is_found_in_a_process_of_its_own() -> None:
    found = peak_on_cpu(Buffering(200), 2, SHAPE, half=False)
    assert found.missing is None
    assert found.megabytes is not None
    # What the first pass of any net takes comes on top, and the kernel may take pages of files back meanwhile.
    assert 320 <= found.megabytes < 800


def test_memory_that_was_freed_here_is_not_taken_for_free() -> None:
    # A process that holds freed memory would use it again without growing.
    kept = [torch.ones(1_000_000, dtype=torch.uint8) for _ in range(400)]
    del kept
    found = peak_on_cpu(Buffering(400), 1, SHAPE, half=False)
    assert found.megabytes is not None
    assert found.megabytes > 320


def test_a_net_of_a_file_beside_the_script_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine_for_cost.py").write_text(
        "from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return x.flatten(1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        import mine_for_cost  # type: ignore[import-not-found]

        assert peak_on_cpu(mine_for_cost.Net(), 1, SHAPE, half=False).missing is None
    finally:
        sys.modules.pop("mine_for_cost", None)


def test_a_net_that_cannot_be_sent_has_a_reason() -> None:
    class Local(Pooled):
        """Known inside this function alone."""

    found = peak_on_cpu(Local(), 1, SHAPE, half=False)
    assert found.megabytes is None
    assert str(found.missing).startswith("the net cannot be sent to a process of its own: ")
    assert "Local" in str(found.missing)


def test_a_program_cannot_be_sent() -> None:
    with warnings.catch_warnings():
        # torch would rather see other formats; this one is what people have.
        warnings.simplefilter("ignore", FutureWarning)
        traced: nn.Module = torch.jit.trace(Pooled(), torch.rand(1, *SHAPE))  # type: ignore[no-untyped-call]
    assert "cannot be sent" in str(peak_on_cpu(traced, 1, SHAPE, half=False).missing)


def test_too_little_memory_is_said() -> None:
    assert peak_on_cpu(Greedy(), 2, SHAPE, half=False) == PeakMemory(
        megabytes=None, missing="out of memory", ran_out=True
    )
    killed = peak_on_cpu(Ended(), 1, SHAPE, half=False)
    assert killed.ran_out
    assert "the system ended the process" in str(killed.missing)


def test_another_end_of_the_process_is_no_lack_of_memory() -> None:
    found = peak_on_cpu(Ended(signal.SIGTERM), 1, SHAPE, half=False)
    assert (found.missing, found.ran_out) == ("the process that measured it ended with exit code -15", False)


def test_who_took_too_long_is_no_lack_of_memory() -> None:
    found = peak_on_cpu(Ended(signal.SIGALRM), 1, SHAPE, half=False)
    assert (found.missing, found.ran_out) == ("the process that measured it took more than 60 minutes", False)


def is_running(process: int) -> bool:
    """Whether a process is there; one that ended and that nobody asked for its exit code counts as gone."""
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait, for as long as a machine under load may take."""
    for _ in range(1200):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not come")


def test_a_stop_ends_the_process_that_measures(tmp_path: Path) -> None:
    said = tmp_path / "process"

    def stop_once_it_runs() -> None:
        if said.exists():
            raise EvaluationStopped("enough")

    with pytest.raises(EvaluationStopped, match="enough"):
        peak_on_cpu(Endless(str(said)), 1, SHAPE, half=False, before=stop_once_it_runs)
    assert not is_running(int(said.read_text()))


def test_the_process_that_measures_ends_with_the_one_that_asked(tmp_path: Path) -> None:
    said = tmp_path / "process"
    program = (
        "from evaluation.running_cost.peak_memory import peak_on_cpu\n"
        "from tests.evaluation.running_cost.nets import Endless\n"
        f"peak_on_cpu(Endless({str(said)!r}), 1, (3, 8, 8), half=False)\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}) as asking:
        try:
            wait_until(said.exists)
        finally:
            # As the system ends it where memory is short: without a word to anybody.
            asking.kill()
    measuring = int(said.read_text())
    try:
        wait_until(lambda: not is_running(measuring))
    finally:
        if is_running(measuring):
            os.kill(measuring, signal.SIGKILL)


def test_a_gpu_counts_by_how_much_its_allocator_gave_more_than_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def note(name: str, answer: int | None = None) -> Callable[[str], int | None]:
        def called(device: str) -> int | None:
            asked.append(f"{name} {device}")
            return answer

        return called

    # No GPU is there: what is asked of torch, and in which order, is all that can be seen.
    for name, value in (
        ("synchronize", None),
        ("reset_peak_memory_stats", None),
        ("memory_allocated", 1_000_000),
        ("max_memory_allocated", 3_500_000),
    ):
        monkeypatch.setattr(torch.cuda, name, note(name, value))

    class Noting(Pooled):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            asked.append("pass")
            return super().forward(images)

    assert peak_on_cuda(Noting(), 1, SHAPE, device="cpu", half=False) == PeakMemory(megabytes=2.5)
    assert asked == [
        "pass", "synchronize cpu", "reset_peak_memory_stats cpu", "memory_allocated cpu", "pass", "synchronize cpu",
        "max_memory_allocated cpu",
    ]  # fmt: skip


def test_both_texts_say_that_weights_are_not_counted() -> None:
    assert ON_CPU.startswith("by how much the resident memory")
    assert ON_CUDA.startswith("by how much what torch's allocator had given out grew")
    assert "weights not among it" in ON_CPU
    assert "its weights and what CUDA itself takes not among it" in ON_CUDA
