"""What a caller reads when a parameter is refused: its value, the rule that it breaks, and the next step."""

import difflib
import re
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from backend.problems import ProblemError

_SHOWN = 100
# An answer of thousands of faults helps nobody, and finding near names for each would take the server's time.
_MOST_FAULTS = 20
_WEIGHT = "w."
_BOUNDS = (".gte", ".lte")
# Which parameters are told their whole rule, whatever was wrong, and in which words what they count is named.
_COUNTED = {"dimensions": "dimensions", "models": "model_ids"}
_WHOLE_NUMBERS = ("limit", "samples_per_class", "priority")
_EXAMPLES = {
    "dimensions": "dimensions=accuracy,parameters_millions",
    "models": "models=resnet50,alexnet",
    "a": "a=alexnet",
    "b": "b=resnet50",
    "limit": "limit=50, and follow next_cursor for more",
    "sort": "sort=-accuracy,name",
    "samples_per_class": "samples_per_class=10",
    "priority": "priority=10",
    "draws": "draws=10000",
    "seed": "seed=1",
    "top_k": "top_k=10",
    "target_rank": "target_rank=10",
}
_NUMBER = ("must be a plain decimal number", "Send for example {example}.")
_WHOLE_NUMBER = ("must be a whole number from {range}", "Send for example {example}.")
_BOUND_BROKEN = {
    "greater_than_equal": ("must be {ge:.10g} or more", "Send {name}={ge:.10g} or more."),
    "less_than_equal": ("must be {le:.10g} or less", "Send {name}={le:.10g} or less."),
    "greater_than": ("must be above {gt:.10g}", "Send more than {name}={gt:.10g}."),
    "less_than": ("must be below {lt:.10g}", "Send less than {name}={lt:.10g}."),
    "int_from_float": ("must be a whole number", "Leave the fraction out."),
    "int_parsing": ("must be a whole number", "Leave the fraction out."),
}
# By the kind of fault, as the validator names it; what is not here is a number of the wrong kind or size.
_TEXTS = {
    "missing": ("it is required", "Send for example {example}."),
    "count": ("must name {count}", "Send for example {example}."),
    "too_short": ("names no value", "Leave {name} out, or name at least one value."),
    "too_long": ("must name at most {max_length} values", "Name fewer."),
    "string_too_long": ("must have at most {max_length} characters", "Shorten it."),
    "string_type": ("must be a text", "Put it in quotation marks."),
    "bool_type": ("must be true or false", "Send {name} as one of the two, or leave it out."),
    "tuple_type": ("must be a list of texts", 'Send a list such as ["cnn"].'),
    "string_pattern_mismatch": ("must match {pattern}", "Copy it whole, from where it was shown."),
    "string_too_short": ("must not be empty", "Leave {name} out, or give it a value."),
    "finite_number": ("must be a finite number", "Send for example {example}."),
    "name": ("{rule}", "{step}"),
    "control_characters": ("must not hold control characters", "Leave them out."),
    "w.greater_than_equal": ("weights must be 0 or more", "Use 0 to leave a dimension out; its direction is built in."),
    "w.less_than_equal": ("weights must be at most {le:.0f}", "Only proportions count: scale all weights down."),
}
_brief = reprlib.Repr()
_brief.maxlevel, _brief.maxstring, _brief.maxother, _brief.maxlong = 3, _SHOWN, _SHOWN, _SHOWN


def limits(schema: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """The least and the greatest that each parameter takes, of a whole number or of the length of a list.

    Read from the schema of the rules that refuse, so that no message can tell another bound.

    Args:
        schema: of an object with the parameters as properties.
    """
    return {
        name: (int(kind[least]), int(kind[most]))
        for name, field in schema.get("properties", {}).items()
        for kind in (field, *field.get("anyOf", ()))
        for least, most in (("minimum", "maximum"), ("minItems", "maxItems"))
        if least in kind and most in kind and kind.get("type") in ("integer", "array")
    }


def refusal(
    found: Sequence[Mapping[str, Any]], names: Sequence[str], bounds: Mapping[str, tuple[int, int]]
) -> ProblemError:
    """The problem that answers a request with refused parameters.

    Args:
        found: the faults, as pydantic lists them.
        names: the parameters that there are.
        bounds: of `limits`.

    Returns:
        422 `unknown_parameter`, `unknown_dimension`, `invalid_weight` or `invalid_parameter`, with each fault's
        parameter, value, rule and next step.
    """
    faults = [_fault(fault, names, bounds) for fault in found[:_MOST_FAULTS]]
    # Mixed faults get the more general code: a program that handles one kind would overlook the other.
    unknown = all(fault["type"] == "extra_forbidden" for fault in found)
    if all(str(fault["loc"][0]).startswith(_WEIGHT) for fault in found):
        code = "unknown_dimension" if unknown else "invalid_weight"
    else:
        code = "unknown_parameter" if unknown else "invalid_parameter"
    detail = "; ".join(f"{fault['parameter']} is {fault['value']}: {fault['rule']}" for fault in faults)
    more = f" (and {len(found) - len(faults)} more)" if len(found) > len(faults) else ""
    return ProblemError(422, code, f"{detail}{more}.", faults[0]["next_step"], errors=faults)


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that a misspelt one most likely means, if any is near."""
    # Cut first, for the search takes time with the square of the length.
    close = difflib.get_close_matches(name[:_SHOWN], known, n=1)
    return close[0] if close else None


def shown_value(value: object) -> str:
    """A value as an error message shows it: short however long it is, and finite however deep."""
    return _brief.repr(value)


def _fault(fault: Mapping[str, Any], names: Sequence[str], bounds: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    name = str(fault["loc"][0])
    value = "missing" if fault["type"] == "missing" else shown_value(fault.get("input"))
    rule, next_step = _unknown(name, names) if fault["type"] == "extra_forbidden" else _broken_rule(fault, name, bounds)
    return {"parameter": name[:_SHOWN], "value": value, "rule": rule, "next_step": next_step}


def _unknown(name: str, names: Sequence[str]) -> tuple[str, str]:
    if close := nearest(name, names):
        return "there is no such parameter here", f"Did you mean `{close}`?"
    plain = [known for known in names if not known.startswith(_WEIGHT) and not known.endswith(_BOUNDS)]
    if any(known.startswith(_WEIGHT) for known in names):
        plain.append("w.DIMENSION")
    if any(known.endswith(_BOUNDS) for known in names):
        plain.append("DIMENSION.gte and DIMENSION.lte")
    return "there is no such parameter here", f"It takes: {', '.join(plain) or 'no parameters'}."


def _broken_rule(fault: Mapping[str, Any], name: str, bounds: Mapping[str, tuple[int, int]]) -> tuple[str, str]:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "literal_error":
        return _no_choice(fault, name, re.findall(r"'([^']*)'", context["expected"]))
    if kind == "int_type" and isinstance(fault["input"], float):
        kind = "int_from_float"
    least, most = bounds.get(name, (0, 0))
    if kind in {"too_short", "too_long"} and name in _COUNTED and most:
        kind = "count"
    elif name.startswith(_WEIGHT):
        kind = f"{_WEIGHT}{kind}"
    number = _WHOLE_NUMBER if name in _WHOLE_NUMBERS and most else _BOUND_BROKEN.get(kind, _NUMBER)
    rule, next_step = _TEXTS.get(kind) or _TEXTS.get(kind.removeprefix(_WEIGHT), number)
    count = f"{least} to {most} {_COUNTED.get(name)}, separated by commas"
    said = {"name": name, "count": count, "example": _example(name), "range": f"{least} to {most}", **context}
    return rule.format(**said), next_step.format(**said)


def _no_choice(fault: Mapping[str, Any], name: str, choices: list[str]) -> tuple[str, str]:
    close = nearest(str(fault["input"]), choices) if isinstance(fault["input"], str) else None
    next_step = f"Did you mean {close!r}?" if close else f"Send for example {name}={choices[0]}."
    return f"must be one of {', '.join(choices)}", next_step


def _example(name: str) -> str:
    return _EXAMPLES.get(name) or f"{name}={'2' if name.startswith(_WEIGHT) else '0.7'}"
