"""Tables of others on the command line; results of one's own and lists are in the tests of the other questions."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import Result

from tests.backend.imports.foreign_files import ATTACKED, model_info, results
from wellbehaved.api_errors import ApiError
from wellbehaved.client.work_events import WorkEnded
from wellbehaved.import_command import _refused_files, _summary

Run = Callable[..., Result]
NAME = "results-imagenet-a.csv"


def test_a_table_is_imported_and_weighed(run: Run, study: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(results({}))
    result = run("import", "--format", "timm", NAME)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second, third, last = result.stdout.splitlines()
    assert first.startswith("1 added, 0 unchanged; data version 4-")
    assert (second, third) == (
        "`wellbehaved rank --w.timm_imagenet_a_top1 1` weighs timm_imagenet_a_top1",
        "`wellbehaved rank --w.timm_imagenet_a_top5 1` weighs timm_imagenet_a_top5",
    )
    assert last.startswith("`wellbehaved delete im-")
    ranked = orjson.loads(run("rank", "--w.timm_imagenet_a_top1", "1", "--json", "--limit", "1").stdout)
    assert ranked["items"][0]["scores"]["timm_imagenet_a_top1"] == 0.8025
    assert run("import", "--format", "timm", NAME).stdout.startswith("0 added, 1 unchanged")


def test_errors_are_counted_as_they_are_listed_where_a_service_does_not_begin_with_their_number() -> None:
    error = ApiError(422, "invalid_import", "Several rows are wrong.", errors=[{"line": 2}, {"line": 3}])
    assert _summary(error).startswith("2 errors; nothing was imported.")


def test_unknown_models_are_listed_and_taken_in_part_only_on_demand(run: Run, study: Path, tmp_path: Path) -> None:
    unknown = [{"model": f"nobody.knows{place}"} for place in range(12)]
    (tmp_path / NAME).write_bytes(results({}, {"model": "resnet26.bt_in1k"}, *unknown))
    refused = run("import", "--format", "timm", NAME)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert len(refused.stderr.splitlines()) == 14
    assert refused.stderr.startswith("line 3, model: 'resnet26.bt_in1k': is no model of this store; `--partial` adds")
    taken = run("import", "--format", "timm", NAME, "--partial")
    assert taken.stdout.startswith("2 added, 1 of them new models, 0 unchanged; ")
    *lines, last = taken.stderr.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("line 4, nobody.knows0: is neither a model of this store nor weights")
    assert last == "and 2 more rows were left out; --json lists them all."
    again = orjson.loads(run("import", "--format", "timm", NAME, "--partial", "--json").stdout)
    assert len(again["left_out"]) == 12


def test_many_unknown_models_of_a_table_are_counted_and_the_first_shown(run: Run, study: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(results({}, *({"model": f"nobody.knows{place}"} for place in range(30))))
    refused = run("import", "--format", "timm", NAME)
    *lines, last = refused.stderr.splitlines()
    assert (refused.exit_code, len(lines)) == (1, 20)
    assert last.startswith("and 10 more; --json lists all. 30 errors; nothing was imported.")
    told = run("import", "--format", "timm", NAME, "--json")
    assert (told.exit_code, len(orjson.loads(told.stdout)["errors"])) == (1, 30)
    # What is no error of the table stays a sentence.
    other = run("import", "--format", "timm", NAME, "--json", "--dimension", "d" * 1000)
    assert (other.exit_code, other.stdout) == (2, "")
    assert other.stderr.startswith("dimension is 'ddd")


def test_a_file_of_robustbench_says_by_its_folders_what_it_is(run: Run, study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "imagenet" / "Linf"
    folder.mkdir(parents=True)
    (folder / "Salman2020Do_R50.json").write_bytes(model_info(ATTACKED))
    (tmp_path / "Salman2020Do_R50.json").write_bytes(model_info(ATTACKED))
    refused = run("import", "--format", "robustbench", "Salman2020Do_R50.json")
    assert refused.exit_code == 1
    assert "does not say which threat" in refused.stderr
    named = ("import", "--format", "robustbench", "Salman2020Do_R50.json", "--dimension", "robustbench_linf")
    assert run(*named).stdout.startswith("1 added")
    inside = run("import", "--format", "robustbench", "imagenet/Linf/Salman2020Do_R50.json")
    assert inside.stdout.startswith("0 added, 1 unchanged")


@pytest.mark.parametrize("words", [("--partial",), ("--dimension", "timm_imagenet"), ("--format", "xlsx")])
def test_options_of_tables_need_the_format_of_one(
    run: Run, study: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / NAME).write_bytes(results({}))
    assert run("import", NAME, *words).exit_code == 2


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_says_on_a_terminal_what_is_sent_and_what_is_waited_for(
    run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1" if terminal else "0")
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "mine.csv").write_text("model_id,brier_score\nalexnet,0.5\n")
    result = run("import", "mine.csv")
    assert (result.exit_code, result.stdout.startswith("1 added, 0 unchanged")) == (0, True)
    # The last that is drawn before the bar is taken away.
    assert ("storing rows, 1" in result.stderr) is terminal
    if not terminal:
        assert result.stderr == ""


def test_a_service_that_ends_in_the_middle_is_said_with_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), _refused_files(json=False):
        raise WorkEnded("It broke off.")
    assert capsys.readouterr().err == "It broke off. `wellbehaved import --list` says whether it is there.\n"
