import pytest

from backend.imports.csv_file import ImportRejected
from backend.imports.foreign_table import ForeignTable, ForeignValue
from backend.imports.new_models import new_model
from backend.imports.timm_throughput import throughput_table
from tests.backend.imports.foreign_files import places, speeds, table_file

NAME = "benchmark-infer-amp-nchw-pt240-cu124-rtx4090.csv"
KEY = "timm_throughput_amp_nchw_pt240_cu124_rtx4090"


def table(*rows: dict[str, str], name: str | None = NAME, dimension: str | None = None) -> ForeignTable:
    return throughput_table(table_file(speeds(*rows), name, dimension))


def refusal(*rows: dict[str, str], name: str | None = NAME, dimension: str | None = None) -> ImportRejected:
    with pytest.raises(ImportRejected) as found:
        table(*rows, name=name, dimension=dimension)
    return found.value


def test_a_row_gives_the_images_per_second_of_an_architecture() -> None:
    found = table({})
    [row] = found.rows
    assert (row.line, row.model, row.input_size) == (2, "resnet50", 224)
    assert row.values == {KEY: ForeignValue(value=4000.25)}
    assert row.conditions == "batches of 1024 images of 224 pixels"
    assert (found.device, found.precision, found.same_size_only) == ("rtx4090", "amp", True)


def test_the_dimension_names_device_and_circumstances() -> None:
    [definition] = table({}).definitions
    assert definition.key == KEY
    assert definition.label == "Throughput, rtx4090 (amp, nchw, torch 240, CUDA 124)"
    assert (definition.unit, definition.higher_is_better) == ("images per second", True)
    assert definition.logarithmic


@pytest.mark.parametrize(
    ("name", "key", "device"),
    [
        (
            "benchmark-infer-amp-nchw-pt240-cu124-rtx4090-dynamo.csv",
            "timm_throughput_amp_nchw_pt240_cu124_rtx4090_dynamo", "rtx4090",
        ),
        (
            "benchmark-infer-fp32-nchw-pt221-cpu-i9_10940x-dynamo.csv",
            "timm_throughput_fp32_nchw_pt221_cpu_i9_10940x_dynamo", "cpu-i9_10940x",
        ),
        (
            "benchmark-infer-amp_bf16-nchw-pt291-cu130-pro6000maxq-dynamo.csv",
            "timm_throughput_amp_bf16_nchw_pt291_cu130_pro6000maxq_dynamo", "pro6000maxq",
        ),
    ],
)  # fmt: skip
def test_every_form_of_name_has_its_device(name: str, key: str, device: str) -> None:
    found = table({}, name=name)
    assert (found.definitions[0].key, found.device) == (key, device)


@pytest.mark.parametrize(
    "name",
    [
        None,
        "mine.csv",
        "benchmark-infer-amp-nchw-pt240-cu124.csv",
        "benchmark-infer-fp32-nchw-pt240-cpu.csv",
        "benchmark-infer-fp32-nchw-pt240-cpu-dynamo.csv",
        "benchmark-infer-fp32-nchw-pt240.csv",
    ],
)
def test_a_speed_without_a_device_is_refused(name: str | None) -> None:
    [error] = refusal({}, name=name).errors
    assert "does not name the device" in error.rule
    assert table({}, name=name, dimension="timm_throughput_rtx4090").device == "rtx4090"


@pytest.mark.parametrize(
    ("name", "dimension", "words"),
    [
        ("mine.csv", "timm_throughput_", "names no device"),
        ("mine.csv", "timm_throughput_gpu", "names no device"),
        ("mine.csv", "throughput", "names no device"),
        (NAME, "timm_throughput_rtx3090", "not rtx3090"),
    ],
)
def test_an_option_that_names_no_device_or_another_one_is_refused(name: str, dimension: str, words: str) -> None:
    assert words in refusal({}, name=name, dimension=dimension).errors[0].rule


def test_a_device_that_makes_no_key_is_refused() -> None:
    name = f"benchmark-infer-amp-nchw-pt240-cu124-{'x' * 60}.csv"
    assert "makes no dimension" in refusal({}, name=name).errors[0].rule


def test_a_long_device_name_is_cut_on_screen_alone() -> None:
    [definition] = table({}, name="mine.csv", dimension=f"timm_throughput_{'x' * 48}").definitions
    assert (len(definition.label), definition.key[-48:]) == (60, "x" * 48)


def test_what_did_not_run_has_no_speed() -> None:
    rows = table({"infer_samples_per_sec": "", "infer_batch_size": ""}, {"model": "resnet18"}).rows
    assert [row.model for row in rows] == ["resnet18"]
    assert "no speeds" in refusal({"infer_samples_per_sec": ""}).errors[0].rule


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"infer_samples_per_sec": "nan"}, "infer_samples_per_sec"),
        ({"infer_samples_per_sec": "-1"}, "infer_samples_per_sec"),
        ({"infer_img_size": "x"}, "infer_img_size"),
        ({"infer_batch_size": "0"}, "infer_batch_size"),
        ({"model": ""}, "model"),
    ],
)
def test_a_bad_cell_is_named(row: dict[str, str], column: str) -> None:
    assert [(error.line, error.column) for error in refusal({"model": "a"}, row).errors] == [(3, column)]


def test_the_same_architecture_twice_at_one_size_is_refused() -> None:
    assert len(table({}, {"infer_img_size": "288"}).rows) == 2
    assert places(refusal({}, {}).errors) == [(3, "model", "resnet50")]


def test_a_speed_is_of_all_weights_of_an_architecture_and_makes_no_model() -> None:
    found = table({})
    stored = {
        tag: new_model(model_id=tag, name=tag, library="timm", identifier=tag)
        for tag in ("resnet50.a1_in1k", "resnet50.tv_in1k", "resnet18.a1_in1k")
    }
    assert found.ids_by_name(stored)["resnet50"] == ["resnet50.a1_in1k", "resnet50.tv_in1k"]
    assert found.new_model("resnet18") is None
