"""How sure the ranking is, on its page and on the first one."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.components.board import PANEL
from tests.backend.conftest import fill
from tests.dashboard.conftest import OwnInstance, hand_over

RunPage = Callable[..., AppTest]


def texts(page: AppTest) -> str:
    return "\n".join([*(text.value for text in page.markdown), *(text.value for text in page.caption)])


def test_the_page_tells_chances_break_points_and_tiers(run_page: RunPage) -> None:
    page = run_page("stability")
    assert not page.exception
    assert len(page.get("plotly_chart")) == 3
    assert "EVA02-b (IN-21k) is first in 55\N{NO-BREAK SPACE}% of nearby weightings" in texts(page)
    assert "2 of the others cannot be distinguished from EVA02-b (IN-21k)" in texts(page)
    table = page.table[0].value.set_index("Dimension")
    assert table.loc["Parameters", "Leader stays"] == "from 0.36 to 1.64"
    assert table.loc["Calibration error", "Leader stays"] == "from 0.92 to 2.10"
    assert table.loc["Calibration error", "Leader below"] == "Hiera-B-Plus"


def test_the_first_page_has_the_figure(run_page: RunPage) -> None:
    page = run_page("")
    assert "**first in 55\N{NO-BREAK SPACE}% of nearby weightings**" in texts(page)


def test_a_moved_slider_brings_new_break_points(run_page: RunPage) -> None:
    page = run_page("stability")
    assert page.table[0].value.set_index("Dimension").loc["Parameters", "Leader stays"] == "from 0.36 to 1.64"
    hand_over(page, {"w.parameters_millions": "0"}, PANEL)
    stays = page.table[0].value.set_index("Dimension").loc["Parameters", "Leader stays"]
    assert stays == "up to 0.36"
    assert "updating…" not in texts(page)


def test_percentile_ranks_have_no_errors_and_the_page_says_so(run_page: RunPage) -> None:
    page = run_page("stability", normalisation="percentile")
    assert not page.exception
    assert "percentile ranks keep no distances" in texts(page)
    assert len(page.get("plotly_chart")) == 2


def test_the_page_is_about_the_models_that_pass_the_filters(run_page: RunPage) -> None:
    page = run_page("stability", architecture="cnn")
    assert "Among the 170 models that pass the filters." in texts(page)
    assert "EVA02-b" not in texts(page) + page.table[0].value.to_string()
    assert "ConvNextV2-B (IN-21k) is first in 5" in texts(page)
    page.toggle(key="among").set_value(True).run()
    assert "EVA02-b (IN-21k) is first in 55\N{NO-BREAK SPACE}% of nearby weightings" in texts(page)


def test_a_filter_that_leaves_nothing_leaves_the_page(run_page: RunPage) -> None:
    page = run_page("stability", q="no such word")
    assert not page.exception
    assert not page.get("plotly_chart"), "empty axes say nothing"
    assert page.markdown[0].value == "# No model matches these filters."
    assert "has a score" not in texts(page)
    page.button("relax.q").click().run()
    assert page.markdown[0].value == "# How sure is this ranking?"


def test_all_models_are_compared_also_where_the_filter_leaves_none(run_page: RunPage) -> None:
    page = run_page("stability", q="no such word", among="all")
    assert not page.exception
    assert len(page.get("plotly_chart")) == 3


def test_models_without_a_score_are_said_to_be_so_once(own_instance: OwnInstance, run_page: RunPage) -> None:
    fill(own_instance.engine, 1)
    page = run_page("stability", benchmark="flowers")
    assert not page.exception
    assert texts(page).count("No model here has a score.") == 1
    assert not page.get("plotly_chart")
    assert "the page Rank says which" in texts(page)


def test_how_weightings_are_drawn_is_the_readers_choice_and_in_the_address(run_page: RunPage) -> None:
    page = run_page("stability", around="anything", top_k="5")
    assert not page.exception
    shown = texts(page)
    assert "of all weightings" in shown
    assert "drawn uniformly from all that there are" in shown
    page.selectbox(key="stability.around").set_value("weights").run()
    page.number_input(key="stability.jitter").set_value(0.5).run()
    query = {name: "".join(value) for name, value in page.query_params.items()}
    assert query == {"jitter": "0.5", "top_k": "5"}
    assert "standard deviation 0.5 on a log scale" in "\n".join(caption.value for caption in page.caption)
