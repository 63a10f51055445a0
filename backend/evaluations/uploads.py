"""Taking a large body to disk: hashed while it is written, bounded, and under its final name only when it is whole."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from backend.problems import ProblemError
from backend.room import is_full
from backend.store.file_store import PART
from backend.store.local_files import open_new, remove_parts

_BLOCK = 1024 * 1024
_ABANDONED_AFTER = timedelta(hours=1)
LARGE_CHECKPOINT = "Submit weights in half precision, or ask the operator to raise WELLBEHAVED_MAX_CHECKPOINT_BYTES."


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A body that lies on disk.

    Attributes:
        path: a temporary file, deleted when the context that made it ends, unless it has been moved.
        size_bytes: its length.
        sha256: its digest, in hexadecimal.
    """

    path: Path
    size_bytes: int
    sha256: str


class _Sink:
    """A file that knows the digest of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes | bytearray) -> None:
        self._digest.update(data)
        left = memoryview(data)
        # A disk that fills up takes a part first and refuses the rest.
        while left:
            left = left[self._file.write(left) :]

    def finish(self) -> str:
        os.fsync(self._file.fileno())
        return self._digest.hexdigest()


@asynccontextmanager
async def receive(
    request: Request, folder: Path, most: int, *, remedy: str = LARGE_CHECKPOINT
) -> AsyncIterator[Received]:
    """Write a request's body to a temporary file; never more than a block of it is in memory.

    Args:
        request: the request, its body not read yet.
        folder: where the file goes; made if need be. What an ended process left there an hour ago is removed.
        most: bytes that are taken.
        remedy: what to do about a file that is too large.

    Raises:
        ProblemError: 413 `too_large`, before anything is read where the request declares its length; 400
            `incomplete_body`, where the caller hung up; 507 `disk_full`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most, remedy)
    path = folder / f"{secrets.token_hex(8)}{PART}"
    try:
        with refuse_full_disk():
            file = await run_in_threadpool(_open_new, path)
            with file:
                size, digest = await _write_body(request, _Sink(file), most, remedy)
        yield Received(path=path, size_bytes=size, sha256=digest)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def refuse_full_disk() -> Iterator[None]:
    """Turn the failure to write for want of room into 507 `disk_full`."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise ProblemError(
            507,
            "disk_full",
            "The server's disk has no room for the file; nothing of it was kept.",
            "Ask the operator to make room in the data folder, then send the file again.",
        ) from error


def _open_new(path: Path) -> BinaryIO:
    remove_parts(path.parent, datetime.now(UTC) - _ABANDONED_AFTER)
    # Unbuffered: blocks are large already.
    return os.fdopen(open_new(path), "wb", buffering=0)


async def _write_body(request: Request, sink: _Sink, most: int, remedy: str) -> tuple[int, str]:
    size, block = 0, bytearray()
    # In threads, so that a slow disk delays nobody else; one block is written while the next one arrives.
    writing: asyncio.Future[None] = asyncio.ensure_future(run_in_threadpool(sink.write, b""))
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise _too_large(most, remedy)
            block += chunk
            if len(block) >= _BLOCK:
                await writing
                writing = asyncio.ensure_future(run_in_threadpool(sink.write, block))
                block = bytearray()
    except ClientDisconnect:
        detail = f"The connection ended after {size} bytes of the body."
        raise ProblemError(400, "incomplete_body", detail, "Send the file again.") from None
    finally:
        # Also when something went wrong: nobody may write to a file that is being closed.
        await writing
    await run_in_threadpool(sink.write, block)
    return size, await run_in_threadpool(sink.finish)


def _too_large(most: int, remedy: str) -> ProblemError:
    return ProblemError(413, "too_large", f"The file is over {most} bytes, the most that is taken.", remedy)
