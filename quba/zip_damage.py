"""One exception for an archive that is not what was written, wherever its bytes were changed."""

import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

# A changed byte of a header is a name that is none, an unknown method, a password, a place outside the file.
_SAID_INSTEAD = (ValueError, RuntimeError, OverflowError, EOFError, struct.error, zlib.error, lzma.LZMAError)


@contextmanager
def damage_as_bad_zip_file() -> Iterator[None]:
    """Make whatever Python's zip reader raises of a damaged archive a `zipfile.BadZipFile`.

    An error of the disk stays what it is.

    Raises:
        BadZipFile: the archive read within is damaged.

    >>> with damage_as_bad_zip_file():
    ...     raise NotImplementedError("zip file version 21.0")
    Traceback (most recent call last):
    zipfile.BadZipFile: zip file version 21.0
    """
    try:
        yield
    except _SAID_INSTEAD as error:
        raise zipfile.BadZipFile(str(error)) from error
    except OSError as error:
        # What seeking to a place before the start of the file gives.
        if error.errno != errno.EINVAL:
            raise
        raise zipfile.BadZipFile(f"an entry lies outside the archive ({error})") from error
