"""The columns of a results file: which there are, which are needed, and the rule that each of their cells obeys."""

import difflib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import String

from backend.imports.flags import FLAGS
from backend.store.names import text_violation
from backend.store.tables import Model
from quba.dimensions import DIMENSIONS
from quba.vocabulary import IDENTITY_WORDS, SLUG

ABSENT = "none"
FLAG_SEPARATOR = ";"
_SLUG = re.compile(SLUG)
# An exponent is how Python, R and spreadsheets write small numbers.
DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_ROW_NUMBER = re.compile(r"[0-9]{1,9}")
_NOTE_LENGTH = 4000
_WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
# What a column of whole numbers holds in Postgres; SQLite would take more.
MOST_COUNTED = 2**31 - 1

# What is `unknown` where the file does not say it, for nobody knows how a stranger's model was trained.
GROUPING = ("architecture", "training", "recipe", "head", "pretraining_data", "backbone", "source_library")
MODEL_ID, TIMM_TAG, NAME = "model_id", "timm_tag", "name"
KEYS = (MODEL_ID, TIMM_TAG)
"""By which a file names its models: one of the two."""
NEEDED = (MODEL_ID, NAME)
"""What a file needs that brings new models; without the name, its values go to models that are there."""
_ABSENT_WHEN_EMPTY = ("recipe", "head")
OPTIONAL = (
    *GROUPING,
    "source_identifier",
    "lineage",
    "flags",
    "note",
    "paper_title",
    "published_name",
    "study_name",
    "published_row",
)
FIXED = (*NEEDED, *OPTIONAL)
"""The columns that do not follow the dimensions."""
# The authors of some weights never released them, so a model may come without an identifier.
_MUST_BE_FILLED = frozenset({*KEYS, NAME, *GROUPING} - {*_ABSENT_WHEN_EMPTY})
_COMPARED = 80
_ERROR, _COUNT = ".standard_error", ".sample_count"


def dimensions_of_files() -> tuple[str, ...]:
    """The dimensions in force whose values a file can bring: all but those of facts, which a model has by itself."""
    return tuple(key for key, each in DIMENSIONS.items() if not each.of_facts)


def columns() -> tuple[str, ...]:
    """The columns of the published table, with one for every dimension whose values a file can bring."""
    return (*NEEDED, *dimensions_of_files(), *OPTIONAL)


def error_columns() -> dict[str, str]:
    """The columns that tell how far a value may be off, with the key of its dimension."""
    return {f"{key}{_ERROR}": key for key in dimensions_of_files()}


def count_columns() -> dict[str, str]:
    """The columns that tell on how many images a value rests, with the key of its dimension."""
    return {f"{key}{_COUNT}": key for key in dimensions_of_files()}


def known_columns() -> tuple[str, ...]:
    """Every column that a file may have."""
    return (*columns(), TIMM_TAG, *error_columns(), *count_columns())


def key_violations(names: Sequence[str]) -> list[tuple[str, str, str]]:
    """What is wrong with how a file's columns say which model a row is about: column, what is there, and the rule."""
    keys = [key for key in KEYS if key in names]
    if len(keys) > 1:
        return [(TIMM_TAG, TIMM_TAG, f"is there beside {MODEL_ID}; delete one of the two.")]
    if not keys:
        step = f"add this column, or {TIMM_TAG} for values of models that are there"
        return [(MODEL_ID, "", f"is missing; {step}.")]
    # Without a name nobody new can come in, so that nothing may be said of who a model is either.
    told = [name for name in names if name in OPTIONAL]
    if NAME not in names and told:
        return [(NAME, "", f"is missing; add this column, or delete {told[0]} and give values alone.")]
    if TIMM_TAG in names and NAME in names:
        rule = f"needs {MODEL_ID} beside it; a {TIMM_TAG} names models that are there, so delete this column."
        return [(NAME, NAME, rule)]
    return []


def unknown_column(name: str) -> str:
    """The rule that a column breaks which is none of `known_columns`, with the nearest of them."""
    if not name:
        return "is a column without a name between others; name it or delete it."
    if name in DIMENSIONS:
        return "is a fact of the model, which no table brings; delete it, and let `wellbehaved cost --record` count it."
    close = difflib.get_close_matches(name[:_COMPARED], known_columns(), n=1)
    return f"is no known column; did you mean {close[0]}?" if close else "is no known column; delete it."


def _longest() -> Mapping[str, int]:
    kinds = {column.name: column.type for column in Model.__table__.columns}
    limits = {name: kind.length for name, kind in kinds.items() if isinstance(kind, String) and kind.length}
    return MappingProxyType({**limits, "note": _NOTE_LENGTH, TIMM_TAG: limits["source_identifier"]})


_LONGEST = _longest()


def cell_violation(column: str, cell: str) -> str | None:
    """The rule that a cell breaks, with what to do instead; None for a good one.

    Args:
        column: one of `known_columns`.
        cell: its text, as `normalised` gives it.
    """
    if cell == "":
        return "must not be empty; fill it in." if column in _MUST_BE_FILLED else None
    if column in DIMENSIONS:
        return _number_violation(column, cell)
    if column.removesuffix(_ERROR) in DIMENSIONS or column.removesuffix(_COUNT) in DIMENSIONS:
        return _certainty_violation(column, cell)
    if column in IDENTITY_WORDS:
        known = IDENTITY_WORDS[column]
        return None if cell in known else f"must be one of {', '.join(known)}."
    if column == "model_id":
        allowed = (
            "must be 1 to 100 of a-z, 0-9, dot, hyphen and underscore, starting with a letter or digit; rename it."
        )
        return None if _SLUG.fullmatch(cell) else allowed
    if column == "published_row":
        return None if _ROW_NUMBER.fullmatch(cell) else "must be a whole number from 0 to 999999999, or empty."
    if column == "flags":
        return _flags_violation(cell)
    return _text_violation(column, cell)


def _number_violation(column: str, cell: str) -> str | None:
    if not DECIMAL.fullmatch(cell):
        return "must be a plain decimal such as 0.7613 or 5e-05, with a point, without % or spaces; rewrite it."
    refused = DIMENSIONS[column].refusal(float(cell))
    return None if refused is None else f"{refused}; correct it or leave it empty."


def _certainty_violation(column: str, cell: str) -> str | None:
    if column.endswith(_COUNT):
        is_count = _WHOLE_NUMBER.fullmatch(cell) and int(cell) <= MOST_COUNTED
        return None if is_count else f"must be a whole number of images, 1 to {MOST_COUNTED}, or empty."
    if not DECIMAL.fullmatch(cell):
        return "must be a plain decimal such as 0.0018, with a point, without % or spaces; rewrite it."
    key = column.removesuffix(_ERROR)
    low, high = DIMENSIONS[key].plausible
    # No error is larger than the whole range in which values lie.
    if 0 <= float(cell) <= high - low:
        return None
    return f"must be a standard error in the unit of {key}, 0 to {high - low:g}; correct it or leave it empty."


def _flags_violation(cell: str) -> str | None:
    flags = cell.split(FLAG_SEPARATOR)
    if set(flags) - set(FLAGS):
        return f"must hold flags out of {', '.join(FLAGS)}, separated by {FLAG_SEPARATOR!r}, or be empty."
    return "holds a flag twice; name each once." if len(set(flags)) < len(flags) else None


def _text_violation(column: str, cell: str) -> str | None:
    return text_violation(cell, _LONGEST[column], lines=column == "note")
