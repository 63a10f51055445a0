from pathlib import Path

from backend.findings import all_claims, claims
from backend.findings.claim import ORIGINS, spoken
from backend.findings.correlation_claim import CorrelationClaim
from backend.findings.group_claim import GroupClaim, all_better
from backend.store.vocabulary import VOCABULARIES
from quba.dimensions import DIMENSIONS


def test_every_file_of_the_folder_is_a_claim_in_reading_order() -> None:
    files = {path.stem for path in Path(claims.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {
        "adversarial_training", "b_cos", "fine_tuning_against_linear_probe", "pre_training_data", "rank_correlations",
        "self_supervised_fine_tuned", "self_supervised_linear_probe", "semi_supervised", "training_recipes",
        "transformers", "vision_language",
    }  # fmt: skip
    found = all_claims()
    assert [claim.place for claim in found] == list(range(1, len(files) + 1))
    assert len({claim.key for claim in found}) == len(found)


def test_claims_are_sentences_with_a_caveat() -> None:
    for claim in all_claims():
        assert claim.statement.endswith(".")
        assert claim.caveat.endswith(".")
        assert claim.origin in ORIGINS


def test_claims_name_dimensions_and_values_that_there_are() -> None:
    for claim in all_claims():
        if isinstance(claim, CorrelationClaim):
            assert {key for pair in claim.expected for key in pair} <= set(DIMENSIONS)
            continue
        assert isinstance(claim, GroupClaim)
        assert set(claim.expected) <= set(DIMENSIONS)
        for group in (claim.a or {}, claim.b):
            for field, values in group.items():
                assert set(values) <= set(VOCABULARIES[field])


def test_nobody_claims_that_more_parameters_come_for_free() -> None:
    assert set(all_better()) == set(DIMENSIONS) - {"parameters_millions"}


def test_labels_within_a_sentence() -> None:
    assert (spoken("ood_robustness"), spoken("shape_bias")) == ("OOD robustness", "shape bias")
