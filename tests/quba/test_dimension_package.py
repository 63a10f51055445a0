import re
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from quba.dimension import Missing, Pass, UndefinedResult
from quba.dimension_package import package_dimension, package_reason, package_result, scale_change
from quba.dimensions import BUILT_IN, brier_score
from quba.errors import Refusal
from quba.measuring.observations import Measured

DIMENSION = BUILT_IN["brier_score"]
SOUND = Measured(value=0.5, parts={"a": 1}, sample_count=10, standard_error=0.1, replicates=(0.4, 0.6))


def measured(**changes: Any) -> Measured:  # noqa: ANN401 - whatever a stranger's function may give
    """The sound one with changes that the type checker of the tests, which a package has not, does not see."""
    found = replace(SOUND)
    for name, value in changes.items():
        object.__setattr__(found, name, value)
    return found


def module(**changes: Any) -> Any:  # noqa: ANN401 - stands for a module
    return SimpleNamespace(**{"DIMENSION": DIMENSION, "measure": brier_score.measure, **changes})


def test_a_module_brings_a_dimension_with_its_measure_and_a_dimension_comes_alone() -> None:
    assert package_dimension(brier_score).measure is brier_score.measure
    assert package_dimension(DIMENSION).measure is None
    without = ModuleType("without")
    without.DIMENSION = DIMENSION  # type: ignore[attr-defined]
    assert (package_dimension(without).dimension, package_dimension(without).measure) == (DIMENSION, None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (3, "a int, not a quba.dimension.Dimension or a module with one named DIMENSION"),
        (module(DIMENSION="doubt"), "not a quba.dimension.Dimension"),
        (module(measure=3), "measure is a int, which cannot be called"),
        (module(DIMENSION=replace(DIMENSION, passes=())), "from the passes none; a package can measure from clean, "),
        (module(DIMENSION=replace(DIMENSION, passes=(Pass.CLEAN, Pass.EDGE))), "from the passes clean, edge"),
        (module(DIMENSION=replace(DIMENSION, alternatives=(Pass.SHIFTED,))), "from the passes clean, shifted"),
    ],
)
def test_what_is_no_dimension_is_refused(found: object, said: str) -> None:
    with pytest.raises(Refusal, match=re.escape(said)) as refused:
        package_dimension(found)
    assert (refused.value.code, "docs/dimensions.md" in refused.value.hint) == ("bad_dimension", True)


def test_a_sound_result_stays_with_plain_numbers() -> None:
    given = measured(value=np.float32(0.5), sample_count=np.int64(10), standard_error=np.float64(0.1))
    found = package_result(DIMENSION, given)
    assert found == SOUND
    assert [type(each) for each in (found.value, found.sample_count, found.standard_error)] == [float, int, float]


def test_nothing_of_the_packages_own_classes_is_left() -> None:
    class Own(Measured):
        pass

    class Text(str):
        __slots__ = ()

    given = Own(value=0.5, parts={"a": 1}, sample_count=10, standard_error=0.1, flags=(Text("few-images"),),
                note=Text("dark"))  # fmt: skip
    found = package_result(DIMENSION, given)
    assert [type(each) for each in (found, found.note, *found.flags)] == [Measured, str, str]
    assert (found.note, found.flags) == ("dark", ("few-images",))


def test_what_is_not_known_stays_unknown_and_is_no_zero() -> None:
    found = package_result(DIMENSION, measured(standard_error=None, sample_count=None, replicates=None))
    assert (found.standard_error, found.sample_count, found.replicates) == (None, None, None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (0.5, "a float in the place of a quba.measuring.observations.Measured"),
        (None, "a NoneType in the place"),
        (measured(value=np.array([0.5])), "a ndarray as the value, which must be one finite number"),
        (measured(value=True), "a bool as the value"),
        (measured(value=float("nan")), "nan, but Brier score must be a finite number"),
        (measured(value=float("inf")), "inf, but Brier score must be a finite number"),
        (measured(value=2.5), "2.5, but Brier score must be at most 2"),
        (measured(standard_error=-1.0), "-1.0 as the standard error, which is a number, 0 or more, or None"),
        (measured(standard_error=float("nan")), "nan as the standard error"),
        (measured(standard_error="small"), "'small' as the standard error"),
        (measured(sample_count=0), "0 as the number of images"),
        (measured(sample_count=1.5), "1.5 as the number of images"),
        (measured(parts=[1]), "a list as the parts"),
        (measured(parts={"a": float("nan")}), "parts that JSON cannot hold"),
        (measured(parts={"a": np.zeros(1)}), "use float() and int()"),
        (measured(parts={"a": "x" * 100_000}), "100000 are the most"),
        (measured(flags=("odd",)), "the flags ('odd',); the only one that a measure sets is few-images"),
        (measured(flags="odd"), "the flags 'odd'"),
        (measured(note=3), "a note that is no text"),
        (measured(note="x" * 2_001), "a note that is no text of up to 2000 characters"),
        (measured(replicates=[0.5]), "replicates that are no tuple of 1 to 20 finite numbers"),
        (measured(replicates=(0.5, float("nan"))), "replicates that are no tuple"),
        (measured(replicates=(0.5,) * 21), "replicates that are no tuple"),
    ],
)
def test_what_is_no_result_is_named(found: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        package_result(DIMENSION, found)


def test_few_images_may_be_flagged() -> None:
    assert package_result(DIMENSION, measured(flags=["few-images"])).flags == ("few-images",)


def test_a_reason_for_no_value_is_one_that_there_is() -> None:
    found = package_reason(UndefinedResult(Missing.NOT_APPLICABLE, "no birds", {"birds": 0}))
    assert (found.reason, str(found), found.parts) == (Missing.NOT_APPLICABLE, "no birds", {"birds": 0})
    odd = UndefinedResult(Missing.NOT_APPLICABLE, "no birds")
    odd.reason = "because"  # type: ignore[assignment]
    with pytest.raises(ValueError, match="'because' as the reason for no value"):
        package_reason(odd)
    with pytest.raises(ValueError, match="parts that JSON cannot hold"):
        package_reason(UndefinedResult(Missing.NOT_APPLICABLE, "no birds", {"birds": np.zeros(2)}))


def test_another_unit_direction_or_bound_is_another_scale_and_other_words_are_not() -> None:
    assert scale_change(DIMENSION, replace(DIMENSION, label="Other", decimals=2, plausible=(0.0, 1.0))) is None
    said = "and not in fraction from 0 to 2, lower is better"
    for changes, its in (
        ({"unit": "per cent"}, "per cent from 0 to 2, lower is better"),
        ({"higher_is_better": True}, "fraction from 0 to 2, higher is better"),
        ({"lower_bound": None}, "fraction from anything to 2, lower is better"),
        ({"upper_bound": None}, "fraction from 0 to anything, lower is better"),
    ):
        assert scale_change(DIMENSION, replace(DIMENSION, **changes)) == f"{its}, {said}"
