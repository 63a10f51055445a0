"""What a model does to each class, on its page."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from streamlit.testing.v1 import AppTest

from backend.store import class_reports
from backend.store.engine import writing
from quba.measuring.class_report import class_report
from tests.backend.conftest import fill
from tests.dashboard.conftest import OwnInstance

RunPage = Callable[..., AppTest]


def test_a_model_that_was_measured_here_shows_its_classes(own_instance: OwnInstance, run_page: RunPage) -> None:
    fill(own_instance.engine, 3)
    found = class_report(np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7]]), np.array([0, 1, 2]), 3)
    with writing(own_instance.engine) as session:
        class_reports.keep(
            session, ("mine-0", "flowers", "sha256:1", "corrected"), found.as_json(["aster", "daisy", "rose"]),
            evaluation_id=None, measured_at=datetime.now(UTC),
        )  # fmt: skip
    page = run_page("model", benchmark="flowers", select="mine-0")
    assert not page.exception
    said = [each.value.replace("\N{NO-BREAK SPACE}", " ").replace("\\", "") for each in page.markdown]
    assert "# Mine 0, class by class" in said
    assert "## daisy has the lowest recall, 0 % of 1 image; the highest is 100 %." in said
    assert "## Most often, daisy is taken for aster: 1 of 1 image; 1 mistake in all." in said
    other = run_page("model", benchmark="flowers", select="mine-1")
    assert not any("class by class" in each.value for each in other.markdown)
    assert not other.exception


def test_published_models_have_none(run_page: RunPage) -> None:
    page = run_page("model", select="resnet50")
    assert not any("class by class" in each.value for each in page.markdown)
