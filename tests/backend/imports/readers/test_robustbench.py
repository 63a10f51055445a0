import pytest
from pydantic import JsonValue

from backend.imports.csv_file import ImportRejected
from backend.imports.foreign_table import ForeignTable, ForeignValue
from backend.imports.new_models import new_model
from backend.imports.readers.robustbench import read
from quba.measuring.uncertainty import binomial_standard_error
from tests.backend.imports.foreign_files import ATTACKED, CORRUPTED, model_info, table_file

LINF = "imagenet/Linf/Salman2020Do_R50.json"
OPTION = "robustbench_linf"


def table(name: str = LINF, dimension: str | None = None, **changes: JsonValue) -> ForeignTable:
    return read(table_file(model_info(ATTACKED, **changes), name, dimension))


def rules(data: bytes, name: str | None = LINF, dimension: str | None = None) -> list[tuple[str | None, str]]:
    with pytest.raises(ImportRejected) as found:
        read(table_file(data, name, dimension))
    return [(error.column, error.rule) for error in found.value.errors]


def test_a_file_gives_what_stands_under_attack_and_without() -> None:
    [row] = table().rows
    assert row.model == "Salman2020Do_R50"
    assert row.values == {
        "robustbench_linf_4_255_autoattack": ForeignValue(
            value=0.305, sample_count=5000, standard_error=binomial_standard_error(0.305, 5000)
        ),
        "robustbench_linf_4_255_clean": ForeignValue(
            value=0.6002, sample_count=5000, standard_error=binomial_standard_error(0.6002, 5000)
        ),
    }


def test_another_radius_is_another_dimension() -> None:
    definition = table(eps="8/255").definitions[0]
    assert (definition.key, definition.label) == (
        "robustbench_linf_8_255_autoattack", "RobustBench Linf 8/255, AutoAttack",
    )  # fmt: skip


def test_corruptions_have_means_and_errors_relative_to_alexnet() -> None:
    found = read(table_file(model_info(CORRUPTED), "imagenet/corruptions/AlexNet.json"))
    [row] = found.rows
    assert {key: each.value for key, each in row.values.items()} == {
        "robustbench_corruptions_mean": 0.4, "robustbench_corruptions_clean": 0.6002,
        "robustbench_corruptions_mce": 1.205, "robustbench_corruptions_3d_mean": 0.415,
        "robustbench_corruptions_3d_mce": 0.999,
    }  # fmt: skip
    with_error = {key for key, each in row.values.items() if each.standard_error is not None}
    assert with_error == {"robustbench_corruptions_clean"}
    dimensions = {each.key: each.dimension() for each in found.definitions}
    assert set(dimensions) == set(row.values)
    assert not dimensions["robustbench_corruptions_mce"].higher_is_better
    assert dimensions["robustbench_corruptions_mce"].refusal(1.205) is None
    assert dimensions["robustbench_corruptions_mean"].refusal(1.205) is not None


def test_what_a_file_does_not_say_is_missing() -> None:
    data = model_info(CORRUPTED, corruptions_acc_3d=None, corruptions_mce_3d="", clean_acc=None)
    found = read(table_file(data, "imagenet/corruptions/A.json"))
    assert set(found.rows[0].values) == {"robustbench_corruptions_mean", "robustbench_corruptions_mce"}
    assert len(found.definitions) == 2


@pytest.mark.parametrize("dimension", [None, OPTION])
def test_the_threat_is_that_of_the_folder_or_of_the_option(dimension: str | None) -> None:
    assert table(dimension=dimension).rows
    assert table(name="Salman2020Do_R50.json", dimension=OPTION).rows[0].model == "Salman2020Do_R50"


@pytest.mark.parametrize(
    ("name", "dimension", "words"),
    [
        ("Salman2020Do_R50.json", None, "does not say which threat"),
        (None, None, "does not say which threat"),
        ("downloads/Salman2020Do_R50.json", None, "does not say which threat"),
        (LINF, "robustbench_corruptions", "not of robustbench_corruptions"),
        (LINF, "linf", "is no kind of threat"),
        ("cifar10/Linf/A.json", None, "is of the data set"),
        (None, OPTION, "is not MODEL.json"),
        ("imagenet/Linf/A.csv", None, "is not MODEL.json"),
        ("imagenet/Linf/=A.json", None, "is not MODEL.json"),
    ],
)
def test_threat_and_model_are_never_guessed(name: str | None, dimension: str | None, words: str) -> None:
    [(_, rule)] = rules(model_info(), name, dimension)
    assert words in rule


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"autoattack_acc": "nan"}, ["autoattack_acc"]),
        ({"autoattack_acc": None}, ["autoattack_acc"]),
        ({"autoattack_acc": "130", "clean_acc": "x"}, ["autoattack_acc", "clean_acc"]),
        ({"autoattack_acc": True}, ["autoattack_acc"]),
        ({"clean_acc": ["1"]}, ["clean_acc"]),
        ({"eps": None}, ["eps"]),
        ({"eps": "0.5"}, ["eps"]),
        ({"unreliable": True}, ["unreliable"]),
        ({"dataset": "cifar10"}, [None]),
        ({"dataset": None}, [None]),
    ],
)
def test_a_bad_figure_is_named(changes: dict[str, JsonValue], columns: list[str | None]) -> None:
    assert [column for column, _ in rules(model_info(ATTACKED, **changes))] == columns


def test_a_number_counts_as_the_text_of_it() -> None:
    assert table(autoattack_acc=30.5).rows == table().rows


@pytest.mark.parametrize("data", [b"", b"[1]", b"model,top1\n", b"[" * 100_000, b"\xff"])
def test_another_file_is_refused(data: bytes) -> None:
    assert len(rules(data)) == 1


def test_models_are_those_of_the_same_threat() -> None:
    stored = {
        "one": new_model(model_id="one", name="One", library="robustbench(imagenet,Linf)", identifier="A"),
        "two": new_model(model_id="two", name="Two", library="robustbench(imagenet,corruptions)", identifier="A"),
    }
    assert table().ids_by_name(stored) == {"A": ["one"]}


def test_a_new_model_says_what_the_file_says() -> None:
    made = table().new_model("Salman2020Do_R50")
    assert made is not None
    assert (made.id, made.name) == ("robustbench-linf-salman2020do_r50", "Salman2020Do_R50 (RobustBench Linf)")
    assert (made.paper_title, made.note) == ("A title", "ResNet-50; A. One, B. Two")
    assert (made.source_library, made.source_identifier) == ("robustbench(imagenet,Linf)", "Salman2020Do_R50")
    silent = model_info(ATTACKED, name=None, authors=None, architecture=None)
    bare = read(table_file(silent, LINF)).new_model("A")
    assert bare is not None
    assert (bare.paper_title, bare.note) == (None, "")
