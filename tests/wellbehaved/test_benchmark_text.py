from rich.console import Console
from rich.table import Table

from wellbehaved.benchmark_text import benchmark_lines, classes_table, dimensions_table, findings_lines

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
        "The smallest class is a with 1 images, the largest b with 9.",
        "7 files are not RGB, and are converted: x.png and 6 more.",
        "1 images are among the clean images and in train/: val/a/1.png = train/a/9.png.",
        "One thing more.",
    ]


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
