"""The page of published values that were measured again."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.backend.measured_again import again, store_again
from tests.dashboard.conftest import OwnInstance

RunPage = Callable[..., AppTest]


def texts(page: AppTest) -> list[str]:
    assert not page.exception
    return [text.value for text in page.markdown]


def test_with_nothing_measured_it_says_so_with_the_next_step(run_page: RunPage) -> None:
    page = run_page("reproduction")
    assert texts(page)[0] == "# No published value was measured here yet."
    assert [code.value for code in page.code] == ["wellbehaved evaluate study:alexnet --store"]
    assert not page.get("plotly_chart")


def test_values_that_compare_with_none_are_told_all_the_same(own_instance: OwnInstance, run_page: RunPage) -> None:
    store_again(own_instance.engine, [again("alexnet", "adversarial_robustness", 0.2, protocol="corrected")])
    page = run_page("reproduction")
    assert texts(page)[0] == "# No published value was measured here yet."
    assert any("Not compared: 1." in each.value for each in page.caption)


def test_marks_and_table_show_every_value(own_instance: OwnInstance, run_page: RunPage) -> None:
    store_again(
        own_instance.engine,
        [
            again("alexnet-evaluated", "accuracy", 0.5652),
            again("alexnet-evaluated", "shape_bias", 0.4),
            again("alexnet-evaluated", "calibration_error", 0.01, sample_count=10_000),
            again("resnet50-a1-evaluated", "corruption_robustness", 0.6),
        ],
    )
    page = run_page("reproduction")
    assert texts(page)[0] == "# 2 models measured again: do the published values hold?"
    found = texts(page)
    assert any(
        "## Of 2 values without a quality flag of the published one, measured on all images, 1 lies more than 2" in each
        for each in found
    )
    assert any(
        "Of 1 value with a quality flag of the published one, measured on all images, 1 lies" in each for each in found
    )
    assert any("Left out of these counts, as of a subset of the images: 1." in each for each in found)
    assert len(page.get("plotly_chart")) == 1
    [table] = [each.value for each in page.dataframe if "Published" in each.value]
    assert table["Model"].tolist() == ["AlexNet"] * 3 + ["ResNet50 (A1)"]


def test_without_an_unflagged_value_of_all_images_the_title_says_so(
    own_instance: OwnInstance, run_page: RunPage
) -> None:
    store_again(own_instance.engine, [again("resnet50-a1-evaluated", "corruption_robustness", 0.6)])
    assert any("None of the values measured on all images" in each for each in texts(run_page("reproduction")))


def test_flags_are_tested_where_values_were_measured_both_ways(own_instance: OwnInstance, run_page: RunPage) -> None:
    store_again(own_instance.engine, [again("resnet50-a1-evaluated", "corruption_robustness", 0.6)])
    page = run_page("reproduction")
    assert any("No flagged value was measured both ways yet" in each for each in texts(page))
    assert "--protocol as-released --store" in page.code[0].value
    published = own_instance.client().get("/v1/models/resnet50-a1")["scores"]["corruption_robustness"]["value"]
    store_again(own_instance.engine, [again("resnet50-a1", "corruption_robustness", published, protocol="as-released")])
    page = run_page("reproduction")
    assert "Of 1 flagged value measured both ways: 1 supported." in texts(page)
    [table] = [each.value for each in page.dataframe if "Verdict" in each.value]
    assert table.iloc[0].tolist()[:3] == ["ResNet50 (A1)", "Corruption robustness", "Measured in training mode"]
    assert table.iloc[0].tolist()[4:] == ["0.0", "supported"]
