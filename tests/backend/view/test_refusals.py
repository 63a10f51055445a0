from backend.view.refusals import nearest, shown


def test_values_are_shown_short_and_finite() -> None:
    assert shown("cn") == "'cn'"
    assert len(shown("x" * 10_000)) <= 110
    assert len(shown(10**4000)) <= 110
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert len(shown(deep)) < 50
    assert shown({"a": list(range(1000))}) == "{'a': [0, 1, 2, 3, 4, 5, ...]}"


def test_the_nearest_name() -> None:
    assert nearest("acuracy", ("accuracy", "name")) == "accuracy"
    assert nearest("zzz", ("accuracy", "name")) is None
    assert nearest("x" * 1_000_000, ("accuracy",)) is None
