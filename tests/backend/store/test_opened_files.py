"""Which store of files the settings name."""

from pathlib import Path

from backend.settings import Settings
from backend.store.local_files import LocalFiles
from backend.store.object_files import ObjectFiles
from backend.store.opened_files import cache_folder, checkpoint_store, evidence_files, evidence_store


def test_folders_of_the_data_folder_unless_a_bucket_is_named(tmp_path: Path) -> None:
    local = Settings(data_dir=tmp_path, _env_file=None)
    assert [str(each(local)) for each in (checkpoint_store, evidence_store)] == [
        str(tmp_path / "checkpoints"), str(tmp_path / "evidence"),
    ]  # fmt: skip
    assert isinstance(checkpoint_store(local), LocalFiles)
    assert str(evidence_files(local).store) == str(tmp_path / "evidence")
    bucket = Settings(data_dir=tmp_path, files_url="s3://bucket/prefix", _env_file=None)
    stores = checkpoint_store(bucket), evidence_store(bucket)
    assert [str(each) for each in stores] == ["s3://bucket/prefix/checkpoints", "s3://bucket/prefix/evidence"]
    assert all(isinstance(each, ObjectFiles) and each.scratch == cache_folder(bucket) for each in stores)
