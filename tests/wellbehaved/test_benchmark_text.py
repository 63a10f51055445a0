import pytest
from rich.console import Console
from rich.table import Table

from wellbehaved.benchmark_text import (
    added_lines,
    benchmark_lines,
    benchmarks_table,
    classes_table,
    dimensions_table,
    earlier_table,
    findings_lines,
    versions_table,
)

NOTHING = {"count": 0, "examples": []}
REPORT = {
    "smallest": {"name": "a", "count": 1}, "largest": {"name": "b", "count": 9}, "unreadable": NOTHING,
    "exif_rotated": NOTHING, "deep": NOTHING, "animated": NOTHING, "not_rgb": {"count": 7, "examples": ["x.png"]},
    "duplicates": {
        **dict.fromkeys(("within_class", "between_classes", "clean_and_shifted"), NOTHING),
        "clean_and_train": {"count": 1, "examples": [["val/a/1.png", "train/a/9.png"]]},
    },
    "notes": ["One thing more."],
    "dimensions": [
        {"key": "ood_robustness", "available": True, "reason": None, "remedy": None, "generated": True},
        {"key": "speed", "available": False, "reason": "It is not known.", "remedy": "Wait.", "generated": False},
    ],
}  # fmt: skip


def printed(table: Table) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_many_classes_are_shown_from_both_ends() -> None:
    names = [f"[red]class {number}[/red]" for number in range(40)]
    text = printed(classes_table({"label": "Many", "classes": names, "class_counts": list(range(40))}))
    assert "[red]class 0[/red]" in text
    assert "[red]class 39[/red]" in text
    assert "[red]class 20[/red]" not in text
    assert "40 classes, 780 clean images" in text


def test_findings_name_what_is_doubtful_and_nothing_else() -> None:
    assert list(findings_lines(REPORT)) == [
        "The smallest class is a with 1 image, the largest b with 9.",
        "7 files are not RGB, and are converted: x.png and 6 more.",
        "1 image is among the clean images and in train/: val/a/1.png = train/a/9.png.",
        "One thing more.",
    ]


def test_one_file_and_classes_of_one_size_are_told_in_the_singular() -> None:
    alike = {**REPORT, "smallest": {"name": "a", "count": 9}, "deep": {"count": 1, "examples": ["y.png"]}, "notes": []}
    assert list(findings_lines(alike))[:2] == ["Every class has 9 images.", "1 file has more than 8 bits: y.png."]


def test_dimensions_say_what_is_generated_and_what_would_bring_the_others() -> None:
    text = printed(dimensions_table(REPORT))
    assert "yes, on generated images" in text
    assert "It is not known." in text
    assert "Wait." in text
    assert "OOD robustness" in text
    # A newer service may have dimensions that this program does not know.
    assert "speed" in text


def test_a_built_in_benchmark_is_told_in_two_lines() -> None:
    answer = {
        "label": "Toy", "key": "toy", "origin": "built-in", "coverage": "9 of 9 dimensions", "class_count": 16,
        "description": "Shapes.",
    }  # fmt: skip
    assert list(benchmark_lines(answer)) == ["Toy (toy, built-in): 9 of 9 dimensions, 16 classes", "Shapes."]
    frozen = {"protocol": "corrected", "frozen_at": "2026-07-01T00:00:00Z", "models": 4}
    own = {
        **answer, "origin": "own", "description": "", "image_count": 9, "digest": "sha256:0123456789abcdef",
        "registered_at": "2026-07-01T00:00:00Z", "folder": None, "frozen_norms": [frozen],
    }  # fmt: skip
    assert list(benchmark_lines(own))[1:] == [
        "9 images, digest sha256:0123456789ab, registered 2026-07-01",
        "norms under corrected frozen on 2026-07-01 from 4 models",
    ]


def cells(table: Table) -> list[list[str]]:
    """The rows of a table without its lines."""
    return [
        [cell.strip() for cell in line.strip("│").split("│")] for line in printed(table).splitlines() if "│" in line
    ]


def report_with(**found: object) -> dict[str, object]:
    """A report in which all is well but for this."""
    clean = dict.fromkeys(("unreadable", "exif_rotated", "deep", "animated", "not_rgb"), NOTHING)
    nowhere = dict.fromkeys(("within_class", "between_classes", "clean_and_shifted", "clean_and_train"), NOTHING)
    size = {"name": "a", "count": 2}
    return {**clean, "smallest": size, "largest": size, "duplicates": nowhere, "notes": [], **found}


@pytest.mark.parametrize(
    ("kind", "one", "several"),
    [
        ("unreadable", "1 file cannot be read: a.png.", "3 files cannot be read: a.png, b.png and 1 more."),
        (
            "exif_rotated",
            "1 file is turned by its EXIF entry: a.png.",
            "3 files are turned by their EXIF entry: a.png, b.png and 1 more.",
        ),
        ("deep", "1 file has more than 8 bits: a.png.", "3 files have more than 8 bits: a.png, b.png and 1 more."),
        (
            "animated",
            "1 file is animated, and its first picture counts: a.png.",
            "3 files are animated, of which the first picture counts: a.png, b.png and 1 more.",
        ),
        (
            "not_rgb",
            "1 file is not RGB, and is converted: a.png.",
            "3 files are not RGB, and are converted: a.png, b.png and 1 more.",
        ),
    ],
)
def test_each_kind_of_doubtful_file_has_its_sentence_for_one_and_for_several(kind: str, one: str, several: str) -> None:
    first = "Every class has 2 images."
    assert list(findings_lines(report_with(**{kind: {"count": 1, "examples": ["a.png"]}}))) == [first, one]
    assert list(findings_lines(report_with(**{kind: {"count": 3, "examples": ["a.png", "b.png"]}}))) == [first, several]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("within_class", "twice in one class"),
        ("between_classes", "in two classes"),
        ("clean_and_shifted", "among the clean and the shifted images"),
        ("clean_and_train", "among the clean images and in train/"),
    ],
)
def test_each_kind_of_duplicate_says_where_both_lie(kind: str, words: str) -> None:
    nowhere = dict.fromkeys(("within_class", "between_classes", "clean_and_shifted", "clean_and_train"), NOTHING)
    one = report_with(duplicates={**nowhere, kind: {"count": 1, "examples": [["a", "b"]]}})
    assert list(findings_lines(one))[1:] == [f"1 image is {words}: a = b."]
    two = report_with(duplicates={**nowhere, kind: {"count": 2, "examples": [["a", "b"], ["c", "d"]]}})
    assert list(findings_lines(two))[1:] == [f"2 images are {words}: a = b, c = d."]


def test_what_is_found_comes_in_one_order_with_the_notes_last() -> None:
    one = {"count": 1, "examples": ["x"]}
    pairs = {"count": 1, "examples": [["x", "y"]]}
    everything = report_with(
        **dict.fromkeys(("not_rgb", "animated", "deep", "exif_rotated", "unreadable"), one),
        duplicates=dict.fromkeys(("clean_and_train", "clean_and_shifted", "between_classes", "within_class"), pairs),
        notes=["first note", "second note"],
    )
    said = list(findings_lines(everything))
    marks = (
        "Every class", "cannot be read", "EXIF", "8 bits", "animated", "RGB", "twice", "in two", "shifted", "train/",
        "first note", "second note",
    )  # fmt: skip
    assert len(said) == len(marks)
    for line, mark in zip(said, marks, strict=True):
        assert mark in line


def test_one_image_of_each_class_is_said_in_the_singular() -> None:
    single = {"name": "a", "count": 1}
    assert list(findings_lines(report_with(smallest=single, largest=single))) == ["Every class has 1 image."]


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (12, 12), (13, 13), (40, 13)])
def test_up_to_twelve_classes_are_all_shown_and_of_more_six_at_either_end(count: int, shown: int) -> None:
    names = [f"class {number}" for number in range(count)]
    rows = cells(classes_table({"label": "[b]Own[/b]", "classes": names, "class_counts": [2] * count}))
    assert len(rows) == shown
    assert rows[0] == ["class 0", "2"]
    assert rows[-1] == [f"class {count - 1}", "2"]
    if count > 12:
        assert [row[0] for row in rows] == [*names[:6], "...", *names[-6:]]
        assert rows[6] == ["...", "..."]
    else:
        assert [row[0] for row in rows] == names


def test_the_title_of_the_classes_is_no_markup() -> None:
    text = printed(classes_table({"label": "[b]Own[/b]", "classes": ["a", "b"], "class_counts": [3, 4]}))
    assert "[b]Own[/b]: 2 classes, 7 clean images" in " ".join(text.split())


def test_benchmarks_are_listed_with_what_is_not_known_as_a_dash() -> None:
    item = {
        "key": "imagenet-1k", "label": "[b]ImageNet[/b]", "origin": "built-in", "class_count": 1000,
        "image_count": None, "coverage": "9 of 9 dimensions", "measurable": False,
    }  # fmt: skip
    own = {**item, "key": "flowers", "origin": "own", "class_count": 3, "image_count": 30, "measurable": True}
    assert cells(benchmarks_table([item, own])) == [
        ["imagenet-1k", "[b]ImageNet[/b]", "built-in", "1000", "-", "9 of 9 dimensions", "no"],
        ["flowers", "[b]ImageNet[/b]", "own", "3", "30", "9 of 9 dimensions", "yes"],
    ]


def test_what_cannot_be_measured_has_its_reason_and_what_would_bring_it() -> None:
    there = {"key": "accuracy", "available": True, "generated": False, "reason": None, "remedy": None}
    absent = {"key": "speed", "available": False, "generated": True, "reason": "[b]No[/b]", "remedy": "Wait."}
    assert cells(dimensions_table({"dimensions": [there, absent]})) == [
        ["Accuracy", "yes", "", ""],
        ["speed", "no", "[b]No[/b]", "Wait."],
    ]


@pytest.mark.parametrize(
    ("changed", "note", "said"),
    [
        (
            True,
            "wrote benchmark.toml",
            ["wrote benchmark.toml", "flowers is registered: 9 images, sha256:0123456789ab"],
        ),
        (True, None, ["flowers is registered: 9 images, sha256:0123456789ab"]),
        (False, None, ["flowers is registered already, with the same files: 9 images, sha256:0123456789ab"]),
    ],
)
def test_an_addition_says_what_became_of_it_and_how_to_go_on(changed: bool, note: str | None, said: list[str]) -> None:
    answer = {"key": "flowers", "changed": changed, "image_count": 9, "digest": "sha256:0123456789abcdef"}
    assert list(added_lines(answer, note)) == [
        *said, "Next: wellbehaved evaluate MODEL --weights FILE --benchmark flowers --store",
    ]  # fmt: skip


def test_a_benchmark_of_ones_own_says_where_its_folder_is_where_that_may_be_said() -> None:
    own = {
        "label": "Flowers", "key": "flowers", "origin": "own", "coverage": "6 of 9 dimensions", "class_count": 3,
        "description": "From the garden.", "image_count": 9, "digest": "sha256:0123456789abcdef", "frozen_norms": [],
        "registered_at": "2026-07-01T10:20:30Z", "folder": "/data/flowers",
    }  # fmt: skip
    assert list(benchmark_lines(own)) == [
        "Flowers (flowers, own): 6 of 9 dimensions, 3 classes",
        "From the garden.",
        "9 images, digest sha256:0123456789ab, registered 2026-07-01",
        "folder /data/flowers",
    ]


def test_versions_say_which_is_current_and_how_many_models_each_has() -> None:
    version = {
        "digest": "sha256:0123456789abcdef", "registered_at": "2026-07-01T10:20:30.123456Z", "image_count": 9,
        "class_count": 3, "models": ["a", "b"], "current": True,
    }  # fmt: skip
    old = {**version, "digest": "sha256:ffff456789abcdef", "models": [], "current": False}
    assert cells(versions_table([version, old])) == [
        ["sha256:0123456789ab", "2026-07-01T10:20:30", "9", "3", "2", "current"],
        ["sha256:ffff456789ab", "2026-07-01T10:20:30", "9", "3", "0", ""],
    ]


def test_earlier_values_keep_their_decimals_errors_and_reasons() -> None:
    dimensions = [
        {"key": "accuracy", "label": "Accuracy", "decimals": 4},
        {"key": "parameters_millions", "label": "Parameters", "decimals": 1},
        {"key": "shape_bias", "label": "Shape bias", "decimals": 4},
        {"key": "object_focus", "label": "Object focus", "decimals": 4},
    ]
    item = {
        "model_id": "mine", "digest": "sha256:0123456789abcdef", "measured_at": "2026-07-01T10:20:30Z",
        "protocol": "corrected",
        "scores": {
            "parameters_millions": {"value": 25.557, "standard_error": None, "missing": None},
            "accuracy": {"value": 0.75, "standard_error": 0.0123456, "missing": None},
            "shape_bias": {"value": None, "standard_error": None, "missing": "data_set_missing"},
        },
    }  # fmt: skip
    rows = cells(earlier_table([item, {**item, "measured_at": None, "scores": {}}], dimensions))
    # In the order of the dimensions, one below the other; what was not asked for is no line.
    assert rows == [
        ["mine", "sha256:0123456789ab", "2026-07-01", "corrected", "Accuracy 0.7500 ± 0.0123"],
        ["", "", "", "", "Parameters 25.6"],
        ["", "", "", "", "Shape bias data_set_missing"],
        ["mine", "sha256:0123456789ab", "-", "corrected", ""],
    ]


def test_the_columns_of_each_table_say_what_stands_in_them() -> None:
    def heads(table: Table) -> list[str]:
        return [str(column.header) for column in table.columns]

    assert heads(benchmarks_table([])) == [
        "key", "label", "origin", "classes", "images", "dimensions", "measured by a worker now",
    ]  # fmt: skip
    assert heads(versions_table([])) == ["digest", "registered", "images", "classes", "models", ""]
    assert heads(earlier_table([], [])) == ["model", "version", "measured", "protocol", "values"]
    assert heads(dimensions_table({"dimensions": []})) == ["dimension", "measured", "why not", "what would bring it"]
    assert heads(classes_table({"label": "x", "classes": [], "class_counts": []})) == ["class", "clean images"]


def test_a_class_without_its_count_is_a_fault_and_no_shorter_table() -> None:
    with pytest.raises(ValueError, match="zip"):
        classes_table({"label": "x", "classes": ["a", "b"], "class_counts": [1]})
