"""A new model passes only where it is shown to behave no worse; what cannot be compared never passes."""

import contextvars
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quba.deciding.gate import Verdict
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.errors import Refusal
from quba.measuring.evidence import Conditions, Evidence
from tests.dimension_package import DOUBT, install
from wellbehaved.gate import Gate, Outcome, gate

CONDITIONS = Conditions(benchmark="flowers", digest="sha256:1", protocol="corrected", seed=0, samples_per_class=None)
IMAGES = 4_000
LABELS = np.repeat(np.arange(10), IMAGES // 10)


def evidence(spoiled: int = 0, mended: int = 0, images: int = IMAGES, **changes: object) -> Evidence:
    """A model that decides four of five images right, less some that are spoiled and more some that are mended."""
    right = np.arange(images) % 5 > 0
    places = np.random.default_rng(0).permutation(images)
    right[places[right[places]][:spoiled]] = False
    right[places[~right[places]][:mended]] = True
    groups = np.arange(images) % 20
    found = Evidence(
        conditions=CONDITIONS,
        values={"accuracy": float(right.mean()), "parameters_millions": 25.0},
        standard_errors={"accuracy": 0.01, "parameters_millions": None},
        replicates={"accuracy": np.array([right[groups != each].mean() for each in range(20)])},
        right={"clean": right},
        labels=LABELS[:images],
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def verdicts(found: Gate) -> Mapping[str, str]:
    return {each.difference.dimension: each.verdict.value for each in found.judgements}


def test_a_model_against_itself_passes_and_flips_nothing() -> None:
    found = gate(("new", evidence()), ("old", evidence()))
    assert found.outcome is Outcome.PASSED
    assert verdicts(found) == {"accuracy": "no_worse", "parameters_millions": "no_worse"}
    assert (found.flips["clean"].now_wrong.size, found.flips["clean"].now_right.size) == (0, 0)
    assert found.image_count == IMAGES


def test_spoiled_decisions_are_found() -> None:
    found = gate(("new", evidence(spoiled=200)), ("old", evidence()))
    assert found.outcome is Outcome.WORSE
    assert verdicts(found)["accuracy"] == "worse"
    assert found.flips["clean"].now_wrong.size == 200


def test_mended_decisions_are_better_and_pass() -> None:
    found = gate(("new", evidence(mended=200)), ("old", evidence()))
    assert found.outcome is Outcome.PASSED
    assert verdicts(found)["accuracy"] == "better"


def test_a_tolerance_lets_through_what_is_known_to_be_small() -> None:
    new = evidence(spoiled=60)
    assert gate(("new", new), ("old", evidence()), tolerances={"accuracy": 0.001}).outcome is Outcome.WORSE
    assert gate(("new", new), ("old", evidence()), tolerances={"accuracy": 0.05}).outcome is Outcome.PASSED


def test_what_few_images_cannot_tell_passes_only_where_that_was_asked_for() -> None:
    new, old = evidence(spoiled=3, mended=2, images=100), evidence(images=100)
    found = gate(("new", new), ("old", old))
    assert (found.outcome, verdicts(found)["accuracy"]) == (Outcome.UNDECIDED, "undecided")
    assert found.judgements[0].images_needed is not None
    assert gate(("new", new), ("old", old), undecided_passes=True).outcome is Outcome.PASSED


def test_what_weighs_nothing_in_a_score_is_judged_only_where_that_was_asked_for() -> None:
    """Or a baseline of before a dimension was there would stop every model."""
    values = {**evidence().values, "brier_score": 0.3}
    new, old = evidence(values=values), evidence()
    assert gate(("new", new), ("old", old)).outcome is Outcome.PASSED
    asked = gate(("new", new), ("old", old), dimensions=["brier_score"])
    assert verdicts(asked) == {"brier_score": "not_compared"}
    # But where there is nothing else, it is what is judged: nothing judged would be nothing found.
    alone = evidence(values={"brier_score": 0.3}, replicates={})
    assert verdicts(gate(("new", alone), ("old", alone))).keys() == {"brier_score"}


def test_a_value_that_one_of_them_lacks_never_passes() -> None:
    lacking = evidence(values={"parameters_millions": 25.0}, replicates={}, missing={"accuracy": Missing.FAILED})
    for new, old in ((lacking, evidence()), (evidence(), lacking)):
        found = gate(("new", new), ("old", old), undecided_passes=True)
        assert verdicts(found)["accuracy"] == "not_compared"
        assert found.outcome is Outcome.UNDECIDED


def test_nothing_to_judge_is_no_pass() -> None:
    nothing = evidence(values={}, replicates={})
    assert gate(("new", nothing), ("old", nothing)).outcome is Outcome.UNDECIDED


def test_only_what_was_asked_for_is_judged() -> None:
    found = gate(("new", evidence(spoiled=200)), ("old", evidence()), dimensions=["parameters_millions"])
    assert verdicts(found) == {"parameters_millions": "no_worse"}
    assert found.outcome is Outcome.PASSED


def test_worse_somewhere_outweighs_what_cannot_be_told_elsewhere() -> None:
    new = evidence(spoiled=3, mended=2, images=100, values={"accuracy": 0.79, "parameters_millions": 50.0})
    found = gate(("new", new), ("old", evidence(images=100)))
    assert set(verdicts(found).values()) == {Verdict.UNDECIDED.value, Verdict.WORSE.value}
    assert found.outcome is Outcome.WORSE


def test_models_that_saw_other_images_are_not_compared() -> None:
    other = evidence(conditions=replace(CONDITIONS, digest="sha256:2"))
    with pytest.raises(Refusal, match="cannot be compared") as refused:
        gate(("new", other), ("old", evidence()))
    assert refused.value.code == "not_comparable"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dimensions": ["speed"]}, "The dimension is 'speed'"),
        ({"dimensions": ["shape_bias"]}, "Neither model has a value for shape_bias"),
        ({"tolerances": {"speed": 1.0}}, "The dimension of a tolerance is 'speed'"),
        ({"tolerances": {"shape_bias": 0.1}}, "which is not compared"),
        ({"tolerances": {"accuracy": -0.1}}, "The tolerance of accuracy is -0.1"),
        ({"tolerances": {"accuracy": float("nan")}}, "The tolerance of accuracy is nan"),
        ({"confidence": 0.4}, "The confidence is 0.4"),
        ({"confidence": 1.0}, "The confidence is 1"),
    ],
)
def test_an_option_that_cannot_be_met_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        gate(("new", evidence()), ("old", evidence()), **options)  # type: ignore[arg-type]
    assert said in refused.value.message
    assert refused.value.hint


def test_why_neither_has_a_value_is_said() -> None:
    lacking = evidence(missing={"shape_bias": Missing.DATA_SET_MISSING})
    with pytest.raises(Refusal, match="not installed"):
        gate(("new", lacking), ("old", lacking), dimensions=["shape_bias"])


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome_is_said_in_a_sentence(outcome: Outcome) -> None:
    assert outcome.sentence.endswith(".")


# Both ends of what a new model can be: the same, mended or spoiled, on few images and on many.
COUNTS = st.integers(20, 400)
CHANGES = st.integers(0, 40)
TOLERANCES = st.floats(0, 1)
CONFIDENCES = st.floats(0.5, 0.999)


@given(COUNTS, TOLERANCES, CONFIDENCES)
def test_a_model_is_never_worse_than_itself(images: int, tolerance: float, confidence: float) -> None:
    same = evidence(images=images, confidence=np.full(images, 200, dtype=np.uint8))
    found = gate(("new", same), ("old", same), tolerances={"accuracy": tolerance}, confidence=confidence)
    assert found.outcome is Outcome.PASSED


@given(COUNTS, CHANGES, CHANGES, TOLERANCES, TOLERANCES)
def test_a_greater_tolerance_lets_through_whatever_a_smaller_one_does(
    images: int, spoiled: int, mended: int, one: float, other: float
) -> None:
    new, old = evidence(spoiled, mended, images), evidence(images=images)
    strict, lenient = (gate(("new", new), ("old", old), tolerances={"accuracy": each}) for each in sorted((one, other)))
    assert strict.outcome is not Outcome.PASSED or lenient.outcome is Outcome.PASSED
    assert lenient.outcome is not Outcome.WORSE or strict.outcome is Outcome.WORSE


@given(COUNTS, CHANGES, CHANGES, CONFIDENCES, CONFIDENCES)
def test_who_asks_for_less_confidence_learns_no_less(
    images: int, spoiled: int, mended: int, one: float, other: float
) -> None:
    new, old = evidence(spoiled, mended, images), evidence(images=images)
    bold, careful = (gate(("new", new), ("old", old), confidence=each) for each in sorted((one, other)))
    # No worse may turn out to be better; nothing that is known may become unknown.
    known = {"better": {"better"}, "worse": {"worse"}, "no_worse": {"no_worse", "better"}}
    verdict = verdicts(careful)["accuracy"]
    assert verdicts(bold)["accuracy"] in known.get(verdict, {verdict, *known})


@given(COUNTS, CHANGES, CHANGES, TOLERANCES)
def test_of_two_models_not_both_are_worse_and_flips_go_both_ways(
    images: int, spoiled: int, mended: int, tolerance: float
) -> None:
    one, other = ("one", evidence(spoiled, mended, images)), ("other", evidence(images=images))
    there, back = (gate(*pair, tolerances={"accuracy": tolerance}) for pair in ((one, other), (other, one)))
    assert {"worse"} != {verdicts(there)["accuracy"], verdicts(back)["accuracy"]}
    assert there.flips["clean"].now_wrong.tolist() == back.flips["clean"].now_right.tolist()
    # What the classes count is what flipped.
    assert sum(there.flips["clean"].wrong_by_class.values()) == there.flips["clean"].now_wrong.size


@given(COUNTS, CHANGES, CHANGES, TOLERANCES, CONFIDENCES, st.booleans())
def test_the_outcome_is_what_the_verdicts_come_to(
    images: int, spoiled: int, mended: int, tolerance: float, confidence: float, let_through: bool
) -> None:
    found = gate(
        ("new", evidence(spoiled, mended, images)), ("old", evidence(images=images)), confidence=confidence,
        tolerances={"accuracy": tolerance}, undecided_passes=let_through,
    )  # fmt: skip
    said = set(verdicts(found).values())
    passing = {"better", "no_worse"} | ({"undecided"} if let_through else set())
    expected = Outcome.WORSE if "worse" in said else Outcome.PASSED if said <= passing else Outcome.UNDECIDED
    assert found.outcome is expected
    for each in found.judgements:
        # How many images would tell is asked only where these cannot, and then it is more than there are.
        assert each.images_needed is None or (each.verdict is Verdict.UNDECIDED and each.images_needed > images)
        assert each.sentence().endswith(".")


def test_the_outcomes_are_the_exit_codes_that_builds_know() -> None:
    assert {each.name: int(each) for each in Outcome} == {"PASSED": 0, "WORSE": 3, "UNDECIDED": 4}
    assert Outcome.PASSED.sentence == "The new model behaves no worse than the baseline beyond the tolerances."
    assert Outcome.WORSE.sentence == "The new model behaves worse than the baseline."
    assert Outcome.UNDECIDED.sentence == "It is not known whether the new model behaves worse than the baseline."


def test_without_a_tolerance_the_smallest_difference_that_matters_is_allowed() -> None:
    found = gate(("new", evidence()), ("old", evidence()), tolerances={"accuracy": 0.25})
    assert {each.difference.dimension: each.tolerance for each in found.judgements} == {
        "accuracy": 0.25,
        "parameters_millions": DIMENSIONS["parameters_millions"].smallest_meaningful_difference,
    }


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_the_ends_of_the_confidence_are_taken(confidence: float) -> None:
    found = gate(("new", evidence()), ("old", evidence()), confidence=confidence)
    assert (found.confidence, found.new, found.baseline) == (confidence, "new", "old")


def test_a_tolerance_of_nothing_is_a_tolerance() -> None:
    found = gate(("new", evidence(spoiled=200)), ("old", evidence()), tolerances={"accuracy": 0.0})
    assert found.judgements[0].tolerance == 0.0
    assert found.outcome is Outcome.WORSE
    with pytest.raises(Refusal, match="The tolerance of accuracy is inf"):
        gate(("new", evidence()), ("old", evidence()), tolerances={"accuracy": float("inf")})


@pytest.mark.parametrize(
    ("options", "code", "hint"),
    [
        ({"dimensions": ["shape_bias"]}, "not_measured", "Leave it out, or measure both models on it."),
        ({"tolerances": {"shape_bias": 0.1}}, "bad_tolerance", "Leave it out."),
        ({"tolerances": {"accuracy": -1.0}}, "bad_tolerance", "Use a number of 0 or more."),
        ({"confidence": 0.49}, "bad_confidence", "Use 0.5 or more, and less than 1."),
        ({"dimensions": ["speed" * 40]}, "unknown_dimension", f"Use one of: {', '.join(DIMENSIONS)}."),
    ],
)
def test_each_refusal_has_its_code_and_its_next_step(options: dict[str, object], code: str, hint: str) -> None:
    with pytest.raises(Refusal) as refused:
        gate(("new", evidence()), ("old", evidence()), **options)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.hint) == (code, hint)
    assert len(refused.value.message) < 200


def test_dimensions_are_judged_in_the_customary_order_however_they_were_asked_for() -> None:
    asked = ["parameters_millions", "accuracy", "accuracy"]
    found = gate(("new", evidence()), ("old", evidence()), dimensions=asked)
    assert list(verdicts(found)) == ["accuracy", "parameters_millions"]


def test_fewer_dimensions_share_the_error_among_fewer() -> None:
    new, old = ("new", evidence(spoiled=60)), ("old", evidence())
    both, alone = gate(new, old), gate(new, old, dimensions=["accuracy"])
    wide, narrow = (found.judgements[0] for found in (both, alone))
    assert wide.high is not None
    assert narrow.high is not None
    assert wide.low is not None
    assert narrow.low is not None
    assert wide.high - wide.low > narrow.high - narrow.low


def test_without_clean_images_their_number_is_not_known() -> None:
    counted = evidence(right={}, labels=None, values={"parameters_millions": 25.0}, replicates={})
    assert gate(("new", counted), ("old", counted)).image_count is None


def test_what_a_package_measured_is_judged_in_every_thread_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "is_judged_apart", DOUBT)
    plain = evidence()

    def doubting(value: float) -> Evidence:
        replicates = {**plain.replicates, "doubt": np.full(20, value)}
        return replace(
            plain, values={**plain.values, "doubt": value}, standard_errors={**plain.standard_errors, "doubt": None},
            replicates=replicates,
        )  # fmt: skip

    new, old = ("new", doubting(0.5)), ("old", doubting(0.25))
    # Each in a context of its own, as a thread has one, for which no package was asked.
    found = contextvars.copy_context().run(gate, new, old, dimensions=["doubt"], tolerances={"doubt": 0.01})
    assert verdicts(found) == {"doubt": "worse"}
    unasked = contextvars.copy_context().run(gate, new, old)
    assert "doubt" not in verdicts(unasked)
    assert "doubt" not in DIMENSIONS


def test_a_package_that_could_not_be_loaded_is_named_where_its_dimension_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "cannot_be_judged", "raise RuntimeError('no licence')")
    with pytest.raises(Refusal, match=r"dimension is 'beauty'\. cannot_be_judged .* was not taken: .*no licence"):
        contextvars.copy_context().run(gate, ("new", evidence()), ("old", evidence()), dimensions=["beauty"])
