import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from backend import imports
from backend.findings import all_claims, claims
from backend.findings.claim import ORIGINS
from backend.findings.correlation_claim import CorrelationClaim
from backend.findings.group_claim import IDENTITY, GroupClaim, all_better
from quba.dimensions import STUDY_DIMENSIONS
from quba.vocabulary import IDENTITY_WORDS

PUBLISHED_SCORES = Path(imports.__file__).with_name("published_scores.csv")


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
            assert {key for pair in claim.expected for key in pair} <= set(STUDY_DIMENSIONS)
            continue
        assert isinstance(claim, GroupClaim)
        assert set(claim.expected) <= set(STUDY_DIMENSIONS)
        for group in (claim.a, claim.b, claim.shared):
            for field, values in group.items():
                assert set(values) <= set(IDENTITY_WORDS[field])


GROUP_CLAIMS = [claim for claim in all_claims() if isinstance(claim, GroupClaim)]


def published_rows() -> list[dict[str, str]]:
    with PUBLISHED_SCORES.open(encoding="utf-8", newline="") as file:
        return [{**row, **{field: row[field] or "none" for field in IDENTITY}} for row in csv.DictReader(file)]


def members(group: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    return [row for row in published_rows() if all(row[field] in values for field, values in group.items())]


@pytest.mark.parametrize("claim", GROUP_CLAIMS, ids=lambda claim: claim.key)
def test_a_control_differs_from_the_treated_in_the_treatment_alone(claim: GroupClaim) -> None:
    assert set(claim.a) == set(claim.b)
    assert not set(claim.shared) & set(claim.b)
    assert set(claim.shared) | set(claim.b) == set(IDENTITY)
    control, treated = members(claim.a_filters), members(claim.b_filters)
    assert {row["model_id"] for row in control}.isdisjoint(row["model_id"] for row in treated)
    for field in claim.shared:
        assert {row[field] for row in treated} <= {row[field] for row in control}, field


@pytest.mark.parametrize("claim", GROUP_CLAIMS, ids=lambda claim: claim.key)
def test_the_models_of_a_matched_pair_agree_in_all_but_the_treatment(claim: GroupClaim) -> None:
    if claim.paired_by is None:
        return
    control, treated = members(claim.a_filters), members(claim.b_filters)
    label = claim.paired_by
    pairs = {row[label] for row in treated} & {row[label] for row in control} - {""}
    assert pairs
    for pair in pairs:
        for field in claim.shared:
            found = {row[field] for row in (*control, *treated) if row[label] == pair}
            assert len(found) == 1, f"{claim.key}: the pair {pair} mixes {field} {found}"


@pytest.mark.parametrize("claim", GROUP_CLAIMS, ids=lambda claim: claim.key)
def test_no_group_counts_a_model_whose_identity_is_unknown(claim: GroupClaim) -> None:
    for group in (claim.a_filters, claim.b_filters):
        assert set(group) == set(IDENTITY)
        assert not any("unknown" in values for values in group.values())


def test_the_control_is_stated_in_words() -> None:
    adversarial = next(claim for claim in GROUP_CLAIMS if claim.key == "adversarial-training")
    assert adversarial.control == (
        "The groups differ in training. In common they have architecture: cnn or transformer; recipe: none; "
        "head: none; pre-training data: imagenet-1k."
    )
    bare = replace(adversarial, shared={}, b={"training": ("adversarial",), "head": ("none",)})
    assert bare.control == "The groups differ in training and head; nothing else is held fixed."


def test_nobody_claims_that_more_parameters_come_for_free() -> None:
    assert set(all_better()) == set(STUDY_DIMENSIONS) - {"parameters_millions"}
