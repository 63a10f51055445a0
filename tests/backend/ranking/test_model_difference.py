"""Two sides without a service: what is paired, and the sentence where nothing is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from backend.ranking.model_difference import Side, difference, side
from backend.ranking.pool import Prepared
from backend.store.engine import reading
from backend.store.evidence_files import EvidenceFiles
from backend.store.local_files import LocalFiles
from backend.store.snapshot import load_snapshot
from quba.deciding.paired_differences import Values
from quba.measuring.evidence import Evidence
from quba.ranking.normalisation import Normalisation
from quba.vocabulary import ALL_VALUES
from tests.backend.conftest import fill, values_of
from tests.backend.evidence import CONDITIONS, evidence, keep_flowers


def one(name: str, known: Values | Evidence, without: str | None = None) -> Side:
    return Side(model_id=name.lower(), name=name, known=known, seen="", without=without)


VALUES = Values(values={"accuracy": 0.5}, standard_errors={"accuracy": 0.03})
LOST, EARLY = "The file is lost.", "It was measured early."


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        (one("A", VALUES, LOST), one("B", VALUES, LOST), f"There is no evidence of A and B. {LOST}"),
        (one("A", VALUES, LOST), one("A", VALUES, LOST), f"There is no evidence of A. {LOST}"),
        (one("A", evidence(0.5)), one("B", VALUES, LOST), f"There is no evidence of B. {LOST}"),
        (
            one("A", VALUES, LOST),
            one("B", VALUES, EARLY),
            f"There is no evidence of A. {LOST} There is no evidence of B. {EARLY}",
        ),
    ],
)  # fmt: skip
def test_each_reason_is_said_once(a: Side, b: Side, sentence: str) -> None:
    found = difference(a, b, confidence=0.95)
    assert (found.unpaired, found.flips) == (sentence, None)
    assert [each.paired for each in found.items] == [False]


def test_models_of_other_images_say_what_differs(tmp_path: Path) -> None:
    other = evidence(0.6, conditions=replace(CONDITIONS, seed=3))
    found = difference(one("A", evidence(0.5)), one("B", other), confidence=0.95)
    assert found.unpaired is not None
    assert found.unpaired.startswith("The two models cannot be compared: seed 0 against 3.")
    assert found.items[0].difference == pytest.approx(0.1)


@pytest.fixture
def prepared(study_engine: Engine) -> Prepared:
    fill(study_engine, 2)
    with reading(study_engine) as session:
        snapshot = load_snapshot(session, "flowers", "corrected")
    return Prepared(snapshot, ALL_VALUES, Normalisation.POOL)


def seen(engine: Engine, folder: Path, prepared: Prepared) -> Side:
    with reading(engine) as session:
        return side(session, EvidenceFiles(LocalFiles(folder)), prepared, prepared.position["mine-0"])


def test_a_side_has_the_values_of_the_store_and_the_replicates_of_its_evidence(
    study_engine: Engine, prepared: Prepared, tmp_path: Path
) -> None:
    kept = keep_flowers(study_engine, tmp_path, 0)
    found = seen(study_engine, tmp_path, prepared)
    assert isinstance(found.known, Evidence)
    assert found.known.values == values_of(0)
    assert found.known.standard_errors["accuracy"] == 0.02
    assert found.known.replicates.keys() == {"accuracy", "calibration_error"}
    np.testing.assert_array_equal(found.known.right["clean"], kept.right["clean"])


def test_evidence_of_what_is_counted_alone_pairs_nothing_and_contradicts_nothing(
    study_engine: Engine, prepared: Prepared, tmp_path: Path
) -> None:
    counted = {"parameters_millions": values_of(0)["parameters_millions"]}
    keep_flowers(
        study_engine, tmp_path, 0, values=counted, replicates={}, right={}, labels=None, confidence=None,
        standard_errors={"parameters_millions": None},
    )  # fmt: skip
    found = seen(study_engine, tmp_path, prepared)
    assert found.without is None
    assert isinstance(found.known, Evidence)
    assert found.known.replicates == {}
