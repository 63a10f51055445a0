"""Results of a run as plain values, and back: what is printed as JSON, kept in a profile and stored from it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluation.engine.run import Result

# The engine brings torch, which takes seconds to import and which a saved profile does not need.


def plain_result(result: "Result") -> dict[str, Any]:
    """A result as JSON has it; one that is absent has a reason and no value."""
    from quba.measuring.observations import Measured

    if isinstance(result, Measured):
        return {
            "value": result.value,
            "standard_error": result.standard_error,
            "sample_count": result.sample_count,
            "parts": dict(result.parts),
            "flags": list(result.flags),
            "missing": None,
            "detail": result.note or None,
        }
    return {
        # None and never 0: what is absent is not a number.
        **dict.fromkeys(("value", "standard_error", "sample_count")),
        "flags": [],
        "parts": dict(result.parts),
        "missing": result.reason.value,
        "detail": result.detail,
    }


def result_of(plain: Mapping[str, Any]) -> "Result":
    """The result that `plain_result` made a plain one of."""
    from evaluation.engine.run import Absent
    from quba.dimension import Missing
    from quba.measuring.observations import Measured

    if plain["missing"] is not None:
        return Absent(reason=Missing(plain["missing"]), detail=plain["detail"] or "", parts=plain["parts"])
    return Measured(
        value=plain["value"],
        parts=plain["parts"],
        sample_count=plain["sample_count"],
        standard_error=plain["standard_error"],
        flags=tuple(plain["flags"]),
        note=plain["detail"] or "",
    )
