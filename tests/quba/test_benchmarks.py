"""The benchmarks that come with the program."""

from quba.benchmarks import BUILT_IN, STUDY_BENCHMARK, TOY_BENCHMARK


def test_the_studys_comes_first_and_only_it_has_published_norms() -> None:
    assert list(BUILT_IN) == [STUDY_BENCHMARK, TOY_BENCHMARK] == ["imagenet-1k", "toy-shapes"]
    assert [(each.class_count, each.reference, each.default_protocol) for each in BUILT_IN.values()] == [
        (1000, "published", "as-published"),
        (16, None, "corrected"),
    ]
    assert all(key == each.key and each.description.endswith(".") for key, each in BUILT_IN.items())
