import errno
import io
import zipfile

import pytest

from quba.zip_damage import damage_as_bad_zip_file
from tests.quba.changed_bytes import with_one_byte_changed


def packed(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("first", b"well-behaved " * 9)
        archive.writestr("folder/second", bytes(range(40)))
    return file.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_wherever_a_byte_was_changed_there_is_one_exception(method: int) -> None:
    content = packed(method)
    damaged = 0
    for changed in with_one_byte_changed(content):
        try:
            with damage_as_bad_zip_file(), zipfile.ZipFile(io.BytesIO(changed)) as archive:
                for name in archive.namelist():
                    archive.read(name)
        except zipfile.BadZipFile:
            damaged += 1
    assert damaged > len(content)


@pytest.mark.parametrize("error", [OSError(errno.EIO, "the disk"), PermissionError("not yours"), KeyError("a name")])
def test_what_is_not_the_archive_s_fault_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as passed, damage_as_bad_zip_file():
        raise error
    assert passed.value is error


def test_a_place_before_the_start_of_the_file_is_damage() -> None:
    with pytest.raises(zipfile.BadZipFile, match="outside the archive"), damage_as_bad_zip_file():
        raise OSError(errno.EINVAL, "Invalid argument")
