"""From Python arguments to the names and values of a query string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

FilterValue = str | int | float | bool | Sequence[str] | None
Weights = Mapping[str, float] | None
Filters = Mapping[str, FilterValue]


def _text(value: FilterValue) -> str:
    """A value as the API reads it: lists joined by commas, numbers without trailing zeros."""
    # Before numbers, for True is an int to Python and would be sent as 1.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Enough for any two weights that differ, without the tail that 0.1 + 0.2 drags along.
        return format(value, ".12g")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(str(entry) for entry in value)
    return str(value)


def query_parameters(
    weights: Weights = None, filters: Filters | None = None, settings: Filters | None = None
) -> dict[str, str]:
    """The query string's names and values for these arguments; None and empty entries are left out."""
    query = {f"w.{key}": _text(float(value)) for key, value in (weights or {}).items()}
    for key, value in {**(filters or {}), **(settings or {})}.items():
        # The service refuses an empty filter, which a form that was cleared sends.
        if value is not None and value not in ("", [], ()):
            query[key.replace("__", ".")] = _text(value)
    return query
