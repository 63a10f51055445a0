import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest

from backend.evaluations.checkpoint_files import CheckpointFiles, FilesWatched, refusal_problem
from backend.evaluations.uploads import Received
from backend.problems import ProblemError
from backend.store.checkpoints import original_name
from backend.store.file_store import FileChanged, FilesUnavailable
from backend.store.local_files import LocalFiles
from evaluation.checkpoints.checker import Accepted
from evaluation.checkpoints.guess import Guess
from quba.errors import Refusal

ID = "0" * 64


class Recorder:
    """A checker whose verdict the test chooses; the real one has tests of its own."""

    def __init__(self, refusal: Refusal | None = None) -> None:
        self.refusal = refusal
        self.checked: list[str] = []
        self.sets: tuple[str, ...] = ()
        self.confinement = "none"
        self.classes: tuple[str, ...] = ()
        self.closed = self.prepared = False

    def prepare(self) -> None:
        self.prepared = True

    def scan(self, path: Path) -> str:
        if self.refusal:
            raise self.refusal
        return "torch" if path.read_bytes() == b"as handed in" else "safetensors"

    def check(
        self,
        path: Path,
        written: Path,
        *,
        architecture: str,
        class_count: int,
        classes: tuple[str, ...] = (),
        weights_key: str | None = None,
    ) -> Accepted:
        self.checked.append(f"{path.name.partition('.')[2]} {architecture} {class_count}")
        self.classes = classes
        written.write_bytes(b"rewritten")
        if self.refusal:
            raise self.refusal
        taken = (weights_key or self.sets[0]) if self.sets else None
        return Accepted(
            format="torch", weight_count=1, weights_key=taken, other_keys=self.sets[1:], confinement=self.confinement
        )

    def guess(self, path: Path, filename: str) -> tuple[Guess, ...]:
        self.checked.append(f"{path.name.partition('.')[2]} {filename}")
        if self.refusal:
            raise self.refusal
        return (Guess(architecture="resnet18", exact=True, fitting=62, tensors=62),)

    def close(self) -> None:
        self.closed = True


def files_with(folder: Path, checker: Recorder) -> CheckpointFiles:
    (folder / "x.part").write_bytes(b"as handed in")
    files = CheckpointFiles(LocalFiles(folder), checker)
    assert files.keep(Received(path=folder / "x.part", size_bytes=12, sha256=ID)) == "torch"
    return files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_check_rewrites_and_later_ones_read_what_was_rewritten(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    assert names(tmp_path) == [f"{ID}.original"]
    assert files.held(ID)
    for architecture in ("resnet18", "resnet18", "resnet34"):
        files.accept(ID, architecture, 16)
        assert names(tmp_path) == [f"{ID}.safetensors"]
        assert (tmp_path / f"{ID}.safetensors").stat().st_mode & 0o077 == 0
        assert (tmp_path / f"{ID}.safetensors").read_bytes() == b"rewritten"
    # The second question was the first again.
    assert checker.checked == ["original resnet18 16", "safetensors resnet34 16"]
    files.close()
    assert checker.closed


def test_questions_at_once_are_one_check(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    threads = [Thread(target=files.accept, args=(ID, "resnet18", 16)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert checker.checked == ["original resnet18 16"]


@pytest.mark.parametrize(("code", "status"), [("unknown_format", 415), ("unsafe_pickle", 422)])
def test_a_refused_file_is_not_kept(tmp_path: Path, code: str, status: int) -> None:
    (tmp_path / "x.part").write_bytes(b"evil")
    files = CheckpointFiles(LocalFiles(tmp_path), Recorder(Refusal(code, "What was found.", "What to do.")))
    with pytest.raises(ProblemError, match="What was found") as caught:
        files.keep(Received(path=tmp_path / "x.part", size_bytes=4, sha256=ID))
    assert (caught.value.status, caught.value.code, caught.value.next_step) == (status, code, "What to do.")
    assert not files.held(ID)


def test_a_file_that_does_not_fit_stays_as_it_was_handed_in(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    checker.refusal = Refusal("shape_mismatch", "What was found.", "What to do.")
    with pytest.raises(ProblemError) as caught:
        files.accept(ID, "resnet18", 16)
    assert (caught.value.status, caught.value.code) == (422, "shape_mismatch")
    assert names(tmp_path) == [f"{ID}.original"]
    checker.refusal = None
    files.accept(ID, "resnet18", 16)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    files = files_with(tmp_path, Recorder())
    files.accept(ID, "resnet18", 16)
    (tmp_path / f"{ID}.safetensors").unlink()
    with pytest.raises(ProblemError) as caught:
        files.accept(ID, "resnet18", 16)
    assert (caught.value.status, caught.value.code) == (410, "checkpoint_gone")


def test_without_a_checker_none_is_taken(tmp_path: Path) -> None:
    files = CheckpointFiles(LocalFiles(tmp_path), None)
    with pytest.raises(ProblemError, match="without the part") as caught:
        files.keep(Received(path=tmp_path / "x.part", size_bytes=12, sha256=ID))
    assert (caught.value.status, caught.value.code) == (503, "no_checker")
    files.close()


def test_each_chosen_set_of_weights_has_a_file_and_the_original_stays(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    checker.sets = ("state_dict_ema", "state_dict")
    assert files.accept(ID, "resnet18", 16).choice == "state_dict_ema"
    assert files.accept(ID, "resnet18", 16, "state_dict").choice == "state_dict"
    assert files.accept(ID, "resnet18", 16, "state_dict").choice == "state_dict"
    assert (tmp_path / original_name(ID)).exists()
    assert not files.has_rewritten(ID)
    assert len(names(tmp_path)) == 1 + len(checker.sets)
    assert all(files.has_rewritten(ID, each) for each in checker.sets)
    assert checker.checked == ["original resnet18 16"] * 2


def test_a_server_that_cannot_confine_a_check_says_that_it_is_the_servers_fault() -> None:
    assert refusal_problem(Refusal("not_confined", "What was found.", "What to do.")).status == 503


def test_what_confined_the_check_is_known_also_when_the_same_is_asked_again(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    checker.confinement = "network namespace, memory limit"
    assert files.accept(ID, "resnet18", 16).confinement == "network namespace, memory limit"
    checker.confinement = "none"
    assert files.accept(ID, "resnet18", 16).confinement == "network namespace, memory limit"
    assert files.accept(ID, "resnet34", 16).confinement == "none"


def test_the_same_file_is_checked_again_for_other_classes(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    for classes in (("daisy", "rose"), ("daisy", "rose"), ("rose", "daisy"), ()):
        files.accept(ID, "resnet18", 2, classes=classes)
    assert checker.classes == ()
    assert checker.checked == ["original resnet18 2", *["safetensors resnet18 2"] * 2]


def test_an_architecture_is_guessed_from_whatever_form_of_the_file_is_there(tmp_path: Path) -> None:
    checker = Recorder()
    files = files_with(tmp_path, checker)
    assert [each.architecture for each in files.guess(ID, "mine.pt")] == ["resnet18"]
    files.accept(ID, "resnet18", 16)
    files.guess(ID, "mine.pt")
    assert checker.checked == ["original mine.pt", "original resnet18 16", "safetensors mine.pt"]
    checker.refusal = Refusal("not_a_state_dict", "What was found.", "What to do.")
    with pytest.raises(ProblemError, match="What was found") as caught:
        files.guess(ID, "mine.pt")
    assert (caught.value.status, caught.value.code) == (422, "not_a_state_dict")
    files.remove(ID)
    with pytest.raises(ProblemError) as caught:
        files.guess(ID, "mine.pt")
    assert (caught.value.status, caught.value.code) == (410, "checkpoint_gone")


def test_every_form_of_a_file_is_renewed_and_removed(tmp_path: Path) -> None:
    checker = Recorder()
    checker.sets = ("model", "model_ema")
    files = files_with(tmp_path, checker)
    files.accept(ID, "resnet18", 10, "model_ema")
    other = tmp_path / f"{'1' * 64}.original"
    other.write_bytes(b"another's")
    assert len(names(tmp_path)) == 3
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    files.renew(ID)
    assert [path.stat().st_mtime > 0 for path in sorted(tmp_path.iterdir())] == [True, True, False]
    files.remove(ID)
    assert names(tmp_path) == [other.name]


def test_a_store_of_files_is_asked_seldom_and_by_one_at_a_time(tmp_path: Path) -> None:
    asked: list[float] = []
    now = [0.0]

    class Away(LocalFiles):
        def check(self, *, writing: bool = False) -> None:
            assert not writing
            asked.append(now[0])
            # Somebody else who wants to know meanwhile does not wait.
            assert watched.problem() == known
            if now[0] < 7:
                raise FilesUnavailable("It is away.", "Start it.")

    watched = FilesWatched(Away(tmp_path), clock=lambda: now[0])
    known: str | None = None
    assert watched.problem() == "It is away. Start it."
    known = "It is away. Start it."
    now[0] = 4.0
    assert watched.problem() == known
    now[0] = 7.0
    assert watched.problem() is None
    assert asked == [0.0, 7.0]


def test_a_store_of_files_that_is_silent_keeps_nobody_waiting(tmp_path: Path) -> None:
    let_go = Event()

    class Silent(LocalFiles):
        def check(self, *, writing: bool = False) -> None:
            assert not writing
            let_go.wait(20)
            raise FilesUnavailable("It is silent.", "Start it.")

    watched = FilesWatched(Silent(tmp_path), clock=lambda: 0.0)
    # What was known before, which is nothing.
    assert watched.problem() is None
    let_go.set()
    while (problem := watched.problem()) is None:
        sleep(0.01)
    assert problem == "It is silent. Start it."


def test_what_another_machine_rewrote_in_between_is_found(tmp_path: Path) -> None:
    checker = Recorder()

    class Raced(LocalFiles):
        @contextmanager
        def reading(self, name: str) -> Iterator[Path]:
            if name == original_name(ID) and self.held(name):
                (tmp_path / name).rename(tmp_path / f"{ID}.safetensors")
            with super().reading(name) as path:
                yield path

    files_with(tmp_path, checker)
    assert CheckpointFiles(Raced(tmp_path), checker).accept(ID, "resnet18", 16)
    assert names(tmp_path) == [f"{ID}.safetensors"]


def test_a_file_that_is_uploaded_again_takes_the_place_of_one_that_nobody_believes(tmp_path: Path) -> None:
    class Copied(LocalFiles):
        def held(self, name: str) -> bool:
            return super().held(name) and (self.folder / name).read_bytes() != b"changed"

        @contextmanager
        def reading(self, name: str) -> Iterator[Path]:
            with super().reading(name) as path:
                if not self.held(name):
                    raise FileChanged(name, "s3://bucket")
                yield path

    rewritten = tmp_path / f"{ID}.safetensors"
    files = CheckpointFiles(Copied(tmp_path), Recorder())
    rewritten.write_bytes(b"changed")
    with pytest.raises(ProblemError) as refused:
        files.accept(ID, "resnet18", 16)
    assert (refused.value.status, refused.value.code) == (410, "file_changed")
    assert not files.held(ID)
    (tmp_path / f"{ID}.original").write_bytes(b"as handed in")
    files.accept(ID, "resnet18", 16)
    assert rewritten.read_bytes() == b"rewritten"
