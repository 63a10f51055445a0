"""Files in a bucket of an S3-compatible store, with copies of what was opened on this machine."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from backend.store.file_cache import FileCache
from backend.store.file_store import FileChanged, FileGone, FilesFull, FilesUnavailable, KeptFile
from backend.store.local_files import open_new

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Store

# obstore is an extra and is imported where it is used: only those who keep their files in a bucket have it.

_PART_BYTES: Final = 8 * 1024**2
_PARTS_AT_ONCE: Final = 4
_READ_BYTES: Final = 1024**2
_RETRIES, _PATIENCE = 3, timedelta(seconds=60)
# Well below what waits for the one writer's transaction to end: Postgres cuts an idle one off after 15 s, and another
# writer of SQLite gives up after 30.
_PATIENCE_OF_TRANSACTIONS: Final = timedelta(seconds=10)
# Of the contents, kept with the object itself, so that both change in one step.
_DIGEST: Final = "sha256"
_DIGEST_FORM: Final = re.compile("[0-9a-f]{64}")
# An object's time is that of its writing and cannot be set: that of an empty one beside it says when it was wanted.
_WANTED: Final = ".wanted"
_PROBE: Final = ".probe"
_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
# No byte can be asked of an empty file, and none that is kept is empty.
_EMPTY: Final = "status code: 416 "
_ADDRESS: Final = re.compile(r"https?://\S+ ?")
_FULL: Final = ("507 ", "<Code>QuotaExceeded", "<Code>XMinioStorageFull", "<Code>InsufficientStorage")
_REFUSED: Final = ("401 ", "403 ")


class ObjectFiles:
    """A `FileStore` in a bucket; endpoint and keys are those of the standard variables `AWS_*`.

    Args:
        url: such as `s3://bucket/prefix`.
        folder: below the prefix.
        cache: for the copies.
    """

    def __init__(self, url: str, folder: str, cache: FileCache) -> None:
        parts = urlsplit(url)
        self._bucket = parts.netloc
        self._prefix = "/".join(filter(None, (parts.path.strip("/"), folder)))
        self._cache = cache
        self._retries, self._patience = _RETRIES, _PATIENCE

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}"

    @property
    def scratch(self) -> Path:
        """On the disk of the copies, so that a file that was kept is one of them."""
        return self._cache.folder

    @cached_property
    def impatient(self) -> "ObjectFiles":
        """The same files, for use within a transaction: a request that is not answered fails after ten seconds."""
        made = ObjectFiles.__new__(ObjectFiles)
        made._bucket, made._prefix, made._cache = self._bucket, self._prefix, self._cache
        made._retries, made._patience = 0, _PATIENCE_OF_TRANSACTIONS
        return made

    def held(self, name: str) -> bool:
        """Whether the file is there; without a digest kept with it, it is nobody's, and may be kept anew."""
        try:
            self._facts(name)
        except (FileGone, FileChanged):
            return False
        return True

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """A copy of the file, fetched and held against its digest where none is here yet.

        Raises:
            FileGone: it is not there.
            FileChanged: its contents have another digest than was kept with it, or it came without one.
        """
        size, digest = self._facts(name)

        def fetch(target: Path) -> None:
            self._download(name, digest, target)

        with self._cache.holding(digest, size, fetch) as path:
            yield path

    def keep(self, name: str, source: Path) -> None:
        """Send a file in parts; who reads it sees all of it or what was there before."""
        import obstore

        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with self._store_faults(name):
            obstore.put(
                self._store, name, source, attributes={_DIGEST: digest},
                chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE,
            )  # fmt: skip
        self._cache.take(digest, source)

    def renew(self, name: str) -> None:
        """Write the empty object that says when the file was wanted."""
        import obstore

        with self._store_faults(name):
            obstore.put(self._store, name + _WANTED, b"")

    def remove(self, name: str) -> None:
        """Delete the file and the copy on this machine; others go when nobody opens them any more."""
        import obstore

        with suppress(FileGone, FileChanged):
            _, digest = self._facts(name)
            self._cache.remove(digest)
        with self._store_faults(name):
            obstore.delete(self._store, [name, name + _WANTED])

    def entries(self, prefix: str = "") -> list[KeptFile]:
        """The files whose names begin so, by name."""
        import obstore

        found: dict[str, KeptFile] = {}
        wanted: dict[str, datetime] = {}
        with self._store_faults(prefix):
            listed = [each for some in obstore.list(self._store) for each in some]
        for each in listed:
            name, moment = each["path"], each["last_modified"]
            if name.endswith(_WANTED):
                wanted[name.removesuffix(_WANTED)] = moment
            elif name.startswith(prefix) and not name.startswith(_PROBE):
                found[name] = KeptFile(name=name, size_bytes=each["size"], wanted_at=moment)
        return [
            replace(found[name], wanted_at=max(found[name].wanted_at, wanted.get(name, found[name].wanted_at)))
            for name in sorted(found)
        ]

    def remove_left_over(self, before: datetime) -> None:
        """Delete the copies on this machine that nobody has opened since a time."""
        self._cache.remove_unopened(before)

    def check(self, *, writing: bool = False) -> None:
        """Ask for a file that is not there, or write and delete one, without trying again."""
        import obstore

        store = self._connection(retries=0, patience=timedelta(seconds=3))
        with self._store_faults(_PROBE), suppress(FileGone), self._store_faults(_PROBE):
            obstore.get(store, _PROBE)
        if writing:
            name = f"{_PROBE}-{os.getpid()}"
            with self._store_faults(name):
                obstore.put(store, name, b"")
                obstore.delete(store, name)

    @cached_property
    def _store(self) -> "S3Store":
        return self._connection(retries=self._retries, patience=self._patience)

    def _connection(self, *, retries: int, patience: timedelta) -> "S3Store":
        try:
            from obstore.store import S3Store
        except ImportError as error:
            raise FilesUnavailable(
                f"{self} is an S3-compatible store, and what speaks to one is not installed.",
                "Run `pip install 'wellbehaved[s3]'` on each machine.",
            ) from error
        client: ClientConfig = {
            # For an endpoint of http://; what is said of https:// ones stays.
            "allow_http": True,
            "connect_timeout": min(patience, timedelta(seconds=5)),
            "read_timeout": patience,
            # Of a whole request: a large file takes as long as it takes, as long as something arrives.
            "timeout": timedelta(hours=6) if retries else patience,
        }
        retry: RetryConfig = {"max_retries": retries, "retry_timeout": 2 * patience}
        return S3Store(self._bucket, prefix=self._prefix, client_options=client, retry_config=retry)

    def _facts(self, name: str) -> tuple[int, str]:
        """The size and the digest that were kept with a file."""
        import obstore

        # Not HEAD: its answer has no body, in which a bucket that is not there would look like a file that is not.
        with self._store_faults(name):
            found = obstore.get(self._store, name, options={"range": (0, 1)})
        digest = found.attributes.get(_DIGEST, "")
        if not _DIGEST_FORM.fullmatch(digest):
            raise FileChanged(name, str(self))
        return found.meta["size"], digest

    def _download(self, name: str, digest: str, target: Path) -> None:
        import obstore

        found = hashlib.sha256()
        with os.fdopen(open_new(target), "wb") as file, self._store_faults(name):
            for block in obstore.get(self._store, name).stream(min_chunk_size=_READ_BYTES):
                found.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if found.hexdigest() != digest:
            raise FileChanged(name, str(self))

    @contextmanager
    def _store_faults(self, name: str) -> Iterator[None]:
        """What went wrong at the store, in its users' terms."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            raise self._fault(str(error)) or FileGone(f"{name} is not in {self}.") from error
        except BaseError as error:
            if _EMPTY in str(error):
                raise FileChanged(name, str(self)) from error
            raise self._fault(str(error)) or self._silence(str(error)) from error

    def _fault(self, said: str) -> FilesUnavailable | None:
        """What the store said is wrong; None where it did not say."""
        found = _CODE.search(said)
        code = f" ({found.group(1)})" if found else ""
        if "<Code>NoSuchBucket" in said:
            return FilesUnavailable(
                f"The bucket {self._bucket} of WELLBEHAVED_FILES_URL does not exist.",
                "Make it, or correct WELLBEHAVED_FILES_URL or AWS_ENDPOINT_URL.",
            )
        if any(sign in said for sign in _FULL):
            return FilesFull(f"{self} has no room{code}.", "Delete what is not needed there, or raise its quota.")
        if any(f"status code: {sign}" in said for sign in _REFUSED):
            return FilesUnavailable(
                f"{self} refuses these keys{code}.",
                "Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and let them read, write, list and delete there.",
            )
        return None

    def _silence(self, said: str) -> FilesUnavailable:
        return FilesUnavailable(
            # Without addresses: who sends a file is told this, too.
            f"{self} does not answer: {_ADDRESS.sub('', said.partition(chr(10))[0])[:300]}.",
            "See that it runs, that AWS_ENDPOINT_URL is right, and that AWS_ACCESS_KEY_ID is set.",
        )
