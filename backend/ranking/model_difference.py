"""Two models held against each other: paired where evidence of both is there, and where not, why not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.orm import Session

from backend.ranking.measurement_errors import measurement_errors
from backend.ranking.pool import Prepared
from backend.store.benchmarks import benchmark
from backend.store.evidence import evidence_file
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.measurements import measurements_of
from quba.deciding.paired_differences import (
    Flips,
    PairedDifference,
    Values,
    flips,
    paired_differences,
    unpaired_differences,
)
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.measuring.evidence import Evidence

_AGAIN = "Evaluate the model again with this version."
_BY_SOURCE = {
    "study": "The values are published, and nobody kept which images were decided right.",
    "import": "The values came by import, which brings no evidence.",
    "reference": "The values ship with the program, without evidence.",
    "simulated": "The model does not exist: its values are simulated.",
}
_BEFORE = f"The values were measured before evidence was kept. {_AGAIN}"


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Side:
    """One of two models.

    Attributes:
        model_id: of the model.
        name: on screen.
        known: its values in the store, with their errors; with what is there to pair them by, where there is any.
        seen: what the evidence says of which version it is, for the name of an answer.
        without: why there is no evidence; None where there is.
    """

    model_id: str
    name: str
    known: Values | Evidence
    seen: str
    without: str | None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class ModelDifference:
    """What came of holding them against each other.

    Attributes:
        items: each dimension that either of them was measured on.
        flips: by pass; None where the models could not be paired.
        unpaired: why they could not; None where they were.
    """

    items: tuple[PairedDifference, ...]
    flips: Mapping[str, Flips] | None
    unpaired: str | None


def side(session: Session, files: EvidenceFiles, prepared: Prepared, row: int) -> Side:
    """A model of a pool with its evidence, if that is there and is of the values that the store shows.

    Args:
        session: from `reading`.
        files: of the evidence.
        prepared: the pool with all values, flagged ones included.
        row: of the model.
    """
    model, pool = prepared.models[row], prepared.snapshot
    errors = measurement_errors(prepared).own
    values = Values(
        values={key: float(column[row]) for key, column in pool.columns.items() if not np.isnan(column[row])},
        standard_errors={key: None if np.isnan(own[row]) else float(own[row]) for key, own in errors.items()},
        missing=pool.missing[row],
    )
    digest = benchmark(session, pool.benchmark).digest or ""
    owner = Owner(model_id=model.id, benchmark=pool.benchmark, digest=digest, protocol=pool.protocol)
    known: Values | Evidence = values
    named, without = evidence_file(session, owner), None
    if named is None:
        rows = measurements_of(session, model.id, pool.benchmark, pool.protocol).values()
        without = next((_BY_SOURCE[each.source] for each in rows if each.source in _BY_SOURCE), _BEFORE)
    else:
        try:
            known = _of_stored_values(files.read(named), values)
        except Refusal as refusal:
            without = _sentences(refusal)
    return Side(
        model_id=model.id,
        name=model.name,
        known=known,
        seen="" if named is None else named.sha256,
        without=without,
    )


def difference(a: Side, b: Side, *, confidence: float) -> ModelDifference:
    """Hold the second model against the first, paired where that can be.

    Args:
        a: the first model.
        b: the second.
        confidence: of the intervals, above 0 and below 1.
    """
    if isinstance(a.known, Evidence) and isinstance(b.known, Evidence):
        try:
            return ModelDifference(
                items=paired_differences(a.known, b.known, confidence=confidence),
                flips=flips(a.known, b.known),
                unpaired=None,
            )
        except Refusal as refusal:
            # Both were measured, on other images: that is no fault of the question.
            why = _sentences(refusal)
    else:
        why = _lacking(a, b)
    return ModelDifference(
        items=unpaired_differences(a.known, b.known, confidence=confidence), flips=None, unpaired=why
    )


def _of_stored_values(kept: Evidence, stored: Values) -> Evidence:
    """Evidence for the values in the store; dimensions whose value is of another measurement are not paired by it.

    Raises:
        Refusal: `evidence_of_other_values`, where no value is its.
    """
    # Equal to the last bit: both were written from one number.
    same = {key for key, value in kept.values.items() if stored.values.get(key) == value}
    measured = {key for key in kept.values if not DIMENSIONS[key].counted}
    if measured and not measured & same:
        raise Refusal(
            "evidence_of_other_values", "the stored values are of another measurement than the evidence.", _AGAIN
        )
    return replace(
        kept,
        values=stored.values,
        standard_errors=stored.standard_errors,
        missing=stored.missing,
        # Only those of the very values that the ranking shows pair anything.
        replicates={key: values for key, values in kept.replicates.items() if key in same},
    )


def _lacking(a: Side, b: Side) -> str:
    """Which of the two has no evidence, and why; once where it is the same reason."""
    named: dict[str, list[str]] = {}
    for each in (a, b):
        if each.without is not None and each.name not in named.setdefault(each.without, []):
            named[each.without].append(each.name)
    return " ".join(f"There is no evidence of {' and '.join(names)}. {why}" for why, names in named.items())


def _sentences(refusal: Refusal) -> str:
    return f"{refusal.message[:1].upper()}{refusal.message[1:]} {refusal.hint}"
