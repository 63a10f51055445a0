"""The asking commands on a real store: what they print, write, and refuse."""

import csv
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pandas as pd
import pyarrow.parquet
import pytest
from typer.testing import Result

from wellbehaved.client import Client
from wellbehaved.view_options import OPTIONS

Run = Callable[..., Result]

_VALUES = {"--benchmark": "imagenet-1k", "--sort": "name"}
ROW = {
    "model_id": "mine", "name": "Mine", "architecture": "cnn", "training": "supervised",
    "pretraining_data": "imagenet-1k", "backbone": "resnet50", "source_library": "timm",
    "source_identifier": "resnet50.mine", "accuracy": "0.99", "adversarial_robustness": "0.1",
    "corruption_robustness": "0.5", "ood_robustness": "0.6", "calibration_error": "0.004", "class_balance": "0.78",
    "object_focus": "0.93", "shape_bias": "0.3", "parameters_millions": "25.6",
}  # fmt: skip


def written_text(path: Path, *rows: dict[str, str]) -> str:
    """A results file; each row says only how it differs from a good one."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ROW)
        writer.writeheader()
        writer.writerows({**ROW, **row} for row in rows)
    return str(path)


def content(store: Path) -> list[str]:
    """All that a store holds."""
    with sqlite3.connect(store / "wellbehaved.db") as connection:
        dump = list(connection.iterdump())
    connection.close()
    return dump


def on_toy_shapes(run: Run, study: Path, tmp_path: Path, **row: str) -> None:
    """A model of one's own, measured on the toy benchmark alone."""
    assert run("import", written_text(tmp_path / "toy.csv", row)).exit_code == 0
    with sqlite3.connect(study / "wellbehaved.db") as connection:
        connection.execute(
            "UPDATE measurement SET benchmark = 'toy-shapes', protocol = 'corrected', standard_error = 0.0125 "
            "WHERE model_id = 'mine'"
        )
    connection.close()


# ---- rank ----------------------------------------------------------------------------------------------------------


def test_rank_prints_the_published_leaders(run: Run, study: Path) -> None:
    result = run("rank")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = [line for line in result.stdout.splitlines() if line.startswith("│")]
    assert len(rows) == 20
    assert "EVA02-b (IN-21k)" in rows[0]
    assert "1.0738" in rows[0]
    assert "20 of 326 models" in result.stdout


@pytest.mark.parametrize("asked", [("--sort", "-brier_score"), ("--brier_score.lte", "2"), ("--w.brier_score", "1")])
def test_rank_shows_the_nine_and_what_is_asked_for_beyond_them(
    asked: tuple[str, str], run: Run, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    plain = run("rank", "--limit", "1").stdout
    assert "Params" in plain
    assert "Brier" not in plain
    assert "10 more without weight" in plain
    assert "Brier" in run("rank", "--limit", "1", *asked).stdout


def test_rank_says_first_who_leads_why_and_what_is_in_doubt(run: Run, study: Path) -> None:
    first, second, *_ = run("rank", "--limit", "1").stdout.splitlines()
    assert first.startswith("EVA02-b (IN-21k) leads with 1.07, ahead of Hiera-B-Plus by 0.04: +0.57 calibration error")
    assert second.startswith("Hiera-B-Plus, second, rests on flagged calibration error")
    among_filtered = run("rank", "--architecture", "cnn", "--sort", "name", "--limit", "1").stdout
    assert among_filtered.startswith("ConvNextV2-B (IN-21k) leads with 0.96")
    among_all = run("rank", "--architecture", "cnn", "--among", "all", "--limit", "1").stdout
    assert among_all.splitlines()[0] == first
    assert "1 of 170 models" in among_all


def test_piped_tables_have_no_colours_and_nothing_is_cut_off(run: Run, study: Path) -> None:
    output = run("rank", "--limit", "1000").stdout + run("compare", "clip-laion2b-b16-ft", "resnet50").stdout
    output += run("show", "resnet50").stdout
    assert "\x1b" not in output
    assert "…" not in output
    assert "CLIP-B16-Laion2B-FT-Vision-Encoder" in output
    framed = [line for line in output.splitlines() if line and line[0] in "┏┃┡│└"]
    assert {line[-1] for line in framed} <= set("┓┃┩│┘")


def test_rank_takes_the_parameters_of_the_interface(run: Run, study: Path) -> None:
    result = run(
        "rank", "--json", "--preset", "robust", "--w.accuracy", "2", "--architecture=cnn",
        "--parameters_millions.lte", "30", "--normalisation", "zscore", "--quality", "screened", "--limit", "5",
    )  # fmt: skip
    answer = orjson.loads(result.stdout)
    assert (answer["preset"], answer["normalisation"], answer["quality"]) == ("robust", "zscore", "screened")
    assert answer["weights"]["accuracy"] == 2
    assert len(answer["items"]) == 5
    assert {item["architecture"] for item in answer["items"]} == {"cnn"}
    assert all(item["scores"]["parameters_millions"] <= 30 for item in answer["items"])


def test_a_missing_value_is_told_by_its_reason(run: Run, study: Path) -> None:
    assert "screened" in run("rank", "--quality", "screened", "--limit", "400").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("resnet",), "'resnet' is neither an option nor the value of one."),
        (("--w.accuracy", "-1"), "w.accuracy is"),
        (("--w.accuracy", "inf"), "w.accuracy is"),
        (("--w.acuracy", "1"), "w.acuracy"),
        (("--limit", "0"), "limit is '0'"),
        (("--among", "some"), "among is 'some': must be one of filtered, all"),
        (("--limit", "10000000"), "limit is '10000000'"),
        (("--cursor", "nonsense"), "cursor"),
        (("--architecture",), "--architecture has no value. Write --architecture VALUE."),
        (("--q", "--json"), "--q has no value."),
        (("--q", "a", "--q", "b"), "--q is given twice."),
        (("--format", "parquet"), "parquet"),
        (("--columns", "rank", "--json"), "--columns chooses columns of a table or of csv."),
        (("--columns", "rnk"), "No column is called 'rnk'. Did you mean `rank`?"),
        (("--data-dir",), "--data-dir has no value."),
        (("--preset", "nothing"), "Write for example --preset paper."),
    ],
)
def test_rank_refuses(run: Run, study: Path, words: tuple[str, ...], message: str) -> None:
    result = run("rank", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_rank_prints_rows_for_other_programs(run: Run, study: Path) -> None:
    every = list(csv.DictReader(run("rank", "--format", "csv").stdout.splitlines()))
    assert len(every) == 326
    assert every[0]["name"] == "EVA02-b (IN-21k)"
    few = run("rank", "--format", "csv", "--columns", "name, rank", "--architecture", "cnn", "--limit", "2").stdout
    assert few.splitlines() == ["name,rank", "ConvNextV2-B (IN-21k),1", "EfficientNet-B6 (Noisy Student),2"]
    lines = run("rank", "--format", "ndjson", "--among", "all").stdout.splitlines()
    assert orjson.loads(lines[0])["model_id"] == every[0]["model_id"]
    assert len(lines) == 326
    assert run("rank", "--format", "json", "--limit", "1").stdout == run("rank", "--json", "--limit", "1").stdout


def test_rank_prints_all_rows_for_other_programs_where_a_page_holds_fewer(
    run: Run, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellbehaved.client.PAGE_SIZE", 100)
    assert len(run("rank", "--format", "csv").stdout.splitlines()) == 1 + 326
    assert len(run("rank", "--format", "ndjson").stdout.splitlines()) == 326
    rows = [line for line in run("rank", "--columns", "rank,name").stdout.splitlines() if line.startswith("│")]
    assert len(rows) == 20


def test_rank_prints_the_columns_that_were_asked_for(run: Run, study: Path) -> None:
    rows = [line for line in run("rank", "--columns", "rank,name,score").stdout.splitlines() if line.startswith("│")]
    assert len(rows) == 20
    assert rows[0].replace("│", " ").split() == ["1", "EVA02-b", "(IN-21k)", "1.0738"]


def test_every_option_of_the_help_is_taken(run: Run, study: Path) -> None:
    """An option of the list that the interface does not know would end here."""
    for option in OPTIONS:
        value = option.choices[0] if option.choices else _VALUES.get(option.name, "1")
        assert "there is no such parameter" not in run("rank", option.name, value).stderr, option.name


@pytest.mark.parametrize(
    "words", [("rank",), ("show", "resnet50"), ("compare", "a", "b"), ("export", "a.csv"), ("rank", "--json")]
)
def test_without_a_store_the_next_step_is_told_once(run: Run, data_dir: Path, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.endswith("run `wellbehaved migrate`, which makes it.\n")
    assert not data_dir.exists()
    assert list(Path.cwd().iterdir()) == []


# ---- show and compare ----------------------------------------------------------------------------------------------


def test_show_one_model(run: Run, study: Path) -> None:
    text = run("show", "resnet50").stdout
    assert "ResNet50 (resnet50)" in text
    assert "paper: rank 214, score -0.3105" in text
    assert "Licence of the weights: bsd-3-clause, which allows commercial use (torchvision" in text
    assert "Cost: 4.09 billion multiply-accumulates" in text
    assert '    weights = torchvision.models.get_weight("ResNet50_Weights.IMAGENET1K_V1")' in text
    answer = orjson.loads(run("show", "resnet50", "--json").stdout)
    assert answer["scores"]["accuracy"]["value"] == pytest.approx(0.7613, abs=5e-5)


@pytest.mark.parametrize("name", ["resnet", "../imports", "", "no such model"])
def test_show_nobody(run: Run, study: Path, name: str) -> None:
    result = run("show", name)
    assert result.exit_code == 2
    assert result.stderr.strip()


def test_compare(run: Run, study: Path) -> None:
    text = run("compare", "resnet50", "--w.accuracy", "2", "eva02-b-21k").stdout
    assert "ResNet50" in text
    assert "EVA02-b (IN-21k)" in text
    paper = orjson.loads(run("compare", "resnet50", "eva02-b-21k", "--json").stdout)
    edge = orjson.loads(run("compare", "resnet50", "eva02-b-21k", "--preset", "edge", "--json").stdout)
    assert [item["model_id"] for item in paper["items"]] == ["resnet50", "eva02-b-21k"]
    assert edge["items"][0]["score"] > paper["items"][0]["score"] == pytest.approx(-0.3105, abs=5e-5)


@pytest.mark.parametrize("models", [["resnet50"], ["resnet50"] * 2, [f"model-{number}" for number in range(7)]])
def test_compare_refuses(run: Run, study: Path, models: list[str]) -> None:
    result = run("compare", *models)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "models" in result.stderr


def test_compare_paired_says_when_nothing_can_be_paired(run: Run, study: Path) -> None:
    result = run("compare", "alexnet", "resnet50", "--paired", "--confidence", "0.9")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "ResNet50 against AlexNet, not paired" in result.stdout
    assert "There is no evidence of AlexNet and ResNet50. The values are published" in result.stdout
    answer = orjson.loads(run("compare", "--paired", "alexnet", "resnet50", "--json", "--confidence", "0.9").stdout)
    assert (answer["a"]["model_id"], answer["b"]["model_id"], answer["confidence"]) == ("alexnet", "resnet50", 0.9)
    assert not answer["paired"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["alexnet"], "--paired compares two models and was given 1"),
        (["alexnet", "resnet50", "mine"], "was given 3"),
        (["alexnet", "nobody"], "There is no model 'nobody'"),
        (["alexnet", "resnet50", "--w.accuracy", "2"], "w.accuracy"),
    ],
)
def test_compare_paired_refuses(run: Run, study: Path, words: list[str], message: str) -> None:
    result = run("compare", "--paired", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


# ---- export --------------------------------------------------------------------------------------------------------

READERS: dict[str, Callable[[Path], int]] = {
    "csv": lambda path: len(pd.read_csv(path)),
    "json": lambda path: len(orjson.loads(path.read_bytes())["items"]),
    "ndjson": lambda path: len([orjson.loads(line) for line in path.read_bytes().splitlines()]),
    "parquet": lambda path: int(pyarrow.parquet.read_table(path).num_rows),
    "CSV": lambda path: len(pd.read_csv(path)),
}


@pytest.mark.parametrize("ending", READERS)
def test_export_writes_every_format(run: Run, study: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"ranking.{ending}"
    file.write_text("an older export")
    result = run("export", str(file), "--architecture", "cnn")
    size = file.stat().st_size
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"wrote {file} ({size:,} bytes)\n", "")
    listed = orjson.loads(run("rank", "--architecture", "cnn", "--json").stdout)["total"]
    assert READERS[ending](file) == listed
    assert {path.name for path in tmp_path.iterdir()} == {"data", file.name}


def test_export_writes_to_standard_output(run: Run, study: Path, tmp_path: Path) -> None:
    assert run("export", "all.csv").exit_code == 0
    assert run("export", "-").stdout_bytes == (tmp_path / "all.csv").read_bytes()
    assert run("export", "-", "--format", "parquet", "--limit", "2").stdout_bytes[:4] == b"PAR1"
    assert run("export", "-", "--results").stdout.startswith("model_id,")
    assert run("export", "figures", "--format", "json", "--limit", "2").exit_code == 0
    assert len(orjson.loads((tmp_path / "figures").read_bytes())["items"]) == 2
    assert not (tmp_path / "-").exists()


def test_export_may_be_limited(run: Run, study: Path) -> None:
    assert run("export", "few.csv", "--limit", "3", "--w.accuracy", "2").exit_code == 0
    assert READERS["csv"](Path("few.csv")) == 3


def test_an_export_that_leaves_models_out_says_so(run: Run, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wellbehaved.client.PAGE_SIZE", 100)
    result = run("export", "all.json")
    assert result.exit_code == 0
    assert result.stderr == "326 models match and one JSON file holds 100: the other formats hold all of them.\n"
    assert run("export", "all.csv").stderr == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ranking.xlsx",), "ranking.xlsx does not end in .csv, .json, .ndjson or .parquet."),
        (("ranking",), "ranking does not end in"),
        (("a.csv", "b.csv"), "export takes one file"),
        (("--limit", "5"), "export takes one file"),
        (("nowhere/ranking.csv",), "nowhere is not a folder. Create it first."),
        (("ranking.csv", "--preset", "nosuch"), "preset is 'nosuch'"),
    ],
)
def test_export_refuses_and_writes_nothing(
    run: Run, study: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    result = run("export", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_export_onto_a_folder_tells_why_and_leaves_no_half_file(run: Run, study: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.csv").mkdir()
    result = run("export", "taken.csv")
    assert result.exit_code == 1
    assert "directory" in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"data", "taken.csv"}


# ---- import --------------------------------------------------------------------------------------------------------


def test_import_adds_and_repeating_changes_nothing(run: Run, study: Path, tmp_path: Path) -> None:
    file = written_text(tmp_path / "mine.csv", {})
    first = run("import", file)
    assert first.exit_code == 0
    assert first.stdout.startswith("1 added, 0 unchanged; data version 2-")
    assert orjson.loads(run("import", file, "--json").stdout)["unchanged"] == 1
    assert orjson.loads(run("rank", "--sort=-accuracy", "--json").stdout)["items"][0]["model_id"] == "mine"


@pytest.mark.parametrize(
    ("rows", "line", "column", "value"),
    [
        ([{}, {"model_id": "other", "name": "Other", "accuracy": "76.1"}], 3, "accuracy", "76.1"),
        ([{"accuracy": "nan"}], 2, "accuracy", "nan"),
        ([{"name": "=1+1"}], 2, "name", "=1+1"),
        ([{"architecture": "cnnn"}], 2, "architecture", "cnnn"),
        ([{}, {"name": "Other"}], 3, "model_id", "mine"),
        ([{"model_id": "resnet50"}], 2, "accuracy", "0.99"),
        ([{"model_id": "Not A Slug"}], 2, "model_id", "Not A Slug"),
    ],
)
def test_a_bad_file_is_told_cell_by_cell_and_stores_nothing(
    run: Run, study: Path, tmp_path: Path, rows: list[dict[str, str]], line: int, column: str, value: str
) -> None:
    before = content(study)
    result = run("import", written_text(tmp_path / "bad.csv", *rows))
    assert (result.exit_code, result.stdout) == (1, "")
    told = [text for text in result.stderr.splitlines() if text.startswith(f"line {line}, {column}: {value!r}: ")]
    assert told, result.stderr
    assert len(told[0].removeprefix(f"line {line}, {column}: {value!r}: ")) > 5
    assert "nothing was imported" in result.stderr.splitlines()[-1]
    assert content(study) == before


@pytest.mark.parametrize("data", [b"", b"\xff\xfea\x00", b"model_id,name\nx,y\n", b"PK\x03\x04" + bytes(50)])
def test_a_file_of_another_kind_is_refused(run: Run, study: Path, tmp_path: Path, data: bytes) -> None:
    before = content(study)
    (tmp_path / "bad.csv").write_bytes(data)
    result = run("import", "bad.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.strip()
    assert content(study) == before


def test_every_fault_is_named(run: Run, study: Path, tmp_path: Path) -> None:
    file = written_text(tmp_path / "bad.csv", {"accuracy": "7", "shape_bias": "-1"}, {"model_id": "b", "name": "@b"})
    stderr = run("import", file).stderr
    assert [line.partition(":")[0] for line in stderr.splitlines()[:-1]] == [
        "line 2, accuracy", "line 2, shape_bias", "line 3, name",
    ]  # fmt: skip
    assert stderr.splitlines()[-1].startswith("3 errors")


def test_a_fault_of_a_whole_file_names_no_column(run: Run, study: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"PK\x03\x04" + bytes(50))
    first, last = run("import", "bad.csv").stderr.splitlines()
    assert first.startswith("line 1: 'NUL': must not occur in a text file")
    assert last.startswith("1 error; nothing was imported.")


@pytest.mark.parametrize(
    ("rows", "last", "listed"),
    [
        (20, "20 errors; nothing was imported. Correct these places and import the whole file again.", 20),
        (21, "and 1 more; --json lists all. 21 errors; nothing was imported. Correct them and import", 21),
        (1200, "and 1180 more; --json lists the first 1000. 1200 errors; nothing was imported. Correct", 1000),
    ],
)
def test_many_faults_are_counted_and_the_first_shown(
    run: Run, study: Path, tmp_path: Path, rows: int, last: str, listed: int
) -> None:
    file = written_text(tmp_path / "bad.csv", *({"model_id": f"m{row}", "name": f"@{row}"} for row in range(rows)))
    lines = run("import", file).stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1].startswith(last)
    told = run("import", file, "--json")
    assert (told.exit_code, told.stderr) == (1, "")
    problem = orjson.loads(told.stdout)
    assert (problem["code"], len(problem["errors"])) == ("import_rejected", listed)
    assert problem["detail"].startswith(f"{rows} ")
    assert [error["line"] for error in problem["errors"][:2]] == [2, 3]


@pytest.mark.parametrize("file", ["nowhere.csv", "."])
def test_import_needs_a_file(run: Run, study: Path, file: str) -> None:
    assert run("import", file).exit_code == 2


# ---- a running service ---------------------------------------------------------------------------------------------


def test_a_running_service_is_asked_where_it_is_named(
    run: Run, data_dir: Path, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert orjson.loads(run("rank", "--json", "--api", service_url).stdout)["total"] == 326
    monkeypatch.setenv("WELLBEHAVED_API_URL", service_url)
    assert "ResNet50" in run("show", "resnet50").stdout
    assert run("export", "ranking.csv").exit_code == 0
    assert not data_dir.exists()


def test_importing_into_a_running_service_needs_its_token(
    run: Run, data_dir: Path, service_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written_text(tmp_path / "mine.csv", {})
    without = run("import", file, "--api", service_url)
    assert without.exit_code == 1
    assert "token" in without.stderr
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "another")
    assert run("import", file, "--api", service_url).exit_code == 1
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "a-token")
    assert run("import", file, "--api", service_url).stdout.startswith("1 added")
    with Client(service_url) as client:
        assert client.models.get("mine")["name"] == "Mine"


def test_nobody_answers(run: Run) -> None:
    result = run("rank", "--api", "http://127.0.0.1:9")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("No answer from http://127.0.0.1:9 (ConnectError). Start it with")


def test_all_results_are_written_and_read_back(run: Run, study: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    written_text = run("export", str(file), "--results")
    assert (written_text.exit_code, written_text.stderr) == (0, "")
    assert f"`wellbehaved import {file.name}` reads it back" in written_text.stdout
    assert "0 added, 326 unchanged" in run("import", str(file)).stdout


@pytest.mark.parametrize("ending", ["ndjson", "parquet"])
def test_all_results_are_written_for_other_programs(run: Run, study: Path, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"all.{ending}"
    done = run("export", str(file), "--results")
    assert (done.exit_code, "reads it back" in done.stdout) == (0, False)
    rows = pd.read_parquet(file) if ending == "parquet" else pd.read_json(file, lines=True)
    assert (len(rows), rows["model_id"].nunique()) == (9 * 326, 326)
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("words", [("all.json", "--results"), ("all.csv", "--results", "--architecture", "cnn")])
def test_all_results_are_a_table_without_filters(run: Run, study: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = run("export", str(tmp_path / words[0]), *words[1:])
    assert refused.exit_code == 2
    assert "give a file that ends in .csv, .ndjson or .parquet and no filters" in refused.stderr


# ---- models that are not on the default benchmark --------------------------------------------------------------------


def test_a_model_is_found_on_the_benchmark_that_it_was_measured_on(run: Run, study: Path, tmp_path: Path) -> None:
    on_toy_shapes(run, study, tmp_path)
    shown = run("show", "mine")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "0.9900" in shown.stdout
    assert "toy-shapes" in shown.stdout
    assert orjson.loads(run("show", "mine", "--json").stdout)["benchmark"] == "toy-shapes"


def test_the_only_model_of_a_benchmark_is_shown_by_its_values(run: Run, study: Path, tmp_path: Path) -> None:
    on_toy_shapes(run, study, tmp_path)
    shown = run("rank", "--benchmark", "toy-shapes")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Mine is the only model on toy-shapes; a rank needs others. Its values:")
    assert "0.9655 to 1.0000" in shown.stdout  # 1.96 standard errors of .0125, and no accuracy is above 1
    assert "rank 1" not in shown.stdout + run("show", "mine").stdout


def test_a_model_without_all_values_has_no_rank_and_the_ranking_says_which_are_missing(
    run: Run, study: Path, tmp_path: Path
) -> None:
    assert run("import", written_text(tmp_path / "part.csv", {"shape_bias": "", "object_focus": ""})).exit_code == 0
    shown = run("rank", "--q", "mine")
    assert shown.exit_code == 0
    assert "Mine" in shown.stdout
    for key in ("shape_bias", "object_focus"):
        assert key in shown.stdout


def test_rank_loads_nothing_that_it_does_not_need(study: Path) -> None:
    needless = (
        "torch", "timm", "cv2", "pandas", "pyarrow", "plotly", "streamlit", "dbos", "alembic.command", "scipy.stats",
        "scipy.optimize", "scipy.special", "PIL", "backend.api.findings", "backend.api.evaluations",
        "backend.api.models",
    )  # fmt: skip
    program = (
        "import sys; from wellbehaved.cli import app; app(['rank', '--limit', '1'], standalone_mode=False);"
        f"print(*sorted(sys.modules.keys() & set({needless!r})))"
    )
    environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(study)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True, cwd=study
    )
    assert "leads with" in done.stdout
    assert done.stdout.splitlines()[-1] == ""
