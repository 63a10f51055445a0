"""A view that cannot be answered, and the way back."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


REFUSED = """
from dashboard.components import refusal
from wellbehaved import ApiError
refusal.show(ApiError(status=422, code="invalid_parameter", detail="This is why.", next_step=NEXT))
"""
NO_WEIGHTS = "from dashboard.components import refusal; refusal.show_no_weights()"


def test_all_weights_0_lead_back_to_the_preset_also_with_locks(alone: Run, view_of: ViewOf) -> None:
    zeros = {"w.accuracy": "0", "w.shape_bias": "0"}
    page = alone(NO_WEIGHTS, preset="edge", lock="accuracy", quality="screened", **zeros)
    page.button[0].click().run()
    assert view_of(page) == {"preset": "edge", "quality": "screened"}


def test_a_refusal_gives_its_reason_its_advice_and_the_default_view(alone: Run, view_of: ViewOf) -> None:
    page = alone("NEXT = 'Do this.'" + REFUSED, preset="edge", architecture="cnn")
    assert not page.exception
    text = "\n".join(each.value for each in page.markdown)
    assert "This is why." in text
    assert "Do this." in text
    page.button[0].click().run()
    assert view_of(page) == {}
    assert len(alone("NEXT = ''" + REFUSED).markdown) == 1, "no advice, no heading for it"


def test_a_benchmark_that_is_gone_is_left_with_the_weights_and_filters_of_the_link(
    run_page: Run, view_of: ViewOf
) -> None:
    kept = {"w.accuracy": "2", "architecture": "cnn"}
    page = run_page("stability", benchmark="gone", select="mine", models="mine,yours", protocol="corrected", **kept)
    assert not page.exception
    assert page.title[0].value == "The benchmark gone is not here"
    text = "\n".join(each.value for each in page.markdown)
    assert "use one of\\: imagenet-1k, toy-shapes" in text
    assert "Weights and filters stay." in text
    (button,) = [each for each in page.button if each.label == "Show ImageNet-1k instead"]
    button.click().run()
    assert not page.exception
    assert view_of(page) == {"w.accuracy": 2.0, "architecture": ("cnn",)}
    assert not page.title
