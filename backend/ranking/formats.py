"""The formats of a list: JSON, CSV, NDJSON and Parquet, chosen by `format` or by the Accept header."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import orjson
from fastapi import Request
from pydantic import JsonValue

from backend.problems import ProblemError, Responses, responses
from quba.vocabulary import COST_FIELDS

Record = Mapping[str, object]
Columns = Mapping[str, type[int] | type[float] | type[str]]
JSON: Final = "application/json"
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": JSON,
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
# What a list answers with beside the JSON form, for OpenAPI.
_TEXT: Final[dict[str, JsonValue]] = {"schema": {"type": "string"}}
FILES: Final[dict[str, JsonValue]] = {
    media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} if name == "parquet" else _TEXT
    for name, media_type in MEDIA_TYPES.items()
    if name != "json"
}
TABLE_RESPONSES: Final[Responses] = {
    200: {"content": FILES},
    **responses(406, 409, 422, 429, 503),
}
# What GET answers with besides, where Range asks for a part.
PART_RESPONSES: Final[Responses] = {
    206: {"content": FILES, "description": "The part of a file that the header Range asks for."},
    **responses(304, 416),
}
# A cell that starts so is run as a formula by spreadsheet programs.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


# A size in pixels is whole; what was counted is told in billions and millions.
COST_COLUMNS: Final[Columns] = {key: int if key == "input_size" else float for key in COST_FIELDS}


class Table(NamedTuple):
    """Flat records, with the columns that all of them have; a page without records has its columns all the same."""

    columns: Columns
    records: Sequence[Record]


def chosen_format(request: Request, asked: str | None) -> str:
    """The format of the answer.

    Args:
        request: for its Accept header.
        asked: value of the `format` parameter, which goes before the header.

    Raises:
        ProblemError: 406 `not_acceptable`, where the header admits none of the formats.
    """
    if asked:
        return asked
    accept = request.headers.get("accept") or "*/*"
    # What nearly everybody sends: taking it apart would cost more than choosing.
    if accept in ("*/*", JSON):
        return "json"
    found = _liked_best(accept, MEDIA_TYPES)
    if found is None:
        known = ", ".join(MEDIA_TYPES)
        raise ProblemError(
            406, "not_acceptable", f"Accept is {accept[:100]!r}; the formats are {known}.", "Send format=json."
        )
    return found


def require_acceptable(accept: str, media_types: Sequence[str]) -> None:
    """Refuse who takes none of what a path answers with.

    Args:
        accept: the header; empty for anything.
        media_types: of the path's answers.

    Raises:
        ProblemError: 406 `not_acceptable`.
    """
    if accept in ("", "*/*", JSON) and JSON in media_types:
        return
    if media_types and accept and _liked_best(accept, dict(zip(media_types, media_types, strict=True))) is None:
        known = " or ".join(media_types)
        detail = f"Accept is {accept[:100]!r}; this path answers with {known}."
        raise ProblemError(406, "not_acceptable", detail, f"Send Accept: {media_types[0]}, or leave it out.")


def _liked_best(accept: str, media_types: Mapping[str, str]) -> str | None:
    """The name of the media type that an Accept header likes best; None where it admits none."""
    for quality, wanted in sorted(map(_preference, accept.split(",")), key=lambda part: -part[0]):
        # 0 means never, so that the rest of the list admits nothing.
        if quality <= 0:
            break
        for name, media_type in media_types.items():
            if wanted in (media_type.partition(";")[0], media_type.partition("/")[0] + "/*", "*/*"):
                return name
    return None


def prefers(accept: str, wanted: str, usual: str) -> bool:
    """Whether an Accept header likes one media type better than the usual one, which it has where it likes both alike.

    >>> prefers("text/event-stream, application/json;q=0.9", "text/event-stream", "application/json")
    True
    >>> prefers("application/json, text/event-stream", "text/event-stream", "application/json")
    False
    """
    return _quality(accept, wanted) > _quality(accept, usual)


def _quality(accept: str, media_type: str) -> float:
    """What the most exact part of an Accept header about a media type gives it; 0 where none is about it."""
    ranges = ("*/*", media_type.partition("/")[0] + "/*", media_type)
    wishes = map(_preference, accept.split(","))
    found = [(ranges.index(wanted), quality) for quality, wanted in wishes if wanted in ranges]
    return max(found, default=(0, 0.0))[1]


def _preference(part: str) -> tuple[float, str]:
    media_type, *options = (text.strip() for text in part.split(";"))
    quality = next((option.removeprefix("q=") for option in options if option.startswith("q=")), "1")
    try:
        wish = float(quality)
    except ValueError:
        wish = 0.0
    # The comparison turns NaN, which would upset the order, into a refusal too.
    return wish if wish > 0 else 0.0, media_type.lower()


def _spreadsheet_safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def to_csv(table: Table) -> bytes:
    """A table as CSV with a header; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    text = io.StringIO(newline="")
    # As RFC 4180 has it; spreadsheets take either.
    writer = csv.DictWriter(text, fieldnames=list(table.columns), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _spreadsheet_safe(value) for key, value in record.items()} for record in table.records)
    return text.getvalue().encode()


def to_ndjson(table: Table) -> bytes:
    """A table as one JSON object a line."""
    return b"".join(orjson.dumps(record) + b"\n" for record in table.records)


def to_parquet(table: Table) -> bytes:
    """A table as a Parquet file; every page has the same schema, even where a column is empty."""
    import pyarrow as pa  # slow to import and rarely asked for
    import pyarrow.parquet as pq

    kinds = {int: pa.int64(), float: pa.float64(), str: pa.string()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in table.columns.items()])
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(record) for record in table.records], schema), buffer)
    return buffer.getvalue()


ENCODERS: Final[Mapping[str, Callable[[Table], bytes]]] = {
    "csv": to_csv,
    "ndjson": to_ndjson,
    "parquet": to_parquet,
}
