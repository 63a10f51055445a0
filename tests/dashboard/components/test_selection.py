"""The picked model in words."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

RunPage = Callable[..., AppTest]


def texts(page: AppTest) -> list[str]:
    return [text.value for text in page.markdown]


def test_the_leader_has_the_lead(run_page: RunPage) -> None:
    assert "Rank 1 of 326, score 1.0738." in texts(run_page(select="eva02-b-21k"))


def test_a_rank_is_among_those_that_have_one(run_page: RunPage) -> None:
    """The 79 models whose multiply-accumulates nobody knows have no score under a weight on them, and no rank."""
    page = run_page(select="tinyvit-21m-21k", **{"w.macs_billions": "1"})
    assert any(text.startswith("Rank 1 of 247, score") for text in texts(page))


def test_a_doubtful_model_is_told_of(run_page: RunPage) -> None:
    page = run_page(select="hiera-b-plus")
    assert any(caption.value.startswith("**Softmax applied twice.**") for caption in page.caption)


def test_a_model_without_a_score_says_why(run_page: RunPage) -> None:
    page = run_page(select="hiera-b-plus", quality="screened")
    assert any(text.startswith("It has no score under these weights") for text in texts(page))


def test_its_place_is_given_within_the_filter_and_among_all(run_page: RunPage) -> None:
    page = run_page(select="resnet50", architecture="cnn")
    assert any("(214 of all 326)" in text for text in texts(page))


def test_the_licence_of_its_weights_is_said(run_page: RunPage) -> None:
    page = run_page(select="hiera-b-plus")
    told = "Licence of the weights: cc-by-nc-4.0, which refuses commercial use."
    assert told in [caption.value for caption in page.caption]
