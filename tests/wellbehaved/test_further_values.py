"""What the store knows of a model beyond what an evaluation measured."""

from pathlib import Path

import pytest

from backend.imports.foreign_import import import_table
from backend.settings import Settings
from backend.store.engine import create_store_engine
from quba.dimensions import BUILT_IN
from tests.backend.imports.foreign_files import batch, costs, table_file
from wellbehaved.further_values import FurtherValue, further_values

STUDY = ("imagenet-1k", "as-published")
ALEXNET = {"source_library": "torchvision", "source_identifier": "alexnet/AlexNet_Weights.IMAGENET1K_V1"}


@pytest.fixture
def timed(study: Path) -> None:
    """AlexNet has a latency and a peak of memory on somebody's device."""
    del study
    engine = create_store_engine(Settings().resolved_database_url)
    import_table(engine, table_file(costs({**ALEXNET, "batches": [batch()]}), "cost.json"), "cost")
    engine.dispose()


@pytest.mark.usefixtures("timed")
def test_own_dimensions_and_facts_with_where_they_come_from() -> None:
    macs, activations, latency, memory = further_values("alexnet", *STUDY)
    assert (macs.about.key, macs.text, macs.standard_error) == ("macs_billions", "0.71 billions per image", None)
    assert macs.note.startswith("counted with torch ")
    assert activations.text == "0.5 millions per image"
    assert (latency.about.label.startswith("Latency, batch 1"), latency.text) == (True, "40.50 milliseconds")
    assert latency.note.startswith("median of 50 passes after 5")
    assert memory.value == 28.75


@pytest.mark.usefixtures("timed")
def test_what_is_known_already_or_of_other_pools_is_left_out() -> None:
    known = ("macs_billions", "accuracy")
    assert [each.about.key for each in further_values("alexnet", *STUDY, known=known)][:1] == ["activations_millions"]
    # A time was kept under one protocol; facts are of the model.
    corrected = further_values("alexnet", "imagenet-1k", "corrected")
    assert [each.about.key for each in corrected] == ["macs_billions", "activations_millions"]
    # Nobody counted a zero-shot model, and there is no model of the other name.
    assert further_values("siglip2-l-16-zs", *STUDY) == further_values("nobody", *STUDY) == ()


def test_a_value_has_its_error_and_no_unit_where_it_is_a_fraction() -> None:
    found = FurtherValue(about=BUILT_IN["accuracy"], value=0.5, standard_error=0.0123, note="")
    assert found.text == "0.5000 ± 0.0123"
