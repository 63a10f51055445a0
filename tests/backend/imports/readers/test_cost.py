import json

import pytest
from pydantic import JsonValue

from backend.imports.csv_file import ImportRejected
from backend.imports.foreign_table import ForeignTable, ForeignValue
from backend.imports.new_models import new_model
from backend.imports.readers.cost import read
from tests.backend.imports.foreign_files import batch, costs, table_file

BENCH = "fp32_pt2150_2t_amd_epyc_7763_64_core"


def table(*models: dict[str, JsonValue], **changes: JsonValue) -> ForeignTable:
    return read(table_file(costs(*(models or ({},)), **changes), "cost.json"))


def rules(data: bytes, dimension: str | None = None) -> list[tuple[str | None, str]]:
    with pytest.raises(ImportRejected) as found:
        read(table_file(data, "cost.json", dimension))
    return [(error.column, error.rule) for error in found.value.errors]


def keys(**changes: JsonValue) -> list[str]:
    return [each.key for each in table(**changes).definitions]


def test_each_batch_size_has_a_latency_and_a_memory_of_its_own() -> None:
    found = table({"batches": [batch(), batch(batch_size=64, latency_ms=2000.5, peak_memory_mb=450.0)]})
    [row] = found.rows
    assert row.values == {
        f"latency_ms_b1_{BENCH}": ForeignValue(value=40.5),
        f"peak_memory_mb_b1_{BENCH}": ForeignValue(value=28.75),
        f"latency_ms_b64_{BENCH}": ForeignValue(value=2000.5),
        f"peak_memory_mb_b64_{BENCH}": ForeignValue(value=450.0),
    }
    assert {each.key for each in found.definitions} == set(row.values)
    assert found.replaces


def test_a_dimension_says_all_that_its_values_depend_on() -> None:
    latency, memory = table().definitions
    assert latency.label.startswith("Latency, batch 1, 2 threads, AMD EPYC 7763 64-Core… ")
    assert latency.description == (
        "Milliseconds that a forward pass takes, the median after warming up; batches of 1 image on AMD EPYC 7763 "
        "64-Core Processor, 2 threads (fp32, torch 2.15.0); never to be compared with another device's."
    )
    assert memory.description.startswith("Megabytes of memory that a forward pass needs: by how much it grew; batches")
    assert (latency.unit, memory.unit) == ("milliseconds", "megabytes")
    assert not latency.higher_is_better
    assert not memory.higher_is_better


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"precision": "bf16"}, "latency_ms_b1_bf16_pt2150_2t_amd_epyc_7763_64_core"),
        ({"threads": 1}, "latency_ms_b1_fp32_pt2150_1t_amd_epyc_7763_64_core"),
        ({"versions": {"torch": "2.14.1"}}, "latency_ms_b1_fp32_pt2141_2t_amd_epyc_7763_64_core"),
        (
            {"device": "NVIDIA H100 80GB HBM3", "threads": None, "versions": {"torch": "2.15.0", "cuda": "13.2"}},
            "latency_ms_b1_fp32_pt2150_cu132_nvidia_h100_80gb_hbm3",
        ),
        (
            {"device": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"},
            "latency_ms_b1_fp32_pt2150_2t_intel_xeon_platinum_8481c",
        ),
        ({"versions": {"torch": "nightly"}}, "latency_ms_b1_fp32_ptnightly_2t_amd_epyc_7763_64_core"),
    ],
)
def test_another_bench_is_another_dimension(changes: dict[str, JsonValue], key: str) -> None:
    assert keys(**changes)[0] == key
    assert not set(keys(**changes)) & set(keys())


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"device": "Apple M3"}, "Latency, batch 1, 2 threads, Apple M3, torch 2.15.0"),
        ({"device": "Apple M3", "precision": "bf16"}, "Latency, batch 1, bf16, 2 threads, Apple M3, torch 2.15.0"),
        (
            {"device": "NVIDIA H100", "threads": None, "versions": {"torch": "2.15.0+cu132", "cuda": "13.2"}},
            "Latency, batch 1, NVIDIA H100, torch 2.15.0, cuda 13.2",
        ),
        (
            {"device": "Intel(R) Core(TM) i7-12700 CPU @ 2.10GHz"},
            "Latency, batch 1, 2 threads, Intel Core i7-12700… ",
        ),
    ],
)
def test_a_label_begins_with_what_tells_benches_apart(changes: dict[str, JsonValue], label: str) -> None:
    found = table(**changes).definitions[0].label
    assert found.startswith(label)
    # Where room is short, a digest of six digits stands for the end.
    assert len(found) == len(label) + 6 * label.endswith("… ")


def test_two_dimensions_never_have_one_label() -> None:
    gpu: dict[str, JsonValue] = {
        "device": "NVIDIA H100 80GB HBM3 in a node of the cluster in the basement", "threads": None,
        "versions": {"torch": "2.15.0", "cuda": "13.2"},
    }  # fmt: skip
    benches: list[dict[str, JsonValue]] = [
        {}, {"precision": "bf16"}, {"threads": 8}, {"threads": 16}, {"versions": {"torch": "2.14.1"}},
        {"device": "Intel(R) Xeon(R) CPU @ 2.20GHz"}, {"device": "Intel(R) Xeon(R) CPU @ 2.30GHz"},
        gpu, gpu | {"precision": "tf32"}, gpu | {"versions": {"torch": "2.15.0", "cuda": "12.8"}},
    ]  # fmt: skip
    sizes: dict[str, JsonValue] = {"batches": [batch(), batch(batch_size=64)]}
    found = [each for changes in benches for each in table(sizes, **changes).definitions]
    assert len({each.label for each in found}) == len({each.key for each in found}) == 4 * len(benches)


def test_the_difference_that_matters_is_that_of_no_file() -> None:
    calm = table({"batches": [batch(lower_quartile_ms=40.5, upper_quartile_ms=40.5)]})
    busy = table({"batches": [batch(lower_quartile_ms=1.0, upper_quartile_ms=900.0)]}, device="NVIDIA H100")
    for found in (calm, busy):
        assert [each.smallest_meaningful_difference for each in found.definitions] == [0.1, 1.0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Мой сервер", "Наш ноутбук"),
        ("Мой сервер 1", "Наш ноутбук 1"),
        ("???", "!!!"),
        ("CPU", "Processor"),
        # As clouds call theirs, without a model.
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", "Intel(R) Xeon(R) CPU @ 2.30GHz"),
    ],
)
def test_two_devices_never_share_a_key(one: str, other: str) -> None:
    assert not set(keys(device=one)) & set(keys(device=other))
    assert {len(key) <= 64 for key in keys(device=one)} == {True}
    assert keys(device=one) == keys(device=one)


def test_names_too_long_for_a_key_are_cut_and_stay_apart() -> None:
    name = "AMD Ryzen Threadripper PRO 5995WX 64-Cores with a long"
    one, other = keys(device=f"{name} name"), keys(device=f"{name} story")
    assert {len(key) <= 64 for key in (*one, *other)} == {True}
    assert len({*one, *other}) == 4
    assert one == keys(device=f"{name} name")


def test_builds_of_one_release_share_a_dimension() -> None:
    assert table(versions={"torch": "2.15.0+cu132"}).definitions[0] == table().definitions[0].model_copy(
        update={"source": table(versions={"torch": "2.15.0+cu132"}).definitions[0].source}
    )


def test_the_note_has_passes_quartiles_input_and_whole_versions() -> None:
    [row] = table({"versions": {"onnxruntime": "1.23"}}).rows
    assert row.conditions == (
        "median of 50 passes after 5, images of 3 x 224 x 224; batch 1: quartiles 39.2 and 44 ms; torch 2.15.0+cpu, "
        "onnxruntime 1.23"
    )


def test_a_figure_that_is_missing_is_no_value() -> None:
    [row] = table({"batches": [batch(peak_memory_mb=None, lower_quartile_ms=None)]}).rows
    assert list(row.values) == [f"latency_ms_b1_{BENCH}"]
    assert "quartiles" not in row.conditions
    nothing: dict[str, JsonValue] = {"batches": [batch(latency_ms=None, peak_memory_mb=None)]}
    assert [each.model for each in table(nothing, {"name": "b", "source_identifier": "b"}).rows] == ["b"]
    assert "has no figure" in rules(costs(nothing))[0][1]


def test_a_model_that_could_not_be_had_is_passed_over() -> None:
    absent: dict[str, JsonValue] = {
        "name": "b", "source_library": None, "source_identifier": None, "input_shape": None, "fault": "gone",
        "batches": [],
    }  # fmt: skip
    assert [each.model for each in table({}, absent).rows] == ["resnet50.a1_in1k"]


def test_weights_are_found_by_their_source_under_whatever_name() -> None:
    found = table({"name": "mine"})
    stored = {
        key: new_model(model_id=key, name=key, library=library, identifier=identifier)
        for key, library, identifier in (
            ("a", "timm", "resnet50.a1_in1k"), ("b", "timm", "timm/resnet50.a1_in1k"),
            ("c", "other", "resnet50.a1_in1k"), ("d", "timm", "resnet50.a2_in1k"),
        )
    }  # fmt: skip
    assert found.ids_by_name(stored) == {"mine": ["a", "b"]}
    assert found.new_model("mine") is None
    assert table({"source_identifier": None}).ids_by_name(stored) == {}


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"foo,bar\n1,2\n", "foo,bar\n1,2\n"),
        (b'{"device": null', '{"device": null'),
        (costs({}, device=None), "null"),
        (costs({}, device=True), "true"),
        (costs({}, threads=[2]), "[2]"),
    ],
)
def test_a_refused_value_is_shown_as_the_file_has_it(data: bytes, value: str) -> None:
    with pytest.raises(ImportRejected) as found:
        read(table_file(data, "cost.json"))
    assert found.value.errors[0].value == value


def test_a_file_that_is_no_text_is_named_so() -> None:
    assert "UTF-8" in rules(b"\xff\xfe\x00")[0][1]


@pytest.mark.parametrize("second", [{"source_identifier": "other"}, {"name": "same weights"}])
def test_a_model_twice_is_refused(second: dict[str, JsonValue]) -> None:
    assert "is there twice" in rules(costs({}, second))[0][1]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"device": None}, "device"),
        ({"device": ""}, "device"),
        ({"versions": {}}, "versions.torch"),
        ({"threads": 0}, "threads"),
        ({"precision": "fp16"}, "precision"),
        ({"measured_at": "2026-11-27"}, "measured_at"),
        ({"models": [{}]}, "models.0.name"),
    ],
)
def test_what_makes_no_dimension_is_refused_with_its_place(changes: dict[str, JsonValue], column: str) -> None:
    found = rules(costs({}, **changes))
    assert found[0][0] == column
    assert "`wellbehaved cost --json`" in found[0][1]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"latency_ms": 0}, "models.0.batches.0.latency_ms"),
        ({"latency_ms": float("nan")}, "models.0.batches.0.latency_ms"),
        ({"peak_memory_mb": -1}, "models.0.batches.0.peak_memory_mb"),
        ({"batch_size": 0}, "models.0.batches.0.batch_size"),
    ],
)
def test_an_impossible_figure_is_refused_with_its_place(changes: dict[str, JsonValue], column: str) -> None:
    assert rules(costs({"batches": [batch(**changes)]}))[0][0] == column


def test_another_file_is_refused() -> None:
    assert rules(b"model,top1\n")[0][0] is None
    assert rules(json.dumps([]).encode())[0][0] is None
    assert "names its device" in rules(costs({}), "latency_ms")[0][1]


def test_the_note_says_where_a_model_was_built_without_its_weights() -> None:
    with_weights, without = (table({"untrained": each}).rows[0].conditions for each in (False, True))
    assert "without its weights" not in with_weights
    assert "images of 3 x 224 x 224; built without its weights; batch 1" in without


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({"macs_billions": 4.0, "activations_millions": 11.0}, True),
        ({"macs_billions": 4.0, "activations_millions": 11.0, "input_shape": [3, 224, 256]}, False),
        ({"macs_billions": 4.0, "activations_millions": 11.0, "input_shape": None}, False),
        ({"macs_billions": 4.0, "activations_millions": None}, False),
        # What an earlier version wrote.
        ({}, False),
    ],
)
def test_what_was_counted_of_a_square_image_is_a_fact_of_the_model(changes: dict[str, JsonValue], known: bool) -> None:
    [row] = table(changes).rows
    assert row.facts == (
        {"macs_billions": 4.0, "activations_millions": 11.0, "input_size": 224, "cost_source": "torch 2.15.0"}
        if known
        else {}
    )


@pytest.mark.parametrize("value", [-1.0, 0.0, "many", 1e10])
def test_a_count_that_cannot_be_is_refused(value: JsonValue) -> None:
    [(column, rule)] = rules(costs({"macs_billions": value}))
    assert column == "models.0.macs_billions"
    assert "import what `wellbehaved cost --json` wrote" in rule


def test_a_latency_without_its_device_is_refused_in_a_sentence() -> None:
    document = {key: value for key, value in json.loads(costs({})).items() if key != "device"}
    [error] = rules(json.dumps(document).encode())
    step = "import what `wellbehaved cost --json` wrote, as it is."
    assert error == ("device", f"is missing, and a time says nothing without its device; {step}")
    del document["passes"]
    assert ("passes", f"is missing; {step}") in rules(json.dumps(document).encode())
