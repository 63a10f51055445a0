"""The section of the page Model that holds published values against measured ones."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.backend.conftest import fill
from tests.backend.measured_again import again, store_again
from tests.dashboard.conftest import OwnInstance

RunPage = Callable[..., AppTest]
HEADING = "## Published against measured"


def texts(page: AppTest) -> list[str]:
    assert not page.exception
    return [text.value for text in page.markdown]


def test_a_published_model_that_nobody_measured_names_the_next_step(run_page: RunPage) -> None:
    page = run_page("model", select="resnet50")
    assert HEADING in texts(page)
    assert any(text.startswith("None of its published values was measured here yet.") for text in texts(page))
    assert "wellbehaved evaluate study:resnet50 --store" in [code.value for code in page.code]


def test_weights_that_were_never_released_cannot_be_measured(run_page: RunPage) -> None:
    page = run_page("model", select="hiera-b-lp")
    assert "Its weights were never released, so that nobody can measure them again." in texts(page)
    assert not any("evaluate study:" in code.value for code in page.code)


def test_both_values_stand_beside_each_other_with_how_far_they_are_apart(
    own_instance: OwnInstance, run_page: RunPage
) -> None:
    store_again(
        own_instance.engine,
        [
            again("alexnet-evaluated", "accuracy", 0.5659, note="One image was left out."),
            again("alexnet-evaluated", "shape_bias", 0.4, parts={"shape": 40}),
            again("alexnet-evaluated", "calibration_error", 0.01, sample_count=10_000),
            again("alexnet", "adversarial_robustness", 0.2, protocol="corrected"),
        ],
    )
    for model_id in ("alexnet", "alexnet-evaluated"):
        page = run_page("model", select=model_id)
        assert any(
            text.startswith(
                "Of 2 values without a quality flag of the published one, measured on all images, 1 lies more than 2"
            )
            for text in texts(page)
        )
        [table] = [each.value.set_index("Dimension") for each in page.table if "Published" in each.value]
        columns = ["Published", "Measured", "Difference"]
        assert [table.loc["Accuracy ↑", each] for each in columns] == [
            "0.5652 ± 0.0022", "0.56590 ± 0.00200", "+0.00070 (+0.2 standard errors)",
        ]  # fmt: skip
        assert str(table.loc["Calibration error ↓", "Measured"]).endswith(", 10,000, a subset")
        assert "Shape bias ↑, as released" not in table.index
        captions = [each.value for each in page.caption]
        assert any("Not compared: 1. Under the protocol corrected" in text for text in captions)
        assert any(
            text.startswith("**Accuracy**: as-published, cpu, fp32, seed 0, torch 2.9.0") for text in texts(page)
        )
        assert "One image was left out." in captions
        assert len(page.json) >= 1


def test_an_error_that_is_not_known_and_a_value_with_the_defects_are_marked(
    own_instance: OwnInstance, run_page: RunPage
) -> None:
    store_again(
        own_instance.engine,
        [
            again("resnet50-a1-evaluated", "corruption_robustness", 0.6, standard_error=None),
            again("resnet50-a1", "corruption_robustness", 0.06, protocol="as-released"),
        ],
    )
    page = run_page("model", select="resnet50-a1")
    [table] = [each.value for each in page.table if "Published" in each.value]
    assert table["Dimension"].tolist() == ["Corruption robustness ↑", "Corruption robustness ↑, as released"]
    assert table["Difference"].tolist()[0].endswith("(not known)")
    assert not any(text.startswith("Of ") and "chance alone" in text for text in texts(page))


def test_of_a_model_of_ones_own_nothing_is_said(own_instance: OwnInstance, run_page: RunPage) -> None:
    fill(own_instance.engine, 2)
    assert HEADING not in texts(run_page("model", benchmark="flowers", select="mine-0"))
