"""Parts of a file, as RFC 9110 has them: programs that read Parquet by its address fetch the end first."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from backend.problems import ProblemError

# One range. A list of several is answered with the whole file, as the standard lets a server do.
_RANGE: Final = re.compile(r"bytes=\s*([0-9]{0,19})-([0-9]{0,19})\s*", re.IGNORECASE)
PARTIAL_CONTENT: Final = 206


def file_response(request: Request, body: bytes, *, media_type: str, headers: dict[str, str]) -> Response:
    """Answer with a file, or with the part of it that is asked for.

    Args:
        request: for its headers Range and If-Range.
        body: the whole file.
        media_type: of the file.
        headers: of the answer, with a strong ETag.

    Raises:
        ProblemError: as `part_of_file`.
    """
    part = part_of_file(request, len(body), headers)
    return Response(body[part.start : part.end], part.status, media_type=media_type, headers=part.headers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What is answered of a file.

    Attributes:
        status: 200 for the whole file, 206 for a part.
        start: its first byte.
        end: the one after its last.
        headers: of the answer.
    """

    status: int
    start: int
    end: int
    headers: dict[str, str]


def part_of_file(request: Request, size: int, headers: Mapping[str, str]) -> Part:
    """The part of a file that is asked for, or the whole.

    Args:
        request: for its headers Range and If-Range.
        size: of the file in bytes.
        headers: of the answer, with a strong ETag.

    Raises:
        ProblemError: 416 `range_not_satisfiable`, where the range begins beyond the end.
    """
    headers = {**headers, "Accept-Ranges": "bytes"}
    asked = _asked_range(request, headers["ETag"])
    if asked is None:
        return Part(status=200, start=0, end=size, headers=headers)
    start, end = _bounds(*asked, size)
    if start >= end:
        raise ProblemError(
            416,
            "range_not_satisfiable",
            f"Range is {request.headers['range'][:60]!r}; the file has {size} bytes, numbered from 0.",
            f"Ask for bytes=0-{size - 1} or a part of it, or leave Range out." if size else "Leave Range out.",
            headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
        )
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Part(status=PARTIAL_CONTENT, start=start, end=end, headers=headers)


def _asked_range(request: Request, etag: str) -> tuple[str, str] | None:
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    # If-Range asks for the part only if the file is still the same; a weak name or a time cannot say so here.
    if found is None or request.method != "GET" or request.headers.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    is_backwards = first and last and int(first) > int(last)
    return None if is_backwards or not (first or last) else (first, last)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Where the part begins, and where what follows it does."""
    if not first:
        # `bytes=-100` are the last hundred.
        return (max(0, size - int(last)), size) if int(last) else (size, size)
    return int(first), min(size, int(last) + 1) if last else size
