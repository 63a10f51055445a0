"""Values of earlier versions stand on the page as such, and nowhere else."""

from collections.abc import Callable

import pandas as pd
from streamlit.testing.v1 import AppTest

from backend.store import own_benchmarks
from backend.store.engine import writing
from backend.store.measurements import NewMeasurement, add_measurements
from tests.backend.conftest import fill, registration, values_of
from tests.dashboard.conftest import OwnInstance

RunPage = Callable[..., AppTest]
HEADING = "## Measured on earlier versions of the images"


def headings(page: AppTest) -> list[str]:
    return [each.value for each in page.markdown]


def earlier_table(page: AppTest) -> pd.DataFrame:
    found: list[pd.DataFrame] = [each.value for each in page.table if "Version" in each.value.columns]
    assert len(found) == 1
    return found[0]


def measured_again(own: OwnInstance) -> None:
    """The first of two models is measured on the next version of the images, too."""
    fill(own.engine, 2)
    fill(own.engine, 1, digest="sha256:2", start=2)
    with writing(own.engine) as session:
        rows = [
            NewMeasurement(
                model_id="mine-0", benchmark="flowers", protocol="corrected", dimension=key, value=value,
                missing_reason=None, source="evaluation", benchmark_digest="sha256:2",
            )
            for key, value in values_of(5).items()
        ]  # fmt: skip
        lacking = NewMeasurement(
            model_id="mine-0", benchmark="flowers", protocol="corrected", dimension="object_focus", value=None,
            missing_reason="failed", source="evaluation", benchmark_digest="sha256:1",
        )  # fmt: skip
        undeclared = NewMeasurement(
            model_id="mine-0", benchmark="flowers", protocol="corrected", dimension="shape_bias", value=0.5,
            missing_reason=None, source="evaluation", benchmark_digest="sha256:1",
        )  # fmt: skip
        add_measurements(session, [*rows, lacking, undeclared])


def test_a_model_shows_what_it_had_on_earlier_images(own_instance: OwnInstance, run_page: RunPage) -> None:
    measured_again(own_instance)
    page = run_page("model", benchmark="flowers", select="mine-0")
    assert not page.exception
    assert HEADING in headings(page)
    [row] = earlier_table(page).to_dict("records")
    assert row["Model"] == "Mine 0"
    assert row["Version"].startswith("1, registered on ")
    assert f"Accuracy {values_of(0)['accuracy']:.4f} ± 0.0200" in row["Values"]
    assert "Shape bias" not in row["Values"]
    # Its value of today stands among its values, not among these.
    assert f"{values_of(5)['accuracy']:.4f}" not in row["Values"]


def test_the_benchmark_lists_the_models_of_earlier_versions(own_instance: OwnInstance, run_page: RunPage) -> None:
    measured_again(own_instance)
    with writing(own_instance.engine) as session:
        report = own_instance.inspection.told["report"]
        own_benchmarks.register(session, registration(digest="sha256:2", report=report))
    page = run_page("evaluate", benchmark="flowers")
    assert not page.exception
    assert [each.label for each in page.expander if "earlier" in each.label] == ["Values of earlier versions"]
    rows = earlier_table(page)
    assert rows["Model"].tolist() == ["Mine 0", "Mine 1"]
    assert "Object focus: measurement failed" in rows["Values"][0]
    assert any("no ranking or comparison takes them in" in each.value for each in page.caption)


def test_without_earlier_versions_nothing_is_said(own_instance: OwnInstance, run_page: RunPage) -> None:
    fill(own_instance.engine, 2)
    page = run_page("model", benchmark="flowers", select="mine-0")
    assert HEADING not in headings(page)
    assert HEADING not in headings(run_page("model", select="resnet50"))
