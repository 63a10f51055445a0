import csv
import re
from importlib.resources import files
from pathlib import Path

from evaluation.study_facts.__main__ import COLUMNS, main

NAMES = ("alexnet", "mobilenet-v2", "hiera-t", "hiera-t-lp")


def _without_versions(text: str) -> str:
    return re.sub(r"\b(timm|torchvision) [\w.+]+", r"\1", text)


def test_the_table_that_ships_is_what_the_program_writes(tmp_path: Path) -> None:
    shipped = files("backend.imports")
    with (shipped / "published_scores.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model_id"] in NAMES]
    scores, table = tmp_path / "scores.csv", tmp_path / "facts.csv"
    with scores.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    main([str(scores), str(table)])
    lines = (shipped / "model_facts.csv").read_text(encoding="utf-8").splitlines()
    expected = [lines[0], *(line for line in lines if line.partition(",")[0] in NAMES)]
    # Versions aside, which are those of whoever runs it.
    with table.open(encoding="utf-8", newline="") as read:
        found = list(csv.DictReader(read))
    for own, theirs in zip(found, csv.DictReader(expected), strict=True):
        assert list(own) == list(COLUMNS)
        for column in set(COLUMNS) - {"cost_source"}:
            assert _without_versions(own[column]) == _without_versions(theirs[column]), column
    assert {row["model_id"]: row["macs_billions"] == "" for row in found} == {
        "alexnet": False, "mobilenet-v2": False, "hiera-t": True, "hiera-t-lp": True,
    }  # fmt: skip
