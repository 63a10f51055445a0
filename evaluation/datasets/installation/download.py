"""Fetching one file: continued where it was cut off, checked, and put in its place only when it is whole."""

import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from evaluation.datasets.dataset import Archive

_CHUNK = 1 << 20
_FRUITLESS_ATTEMPTS = 5
_ATTEMPTS = 100
_LONGEST_PAUSE_SECONDS = 30.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_RANGE = re.compile(r"bytes (?:(?P<start>\d+)-\d+|\*)/(?P<total>\d+|\*)")
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})

Progress = Callable[[int, int | None], None]


class DownloadFailed(Exception):
    """A file could not be fetched; the message says why and what to do."""


class NoRoomForFile(DownloadFailed):
    """The disk has no room for a file, which was not begun.

    Args:
        message: what was found, with the next step.
        needed_bytes: how many more the file needs.
    """

    def __init__(self, message: str, needed_bytes: int) -> None:
        super().__init__(message)
        self.needed_bytes = needed_bytes


class _CutOff(Exception):
    """The connection ended too early; asking again may help."""


def file_name(archive: Archive) -> str:
    """The name under which an archive is kept: the last part of its address.

    Raises:
        DownloadFailed: it has none that is good for a file.
    """
    name = urlsplit(archive.url).path.rpartition("/")[2]
    if not _NAME.fullmatch(name):
        raise DownloadFailed(f"{archive.url} does not end in the name of a file. Correct the address.")
    return name


def digest_of(path: Path, algorithm: str) -> str:
    """The hexadecimal digest of a file, by "md5" or "sha256"."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def download(
    archive: Archive,
    folder: Path,
    *,
    client: httpx.Client,
    progress: Progress | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch an archive into a folder.

    What has arrived is kept in a file that ends in `.part`; the next call, in this process or another, asks only for
    the rest, provided that the server still has the same file.

    Args:
        archive: what to fetch.
        folder: where to keep it; made if need be.
        client: follows redirects and has a time limit.
        progress: told the bytes that are there and, if it is known, how many there must be.
        pause: waits between two attempts.

    Returns:
        The whole file, of the published size and checksum where those are known.

    Raises:
        DownloadFailed: the server refuses, offers another file or never sends all of it, or the disk is full.
        OSError: the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / file_name(archive)
    if whole.exists():
        # It may have been fetched with a browser and put here by hand.
        _check(archive, whole)
        return whole
    transfer = _Transfer(archive, whole.with_name(f"{whole.name}.part"), client, progress)
    transfer.finish(pause)
    _check(archive, transfer.part)
    transfer.part.replace(whole)
    transfer.mark.unlink(missing_ok=True)
    return whole


def _check(archive: Archive, path: Path) -> None:
    """Compare a file with what its authors say of it; a wrong one is removed, for it can never become right."""
    if archive.digest is None:
        return
    algorithm, _, expected = archive.digest.partition(":")
    found = digest_of(path, algorithm)
    # Some sources state the first digits alone, in the name of the file.
    if not found.startswith(expected):
        path.unlink()
        raise DownloadFailed(
            f"{archive.url} was not fetched: the {algorithm} checksum of what arrived is {found} and must be "
            f"{expected}. It was removed; run it again."
        )


class _Transfer:
    """The way of one file from a server to its `.part`."""

    def __init__(self, archive: Archive, part: Path, client: httpx.Client, progress: Progress | None) -> None:
        self.part = part
        # What told the server's file apart from others when the part was begun.
        self.mark = part.with_name(f"{part.name}-of")
        self._archive = archive
        self._client = client
        self._progress = progress

    def finish(self, pause: Callable[[float], None]) -> None:
        """Ask until everything is there, or until asking has brought nothing several times in a row."""
        fruitless = 0
        for _ in range(_ATTEMPTS):
            before = self._present()
            try:
                self._receive()
            except (_CutOff, httpx.TransportError) as error:
                fruitless = 0 if self._present() > before else fruitless + 1
                if fruitless >= _FRUITLESS_ATTEMPTS:
                    raise self._failure(
                        f"{error or type(error).__name__}. Check the connection and run it again"
                    ) from error
                pause(min(2.0**fruitless, _LONGEST_PAUSE_SECONDS))
            else:
                return
        raise self._failure(f"the connection was cut {_ATTEMPTS} times. Run it again to fetch the rest")

    def _present(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _receive(self) -> None:
        start = self._start()
        if self._archive.size is not None and start == self._archive.size:
            return
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            mark = self.mark.read_text(encoding="utf-8") if self.mark.exists() else ""
            headers |= {"If-Range": mark} if mark else {}
        with self._client.stream("GET", self._archive.url, headers=headers) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._settle_unsatisfiable(response, start)
                return
            self._refuse(response)
            start, total = self._begin(response, start)
            self._check_total(total, start)
            self._append(response, start, total)

    def _start(self) -> int:
        """How much of the file need not be sent again; nothing, if it might be of another file."""
        start = self._present()
        if start and not self.mark.exists() and self._archive.digest is None:
            self._discard()
            return 0
        if self._archive.size is not None and start > self._archive.size:
            self._discard()
            return 0
        return start

    def _settle_unsatisfiable(self, response: httpx.Response, start: int) -> None:
        """There is nothing after what we have: it is whole, or it is of another file."""
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or match["total"] != str(start):
            self._discard()
            raise _CutOff("the server's file is shorter than what had arrived")
        self._check_total(start, start)

    def _refuse(self, response: httpx.Response) -> None:
        code = response.status_code
        if code in _TRANSIENT:
            raise _CutOff(f"the server answered {code}")
        if code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
            raise self._failure(
                f"the server answers {code}: it is not there any more. Look for the file at its authors'"
            )
        if code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise self._failure(
                f"the server answers {code}. Fetch it with a browser and put it into {self.part.parent}"
            )

    def _begin(self, response: httpx.Response, start: int) -> tuple[int, int | None]:
        """Where the answer begins, and how long the whole file is."""
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or match["start"] != str(start):
                self._discard()
                raise _CutOff("the server sent another part than was asked for")
            return start, None if match["total"] == "*" else int(match["total"])
        # The whole file, because ranges are not supported or the file is not the one that was begun.
        length = response.headers.get("Content-Length", "")
        self._discard()
        self._note(response)
        return 0, int(length) if length.isdigit() else None

    def _note(self, response: httpx.Response) -> None:
        tag = response.headers.get("ETag", "")
        # A weak tag stands for "much the same", and such files must not be joined.
        mark = response.headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
        if mark:
            self.mark.write_text(mark, encoding="utf-8")
        else:
            self.mark.unlink(missing_ok=True)

    def _check_total(self, total: int | None, start: int) -> None:
        expected = self._archive.size
        if total is not None and expected is not None and total != expected:
            raise self._failure(
                f"the server offers {total} bytes and there must be {expected}: it is another file. Look for it at its "
                "authors'"
            )
        needed = (total or expected or 0) - start
        free = shutil.disk_usage(self.part.parent).free
        if needed > free:
            said = f"it needs {needed} more bytes and the disk has {free}. Make room or use another --data"
            raise NoRoomForFile(str(self._failure(said)), needed) from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _append(self, response: httpx.Response, start: int, total: int | None) -> None:
        limit = total if total is not None else self._archive.size
        present = start
        with self.part.open("r+b" if start else "wb") as file:
            file.seek(start)
            # Undecoded, for some servers declare a .gz file to be a compressed transfer; and as it comes, because
            # pieces of a fixed size would be lost with the connection while they fill.
            for chunk in response.iter_raw():
                present += len(chunk)
                if limit is not None and present > limit:
                    raise self._failure(
                        f"the server sends more than the {limit} bytes that it announced. Try again later"
                    )
                file.write(chunk)
                if self._progress is not None:
                    self._progress(present, limit)
            file.flush()
            os.fsync(file.fileno())
        if limit is not None and present < limit:
            raise _CutOff(f"{present} of {limit} bytes arrived")

    def _discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.mark.unlink(missing_ok=True)

    def _failure(self, reason: str) -> DownloadFailed:
        return DownloadFailed(f"{self._archive.url} was not fetched: {reason}.")
