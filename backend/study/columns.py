"""The columns of a results file: which there are, which are needed, and the rule that each of their cells obeys."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import String

from backend.store.tables import Model
from backend.store.vocabulary import VOCABULARIES
from backend.study.flags import FLAGS
from quba.dimensions import DIMENSIONS

ABSENT = "none"
FLAG_SEPARATOR = ";"
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
_ROW_NUMBER = re.compile(r"[0-9]{1,9}")
_NOTE_LENGTH = 4000
# What a spreadsheet takes for the start of a formula when an export of the store is opened in it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")

IDENTITY = (
    "model_id",
    "name",
    "architecture",
    "training",
    "pretraining_data",
    "backbone",
    "source_library",
    "source_identifier",
)
NEEDED = (*IDENTITY, *DIMENSIONS)
OPTIONAL = (
    "recipe",
    "head",
    "lineage",
    "flags",
    "note",
    "paper_title",
    "published_name",
    "study_name",
    "published_row",
)
COLUMNS = (*NEEDED, *OPTIONAL)
# The authors of some weights never released them, so a model may come without an identifier.
_MAY_BE_EMPTY = frozenset({"source_identifier", *DIMENSIONS, *OPTIONAL})


def _longest() -> Mapping[str, int]:
    kinds = {column.name: column.type for column in Model.__table__.columns}
    limits = {name: kind.length for name, kind in kinds.items() if isinstance(kind, String) and kind.length}
    return MappingProxyType({**limits, "note": _NOTE_LENGTH})


_LONGEST = _longest()


def normalised(cell: str) -> str:
    """One spelling for letters that Unicode can spell in several ways, so that equal names compare equal."""
    return unicodedata.normalize("NFC", cell)


def cell_violation(column: str, cell: str) -> str | None:
    """The rule that a cell breaks, with what to do instead; None for a good one.

    Args:
        column: one of `COLUMNS`.
        cell: its text, as `normalised` gives it.
    """
    if cell == "":
        return None if column in _MAY_BE_EMPTY else "must not be empty; fill it in."
    if column in DIMENSIONS:
        return _number_violation(column, cell)
    if column in VOCABULARIES:
        known = VOCABULARIES[column]
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
    if not _DECIMAL.fullmatch(cell):
        return "must be a plain decimal such as 0.7613, with a point, without %, exponent or spaces; rewrite it."
    violated = DIMENSIONS[column].violation(float(cell))
    return None if violated is None else f"{violated}; correct it or leave it empty."


def _flags_violation(cell: str) -> str | None:
    flags = cell.split(FLAG_SEPARATOR)
    if set(flags) - set(FLAGS):
        return f"must hold flags out of {', '.join(FLAGS)}, separated by {FLAG_SEPARATOR!r}, or be empty."
    return "holds a flag twice; name each once." if len(set(flags)) < len(flags) else None


def _text_violation(column: str, cell: str) -> str | None:
    longest = _LONGEST[column]
    # Only a note runs over several lines; elsewhere a line break or an invisible character is a slip or a disguise.
    visible = cell.replace("\n", "").replace("\r", "") if column == "note" else cell
    if cell.startswith(_FORMULA_STARTS):
        return (
            "must not start with =, +, -, @ or a tab, which a spreadsheet would run as a formula; put a letter first."
        )
    if len(cell) > longest:
        return f"must have at most {longest} characters, not {len(cell)}; shorten it."
    if not visible.isprintable():
        return "must not hold control or invisible characters; delete them."
    return "must not start or end with a space; delete it." if cell != cell.strip() else None
