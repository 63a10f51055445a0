"""Parts of a file, as RFC 9110 has them: programs that read Parquet by its address fetch the end first."""

import re
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
        ProblemError: 416 `range_not_satisfiable`, where the range begins beyond the end.
    """
    headers = {**headers, "Accept-Ranges": "bytes"}
    asked = _asked_range(request, headers["ETag"])
    if asked is None:
        return Response(body, media_type=media_type, headers=headers)
    start, end = _bounds(*asked, len(body))
    if start >= end:
        raise ProblemError(
            416,
            "range_not_satisfiable",
            f"Range is {request.headers['range'][:60]!r}; the file has {len(body)} bytes, numbered from 0.",
            f"Ask for bytes=0-{len(body) - 1} or a part of it, or leave Range out." if body else "Leave Range out.",
            headers={"Content-Range": f"bytes */{len(body)}", "Accept-Ranges": "bytes"},
        )
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
    return Response(body[start:end], PARTIAL_CONTENT, media_type=media_type, headers=headers)


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
