"""The images that flipped, on the page Compare: their files, or why they are not shown."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from backend.settings import Settings
from backend.store.opened_files import EVIDENCE
from dashboard import catalogue as source
from dashboard.components import flipped_images
from dashboard.components.flipped_images import pass_words, table
from quba.errors import Refusal
from tests.backend.api.test_flips import FakeListing
from tests.backend.conftest import fill
from tests.backend.evidence import keep_flowers
from tests.dashboard.conftest import Instance, asked_by_the_dashboard
from wellbehaved import Client

RunPage = Callable[..., AppTest]
OPEN = "flipped.mine-1"


class Measured(Instance):
    """An instance with two models that were measured on the same images, and what lists these."""

    def __init__(self, folder: Path) -> None:
        self.listing = FakeListing()
        super().__init__(Settings(data_dir=folder, database_url=None, _env_file=None), listing=self.listing)
        fill(self.engine, 2)
        self.folder = folder
        self.first, _ = (keep_flowers(self.engine, folder / EVIDENCE, number) for number in (0, 1))


@pytest.fixture
def measured(
    study_file: Path, tmp_path: Path, connected: Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Measured]:
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    with asked_by_the_dashboard(Measured(tmp_path), monkeypatch) as made:
        yield made


@pytest.fixture
def compared(measured: Measured, run_page: RunPage) -> Callable[[str], AppTest]:
    """The page Compare with the fold-out open."""

    def run(second: str = "mine-1") -> AppTest:
        page = run_page("compare", benchmark="flowers", models=f"mine-0,{second}")
        page.session_state[OPEN] = True
        page.run()
        assert not page.exception
        return page

    return run


def test_nobody_is_asked_until_the_fold_out_is_open(measured: Measured, run_page: RunPage) -> None:
    page = run_page("compare", benchmark="flowers", models="mine-0,mine-1")
    assert "Which images flipped" in [each.label for each in page.expander]
    assert measured.listing.asked == []


def test_each_file_is_listed_with_what_became_of_it(compared: Callable[[], AppTest], measured: Measured) -> None:
    page = compared()
    (shown,) = [each.value for each in page.dataframe if "File" in each.value.columns]
    assert shown["File"].str.startswith("val/").all()
    assert set(shown["What became of it"]) == {"was right, is now wrong", "was wrong, is now right"}
    (choice,) = [each for each in page.selectbox if each.label == "Images"]
    assert choice.options == [f"clean: {len(shown)} flipped"]
    assert [name for _, name, *_ in measured.listing.asked] == ["clean"]


def test_why_they_cannot_be_listed_is_said(compared: Callable[[], AppTest], measured: Measured) -> None:
    measured.listing.refusal = Refusal("files_not_here", "/data/flowers is elsewhere.", "Look there.")
    page = compared()
    assert any("flowers is elsewhere" in each.value and "Look there" in each.value for each in page.markdown)
    assert not any("File" in each.value.columns for each in page.dataframe)


def test_without_the_token_nothing_is_asked(
    compared: Callable[[], AppTest], measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(source.OWN_TOKEN)
    page = compared()
    assert any("visible only with the access token" in each.value for each in page.markdown)
    assert measured.listing.asked == []


def test_more_than_are_shown_are_counted(compared: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flipped_images, "MOST", 1)
    page = compared()
    (shown,) = [each.value for each in page.dataframe if "File" in each.value.columns]
    assert len(shown) == 1
    assert any(each.value.startswith("The first 1 of ") for each in page.caption)


def test_where_nothing_flipped_there_is_no_fold_out(run_page: RunPage, measured: Measured) -> None:
    keep_flowers(measured.engine, measured.folder / EVIDENCE, 1, right=measured.first.right)
    page = run_page("compare", benchmark="flowers", models="mine-0,mine-1")
    assert any(each.value.startswith("Of the clean images, 0 were right") for each in page.caption)
    assert "Which images flipped" not in [each.label for each in page.expander]


def test_a_pass_is_named_with_its_flips() -> None:
    assert pass_words({"name": "cue_conflict", "now_wrong": 1000, "now_right": 2}) == "cue conflict: 1,002 flipped"
    assert list(table({"items": []}).columns) == ["File", "What became of it"]
