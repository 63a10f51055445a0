"""Two models on the images that both saw: what is said, and why nothing is."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from backend.store.engine import create_store_engine
from backend.store.evidence_files import EVIDENCE
from dashboard.catalogue import Catalogue
from dashboard.components.paired_difference import differences, finding, flips
from quba.dimensions import DIMENSIONS
from tests.backend.conftest import fill
from tests.backend.evidence import keep_flowers
from tests.wellbehaved.test_difference_text import answer, item

RunPage = Callable[..., AppTest]
# Of the catalogue only the dimensions are looked at, which have these fields here and over REST.
CATALOGUE = cast("Catalogue", SimpleNamespace(dimensions=DIMENSIONS))


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ((item(),), "New [big] is better on accuracy than Old."),
        ((item(), item("shape_bias"), item("calibration_error")),
         "New [big] is better on accuracy and shape bias than Old, but worse on calibration error."),
        ((item(difference=-0.125),), "New [big] is worse on accuracy than Old."),
        ((item(p_holm=0.2),), "New [big] is not shown to differ from Old."),
        ((item(difference=None, low=None, p_holm=None),), "New [big] is not shown to differ from Old."),
    ],
)  # fmt: skip
def test_the_finding_names_what_is_more_than_chance(items: tuple[dict[str, Any], ...], said: str) -> None:
    assert finding(answer(*items), CATALOGUE) == f"On the same images, {said}"


def test_a_row_has_difference_interval_and_words() -> None:
    nobody = item("object_focus", value_a=None, value_b=None, difference=None)
    lacking = item("shape_bias", value_b=None, difference=None, low=None, high=None, p_holm=None, missing_b="failed")
    rows = differences(answer(item(), lacking, nobody), CATALOGUE).to_dict("records")
    assert rows == [
        {
            "Dimension": "Accuracy ↑", "Difference": "+0.12500", "95 % interval": "+0.10000 to +0.15000",
            "p (Holm)": "0.002", "In words": r"New \[big\] is better, more than chance",
        },
        {
            "Dimension": "Shape bias ↑", "Difference": "–", "95 % interval": "–", "p (Holm)": "–",
            "In words": r"New \[big\]\: failed",
        },
    ]  # fmt: skip


def test_flips_of_the_clean_images_are_said() -> None:
    told = answer(
        flips=[{"name": "pgd", "now_wrong": 9, "now_right": 9}, {"name": "clean", "now_wrong": 1, "now_right": 2}]
    )
    assert flips(told) == "Of the clean images, 1 was right and is now wrong, and 2 were wrong and are now right."
    assert flips(answer(flips=told["flips"][:1])) == ""


def test_published_models_are_said_not_to_be_compared_image_by_image(run_page: RunPage) -> None:
    page = run_page("compare", models="resnet50,alexnet")
    assert not page.exception
    (told,) = [text.value for text in page.caption if text.value.startswith("Not compared image by image")]
    assert "published" in told


def test_models_measured_here_are_compared_on_the_page(own_instance: object, run_page: RunPage, tmp_path: Path) -> None:
    del own_instance
    engine = create_store_engine(f"sqlite:///{tmp_path / 'wellbehaved.db'}")
    fill(engine, 3)
    for number in (0, 1):
        keep_flowers(engine, tmp_path / EVIDENCE, number)
    engine.dispose()
    page = run_page("compare", benchmark="flowers", models="mine-0,mine-1,mine-2")
    assert not page.exception
    (told,) = [text.value for text in page.markdown if text.value.startswith("## On the same images, Mine 1")]
    assert "Mine 0" in told
    assert any("95 % interval" in table.value.columns for table in page.table)
    assert any(text.value.startswith("Of the clean images, ") for text in page.caption)
