"""Files of evidence: whole or not there, nobody else's, and not believed when they are lost or swapped."""

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.store.evidence_files import EvidenceFile, EvidenceFiles, Owner
from backend.store.local_files import LocalFiles
from quba.errors import Refusal
from quba.measuring.evidence import Evidence
from tests.backend.evidence import evidence

OWNER = Owner(model_id="mine", benchmark="flowers", digest="sha256:1", protocol="corrected")


@pytest.fixture
def files(tmp_path: Path) -> EvidenceFiles:
    return EvidenceFiles(LocalFiles(tmp_path / "data" / "evidence"))


def test_what_is_written_is_read_and_is_nobody_elses(files: EvidenceFiles) -> None:
    before = os.umask(0)
    try:
        written = files.write(OWNER, evidence(0.75))
    finally:
        os.umask(before)
    path = files.store.scratch / written.file
    assert path.stat().st_size == written.size_bytes
    assert path.stat().st_mode & 0o777 == 0o600
    assert files.store.scratch.stat().st_mode & 0o777 == 0o700
    assert files.read(written).to_bytes() == evidence(0.75).to_bytes()
    # The same again is the same file; another owner's and another measurement's are others.
    assert files.write(OWNER, evidence(0.75)) == written
    other = Owner(model_id="other", benchmark="flowers", digest="sha256:1", protocol="corrected")
    assert len({written.file, files.write(other, evidence(0.75)).file, files.write(OWNER, evidence(0.5)).file}) == 3


def test_a_full_disk_leaves_nothing_behind(files: EvidenceFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(OWNER, evidence(0.75))
    assert list(files.store.scratch.iterdir()) == []


def test_a_lost_a_swapped_and_a_foreign_file_are_told(files: EvidenceFiles) -> None:
    written, other = files.write(OWNER, evidence(0.75)), files.write(OWNER, evidence(0.5))
    path = files.store.scratch / written.file
    path.write_bytes((files.store.scratch / other.file).read_bytes())
    with pytest.raises(Refusal, match="its digest differs") as swapped:
        files.read(written)
    assert swapped.value.code == "evidence_changed"
    path.unlink()
    with pytest.raises(Refusal, match="is not in the store of files") as lost:
        files.read(written)
    assert lost.value.code == "evidence_missing"
    path.write_bytes(b"not evidence")
    foreign = EvidenceFile(
        file=written.file,
        sha256="8bcdf2ccbc9a3ab63f3d9a5ee0aeab3a5ea4c5b1d7bd73f7fd1ed6a0d6e5d7a5",
        size_bytes=12,
    )
    with pytest.raises(Refusal) as strange:
        files.read(foreign)
    assert strange.value.code == "evidence_changed"


def test_files_go_by_name_and_what_cannot_go_is_logged(files: EvidenceFiles, caplog: pytest.LogCaptureFixture) -> None:
    written = files.write(OWNER, evidence(0.75))
    (files.store.scratch / "folder.npz").mkdir()
    files.remove([written.file, "absent.npz", "folder.npz"])
    assert [path.name for path in files.store.scratch.iterdir()] == ["folder.npz"]
    assert "folder.npz could not be deleted" in caplog.text


def test_what_no_row_names_goes_once_it_is_old(files: EvidenceFiles) -> None:
    now = datetime.now(UTC)
    files.remove_unnamed([], before=now)  # there is no folder yet
    named, unnamed = files.write(OWNER, evidence(0.75)), files.write(OWNER, evidence(0.5))
    (files.store.scratch / ".cut-off.part").write_bytes(b"half")
    (files.store.scratch / "notes.txt").write_text("somebody's own")
    files.remove_unnamed([named.file], before=now - timedelta(days=1))
    assert (files.store.scratch / unnamed.file).exists()
    files.remove_unnamed([named.file], before=now + timedelta(days=1))
    assert sorted(path.name for path in files.store.scratch.iterdir()) == sorted([named.file, "notes.txt"])


def test_a_file_of_a_later_version_is_told(files: EvidenceFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quba.measuring.evidence.FORMAT", 99)
    written = files.write(OWNER, evidence(0.75))
    monkeypatch.undo()
    with pytest.raises(Refusal) as later:
        files.read(written)
    assert later.value.code == "evidence_unreadable"
    assert isinstance(files.read(files.write(OWNER, evidence(0.75))), Evidence)
