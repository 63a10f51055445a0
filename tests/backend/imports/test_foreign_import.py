from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from backend.imports.csv_file import ImportRejected
from backend.imports.foreign_import import import_table
from backend.imports.importer import ImportReport, import_results
from backend.imports.readers import READERS
from backend.store import data_versions, imports, own_dimensions
from backend.store.engine import create_store_engine, reading, writing
from backend.store.models import change_facts, model_records
from backend.store.tables import Measurement, OwnDimension
from quba.dimensions import dimensions_in_force
from quba.errors import Refusal
from quba.vocabulary import COST_FIELDS
from tests.backend.imports.foreign_files import ATTACKED, batch, costs, model_info, places, results, speeds, table_file
from tests.backend.own_dimension import defined

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KNOWN, NEW = "resnet50.a1_in1k", "resnet26.bt_in1k"
REAL, TOP1 = "results-imagenet-real.csv", "timm_imagenet_real_top1"
SPEED_FILE = "benchmark-infer-amp-nchw-pt240-cu124-rtx4090.csv"
SPEED = "timm_throughput_amp_nchw_pt240_cu124_rtx4090"


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    """A store of the study; the database matters to `test_a_table_goes_into_both_databases` alone."""
    own = create_store_engine(study_sqlite_url)
    yield own
    own.dispose()


def take(
    engine: Engine, data: bytes, name: str = REAL, table_format: str = "timm", *, partial: bool = False
) -> ImportReport:
    return import_table(engine, table_file(data, name), table_format, partial=partial, now=NOW)


def refusal(engine: Engine, data: bytes, name: str = REAL, *, partial: bool = False) -> ImportRejected:
    with reading(engine) as session:
        before = data_versions.current_name(session)
    with pytest.raises(ImportRejected) as found:
        take(engine, data, name, partial=partial)
    with reading(engine) as session:
        # Its dimensions are not there either.
        assert data_versions.current_name(session) == before
        assert own_dimensions.dimension_set(session).own == ()
    return found.value


def measured(engine: Engine, key: str) -> dict[str, Measurement]:
    with reading(engine) as session:
        rows = session.scalars(select(Measurement).where(Measurement.dimension == key))
        return {row.model_id: row for row in rows}


def id_of(engine: Engine, tag: str) -> str:
    with reading(engine) as session:
        return next(each.id for each in model_records(session).values() if each.source_identifier == tag)


def test_the_formats_are_the_files_of_the_folder() -> None:
    assert set(READERS) == {"timm", "robustbench", "cost"}


def test_a_table_goes_into_both_databases(study_engine: Engine) -> None:
    report = take(study_engine, results({}, {"model": NEW}), partial=True)
    assert (report.added, report.new_models, report.unchanged, report.left_out) == (2, 1, 0, ())
    found = measured(study_engine, TOP1)
    assert {row.value for row in found.values()} == {0.8025}
    assert set(found) == {id_of(study_engine, KNOWN), NEW}
    again = take(study_engine, results({}, {"model": NEW}), partial=True)
    assert (again.added, again.unchanged, again.import_id) == (0, 2, None)
    assert again.data_version == report.data_version


def test_the_dimensions_come_with_the_values_and_say_where_from(engine: Engine) -> None:
    report = take(engine, results({}))
    assert report.dimensions == (TOP1, "timm_imagenet_real_top5")
    with reading(engine) as session:
        own = {each.key: each for each in own_dimensions.dimension_set(session).own}
        [record] = imports.records(session, limit=2)
    assert set(own) == set(report.dimensions)
    provenance = table_file(results({}), REAL).provenance
    assert provenance in own[TOP1].source
    assert (record.filename, record.row_count, record.model_count, record.values_held) == (REAL, 1, 1, 2)
    row = measured(engine, TOP1)[id_of(engine, KNOWN)]
    assert row.note == f"images of 224 pixels, crop_pct 0.950, interpolation bicubic; {provenance}"
    assert (row.source, row.sample_count, row.import_id) == ("import", 46_837, report.import_id)


def test_nothing_of_the_nine_changes(engine: Engine) -> None:
    def nine() -> list[tuple[str, str, float | None]]:
        with reading(engine) as session:
            columns = (Measurement.model_id, Measurement.dimension, Measurement.value)
            query = select(*columns).where(Measurement.source == "study").order_by(*columns[:2])
            return [(model_id, key, value) for model_id, key, value in session.execute(query)]

    before = nine()
    take(engine, results({"top1": "10", "top1_err": "90"}), "results-imagenet.csv")
    assert nine() == before
    assert len(measured(engine, "accuracy")) == 326


def test_models_that_are_not_there_are_listed_and_nothing_is_stored(engine: Engine) -> None:
    errors = refusal(engine, results({"model": "nobody.knows"}, {}, {"model": NEW})).errors
    assert places(errors) == [(2, "model", "nobody.knows"), (4, "model", NEW)]
    assert errors[0].rule.endswith("; partial=true leaves it out.")
    assert errors[1].rule.endswith("; partial=true adds it.")


def test_partial_adds_the_new_ones_with_the_nine_missing_and_lists_the_unknown(engine: Engine) -> None:
    report = take(engine, results({"model": "nobody.knows"}, {}, {"model": NEW}), partial=True)
    assert [(row.line, row.model) for row in report.left_out] == [(2, "nobody.knows")]
    assert report.left_out[0].reason.startswith("is neither a model of this store nor weights")
    with reading(engine) as session:
        rows = session.scalars(select(Measurement).where(Measurement.model_id == NEW))
        assert {row.dimension for row in rows} == set(report.dimensions)
        assert model_records(session)[NEW].training == "unknown"


def test_a_name_that_another_model_has_is_left_out(engine: Engine) -> None:
    row = f"model_id,name,accuracy\nanother,{NEW.upper()},0.7\n"
    import_results(engine, row.encode())
    report = take(engine, results({}, {"model": NEW}), partial=True)
    assert [each.reason for each in report.left_out] == [
        f"is no model of this store, and another one has the name {NEW}"
    ]


def test_of_several_sizes_the_one_that_the_model_has_here_is_taken(engine: Engine) -> None:
    larger = {"img_size": "288", "top1": "81", "top1_err": "19"}
    take(engine, results(larger, {}, {**larger, "model": NEW}, {"model": NEW}), partial=True)
    assert {row.value for row in measured(engine, TOP1).values()} == {0.8025}
    # A model that the table adds has the size of the row that it was added with.
    with reading(engine) as session:
        assert model_records(session)[NEW].input_size == 224


def test_a_model_without_a_row_at_its_size_is_named(engine: Engine) -> None:
    [error] = refusal(engine, results({"img_size": "288"})).errors
    assert f"has no row at 224 pixels, the input size of {id_of(engine, KNOWN)}" in error.rule


def test_a_speed_goes_to_all_weights_of_its_architecture_at_their_size(engine: Engine) -> None:
    report = take(engine, speeds({}, {"infer_img_size": "288", "infer_samples_per_sec": "2000"}), SPEED_FILE)
    found = measured(engine, SPEED)
    with reading(engine) as session:
        expected = {
            each.id for each in model_records(session).values()
            if each.source_library == "timm" and str(each.source_identifier).startswith("resnet50.")
        }  # fmt: skip
    assert set(found) == expected
    assert len(expected) > 1
    assert {(row.value, row.device, row.precision) for row in found.values()} == {(4000.25, "rtx4090", "amp")}
    assert (report.added, report.new_models) == (len(expected), 0)


def test_a_speed_at_an_unknown_size_says_nothing_of_a_model(engine: Engine) -> None:
    row = f"model_id,name,source_library,source_identifier,accuracy\nsized,Sized,timm,{NEW},0.7\n"
    import_results(engine, row.encode())
    report = take(engine, speeds({}, {"model": "resnet26"}), SPEED_FILE, partial=True)
    assert [each.reason for each in report.left_out] == ["has no speed for sized, whose input size is not known"]


def test_a_speed_goes_to_a_model_that_a_table_added_at_the_size_that_it_stated(engine: Engine) -> None:
    take(engine, results({"model": NEW, "img_size": "288"}), partial=True)
    report = take(engine, speeds({}, {"model": "resnet26"}), SPEED_FILE, partial=True)
    assert [each.reason for each in report.left_out] == [f"has no row at 288 pixels, the input size of {NEW}"]
    take(engine, speeds({}, {"model": "resnet26", "infer_img_size": "288"}), SPEED_FILE, partial=True)
    assert NEW in measured(engine, SPEED)


def test_unknown_architectures_are_left_out_and_never_added(engine: Engine) -> None:
    report = take(engine, speeds({}, {"model": "efficientnet_x"}), SPEED_FILE, partial=True)
    assert [each.reason for each in report.left_out] == ["is an architecture that no model of this store has"]
    assert report.new_models == 0


def test_files_of_one_kind_fill_the_same_dimensions(engine: Engine) -> None:
    for name in ("Salman2020Do_R50", "Liu2023Comprehensive_Swin-B"):
        take(engine, model_info(ATTACKED), f"imagenet/Linf/{name}.json", "robustbench")
    found = measured(engine, "robustbench_linf_4_255_autoattack")
    assert set(found) == {"adv-resnet50-salman2020", "adv-swin-b-liu2023"}
    assert "Swin-B.json" in found["adv-swin-b-liu2023"].note
    with reading(engine) as session:
        assert "R50.json" in own_dimensions.dimension_set(session).own[0].source


def test_other_values_for_the_same_model_are_refused(engine: Engine) -> None:
    take(engine, results({}))
    with pytest.raises(ImportRejected) as found:
        take(engine, results({"top1": "81", "top1_err": "19"}))
    [error] = found.value.errors
    assert (error.line, error.column, error.value) == (2, TOP1, "0.81")
    assert "0.8025 from another file" in error.rule


def test_a_deleted_dimension_returns_with_its_values(engine: Engine) -> None:
    take(engine, results({}))
    with writing(engine) as session:
        own_dimensions.remove(session, TOP1)
    report = take(engine, results({}))
    assert (report.added, report.unchanged) == (0, 1)
    with reading(engine) as session:
        assert TOP1 in {each.key for each in own_dimensions.dimension_set(session).own}


def test_a_dimension_that_an_earlier_version_described_in_other_words_takes_further_values(engine: Engine) -> None:
    take(engine, results({}))
    with writing(engine) as session:
        row = session.get_one(OwnDimension, TOP1)
        row.definition = {**row.definition, "description": "As it was once said."}
    report = take(engine, results({}))
    assert (report.added, report.unchanged) == (0, 1)
    with writing(engine) as session:
        row = session.get_one(OwnDimension, TOP1)
        assert row.definition["description"] == "As it was once said."
        # What its values mean is no matter of words.
        row.definition = {**row.definition, "higher_is_better": False}
    with pytest.raises(Refusal) as found:
        take(engine, results({}))
    assert found.value.code == "dimension_exists"


def test_somebody_elses_dimension_of_the_key_is_not_taken_over(engine: Engine) -> None:
    with writing(engine) as session:
        own_dimensions.register(session, defined(key=TOP1))
    with pytest.raises(Refusal) as found:
        take(engine, results({}))
    assert found.value.code == "dimension_exists"
    assert measured(engine, TOP1) == {}
    with reading(engine) as session:
        assert session.get(OwnDimension, "timm_imagenet_real_top5") is None


def test_values_far_from_all_others_are_named(engine: Engine) -> None:
    with reading(engine) as session:
        tags = [
            str(each.source_identifier) for each in model_records(session).values() if each.source_library == "timm"
        ]
        sizes = {str(each.source_identifier): each.input_size for each in model_records(session).values()}
    shares = {tag: 80 + place % 7 / 100 for place, tag in enumerate(tags)} | {tags[0]: 1.0}
    rows = [
        {"model": tag, "img_size": str(sizes[tag]), "top1": f"{share:.3f}", "top1_err": f"{100 - share:.3f}"}
        for tag, share in shares.items()
    ]
    report = take(engine, results(*rows))
    assert [(each.dimension, each.value) for each in report.outliers] == [(TOP1, 0.01)]


def test_what_is_imported_is_weighed_by_the_dimensions_of_now(engine: Engine) -> None:
    take(engine, results({}))
    with reading(engine) as session, dimensions_in_force(own_dimensions.dimension_set(session)):
        assert import_results(engine, f"timm_tag,{TOP1}\n{KNOWN},0.8025\n".encode()).unchanged == 1


COST_FILE, LATENCY = "cost.json", "latency_ms_b1_fp32_pt2150_2t_amd_epyc_7763_64_core"


def test_what_was_measured_anew_takes_the_place_of_what_was(study_engine: Engine) -> None:
    first = take(study_engine, costs({}), COST_FILE, "cost")
    second = take(study_engine, costs({"batches": [batch(latency_ms=39.0)]}), COST_FILE, "cost")
    assert (first.added, second.added, second.unchanged) == (1, 1, 0)
    assert {row.value for row in measured(study_engine, LATENCY).values()} == {39.0}
    with reading(study_engine) as session:
        held = {each.import_id: each.values_held for each in imports.records(session, limit=9, before=None)}
    # The memory is the same and stays the first one's.
    assert held == {first.import_id: 1, second.import_id: 1}
    again = take(study_engine, costs({"batches": [batch(latency_ms=39.0)]}), COST_FILE, "cost")
    assert (again.added, again.unchanged, again.data_version) == (0, 1, second.data_version)


def test_a_cost_has_its_device_versions_and_time(engine: Engine) -> None:
    take(engine, costs({}), COST_FILE, "cost")
    (row,) = measured(engine, LATENCY).values()
    assert (row.device, row.precision, row.source) == ("AMD EPYC 7763 64-Core Processor", "fp32", "import")
    assert row.library_versions == {"torch": "2.15.0+cpu"}
    assert row.measured_at == datetime(2026, 11, 27, 3, tzinfo=UTC)


def test_costs_on_two_devices_never_meet(engine: Engine) -> None:
    one = take(engine, costs({}), COST_FILE, "cost")
    other = take(engine, costs({"batches": [batch(latency_ms=3.0)]}, device="AMD EPYC 7763"), COST_FILE, "cost")
    assert not set(one.dimensions) & set(other.dimensions)
    assert {row.value for row in measured(engine, LATENCY).values()} == {40.5}


def test_devices_whose_names_make_the_same_key_are_refused(engine: Engine) -> None:
    take(engine, costs({}), COST_FILE, "cost")
    with pytest.raises(Refusal) as refused:
        take(engine, costs({}, device="AMD-EPYC-7763-64-Core"), COST_FILE, "cost")
    assert refused.value.code == "dimension_exists"


def test_a_cost_of_a_model_that_is_not_there_is_refused_with_the_next_step(engine: Engine) -> None:
    with pytest.raises(ImportRejected) as rejected:
        take(engine, costs({}, {"name": "mine", "source_library": "checkpoint"}), COST_FILE, "cost")
    [error] = rejected.value.errors
    assert error.value == "mine"
    assert "`wellbehaved evaluate MODEL --store` measures it first" in error.rule


def test_what_was_counted_of_a_model_comes_in_beside_its_times_and_only_once(engine: Engine) -> None:
    model_id = id_of(engine, KNOWN)
    with writing(engine) as session:
        change_facts(session, model_id, dict.fromkeys((*COST_FIELDS, "cost_source")))
    counted = {"macs_billions": 4.25, "activations_millions": 11.5}
    take(engine, costs(counted), COST_FILE, "cost")
    with reading(engine) as session:
        known = model_records(session)[model_id]
    told = (known.macs_billions, known.activations_millions, known.input_size, known.cost_source)
    assert told == (4.25, 11.5, 224, "torch 2.15.0")
    # Times change from run to run; what is counted does not.
    again = costs({"macs_billions": 9.0, "activations_millions": 9.0, "batches": [batch(latency_ms=39.0)]})
    assert take(engine, again, COST_FILE, "cost").added == 1
    with reading(engine) as session:
        assert model_records(session)[model_id] == known
