from evaluation.engine.run import Absent
from quba.dimension import Missing
from quba.measuring.observations import Measured
from wellbehaved.plain_results import plain_result, result_of


def test_a_value_there_and_back() -> None:
    measured = Measured(value=0.5, parts={"a": 1}, sample_count=8, standard_error=0.1, flags=("x",), note="why")
    assert plain_result(measured) == {
        "value": 0.5, "standard_error": 0.1, "sample_count": 8, "parts": {"a": 1}, "flags": ["x"], "missing": None,
        "detail": "why",
    }  # fmt: skip
    assert result_of(plain_result(measured)) == measured
    bare = Measured(value=0.5, parts={}, sample_count=None, standard_error=None)
    assert result_of(plain_result(bare)) == bare


def test_a_reason_there_and_back() -> None:
    absent = Absent(reason=Missing.FAILED, detail="why", parts={"a": 1})
    assert plain_result(absent)["value"] is None
    assert result_of(plain_result(absent)) == absent
    assert result_of(plain_result(Absent(reason=Missing.FAILED, detail=""))) == Absent(reason=Missing.FAILED, detail="")
