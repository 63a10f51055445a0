"""Files of weights, fetched over HTTP from a server of our own into a cache of the test's own."""

import errno
import hashlib
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
import torch

from evaluation.errors import NoRoomForWeights, WeightsUnavailable
from evaluation.models import hub
from evaluation.models.study.weight_files import WeightFile, tensors_in

CONTENT = b"weights" * 1000
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(hub, "_silence", hub._Silence())
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "net.pth").write_bytes(CONTENT)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("checksum", ["", CHECKSUM[:8], CHECKSUM])
def test_a_file_is_fetched_once_into_torchs_cache(server: str, cache: Path, checksum: str) -> None:
    file = WeightFile(url=f"{server}/net.pth", checksum=checksum)
    assert file.path == cache / "net.pth"
    assert file.fetch("some-net") == file.path
    assert file.path.read_bytes() == CONTENT
    assert [each.name for each in cache.iterdir()] == ["net.pth"]
    # Whatever is there is taken, without asking any server.
    assert WeightFile(url="http://127.0.0.1:9/net.pth", checksum=checksum).fetch("some-net") == file.path


def test_another_file_than_its_source_states_is_not_kept(server: str, cache: Path) -> None:
    file = WeightFile(url=f"{server}/net.pth", checksum="0123abcd")
    with pytest.raises(WeightsUnavailable, match=r"weights of some-net could not be fetched: .* must be 0123abcd"):
        file.fetch("some-net")
    assert not file.path.exists()


def test_a_full_disk_is_said_with_its_folder(server: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(free=len(CONTENT) - 1)
    monkeypatch.setattr("evaluation.datasets.installation.download.shutil.disk_usage", lambda _: full)
    with pytest.raises(
        NoRoomForWeights, match=f"weights of some-net do not fit on the disk of {cache}, which is full"
    ) as full_disk:
        WeightFile(url=f"{server}/net.pth", checksum="").fetch("some-net")
    assert (full_disk.value.folder, full_disk.value.needed_bytes) == (cache, len(CONTENT))


def test_what_filled_the_disk_does_not_stay_there(server: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object, **__: object) -> Path:
        for name in ("net.pth.part", "net.pth.part-of", "other.pth.part"):
            (cache / name).write_bytes(b"x")
        raise OSError(errno.ENOSPC, "No space left on device")

    cache.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("evaluation.models.study.weight_files.download", fill)
    with pytest.raises(NoRoomForWeights) as full_disk:
        WeightFile(url=f"{server}/net.pth", checksum="").fetch("some-net")
    assert full_disk.value.needed_bytes is None
    assert [each.name for each in cache.iterdir()] == ["other.pth.part"]


def test_a_server_that_does_not_answer_is_named_with_the_way_around_it(cache: Path) -> None:
    with pytest.raises(WeightsUnavailable, match=r"127\.0\.0\.1:9 does not answer.* put it into .* as net\.pth"):
        WeightFile(url="http://127.0.0.1:9/net.pth", checksum="").fetch("some-net")


def test_google_drive_is_asked_by_its_own_library(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def download(**options: object) -> None:
        asked.append(options)
        Path(str(options["output"])).write_bytes(CONTENT)

    monkeypatch.setattr("evaluation.models.study.weight_files.require_answer", lambda *_: None)
    monkeypatch.setitem(sys.modules, "gdown", SimpleNamespace(download=download))
    file = WeightFile(url="gdrive:1abc", checksum="")
    assert file.fetch("some-net") == cache / "1abc.pt"
    assert file.fetch("some-net").read_bytes() == CONTENT
    assert asked == [{"id": "1abc", "output": str(cache / "1abc.pt"), "quiet": True, "resume": True}]


def test_what_google_drive_says_is_passed_on(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(**_: object) -> None:
        raise RuntimeError("Too many users have viewed this file.\nmore")

    monkeypatch.setattr("evaluation.models.study.weight_files.require_answer", lambda *_: None)
    monkeypatch.setitem(sys.modules, "gdown", SimpleNamespace(download=download))
    with pytest.raises(WeightsUnavailable, match=r"gdrive:1abc: Too many users .* Fetch it with a browser"):
        WeightFile(url="gdrive:1abc", checksum="").fetch("some-net")


def test_without_the_library_of_google_drive_the_extra_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluation.models.study.weight_files.require_answer", lambda *_: None)
    monkeypatch.setitem(sys.modules, "gdown", None)
    with pytest.raises(WeightsUnavailable, match=r"gdown is not installed\. Run .*wellbehaved\[study\]"):
        WeightFile(url="gdrive:1abc", checksum="").fetch("some-net")


@pytest.mark.parametrize("key", [None, "state_dict", "model_state", "model"])
def test_tensors_are_found_where_sources_keep_them(tmp_path: Path, key: str | None) -> None:
    tensors = {"a": torch.ones(2)}
    torch.save(tensors if key is None else {key: tensors, "epoch": 3}, tmp_path / "net.pth")
    assert torch.equal(tensors_in(tmp_path / "net.pth", "some-net")["a"], tensors["a"])


@pytest.mark.parametrize("held", [[1, 2], {"a": 1}])
def test_a_file_without_tensors_is_refused(tmp_path: Path, held: object) -> None:
    torch.save(held, tmp_path / "net.pth")
    with pytest.raises(WeightsUnavailable, match="holds no tensors by name"):
        tensors_in(tmp_path / "net.pth", "some-net")


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(CONTENT)
    with pytest.raises(WeightsUnavailable, match=r"could not be read: .* Remove .*net\.pth, so that it is fetched"):
        tensors_in(tmp_path / "net.pth", "some-net")
