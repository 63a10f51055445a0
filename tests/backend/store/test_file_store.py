"""What the two stores of files have in common."""

from pathlib import Path

from backend.store.file_cache import FileCache
from backend.store.file_store import FileChanged, FilesFull, FileStore, FilesUnavailable
from backend.store.local_files import LocalFiles
from backend.store.object_files import ObjectFiles


def test_both_are_stores_of_files(tmp_path: Path) -> None:
    stores: list[FileStore] = [LocalFiles(tmp_path), ObjectFiles("s3://bucket/a", "b", FileCache(tmp_path, 1))]
    assert [str(each) for each in stores] == [str(tmp_path), "s3://bucket/a/b"]


def test_faults_say_what_is_wrong_and_what_to_do() -> None:
    fault = FilesFull("It is full.", "Make room.")
    assert isinstance(fault, FilesUnavailable)
    assert (str(fault), fault.message, fault.hint) == ("It is full. Make room.", "It is full.", "Make room.")
    changed = FileChanged("a.original", "s3://bucket")
    assert (
        changed.message == "The file a.original in s3://bucket is not the one that was kept there: its sha256 differs."
    )
