"""A folder of one's own: look, read the report, add, and remove again."""

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.components.own_benchmark import FOLDER, KEY
from dashboard.components.submit_form import BENCHMARK
from dashboard.wording import plain_text
from quba.benchmarks import contact_sheet_folder
from quba.errors import Refusal
from tests.backend.conftest import fill
from tests.dashboard.conftest import OwnInstance

RunPage = Callable[..., AppTest]


def texts(page: AppTest) -> str:
    return "\n".join(each.value for each in [*page.markdown, *page.caption, *page.success, *page.error])


def looked(run_page: RunPage, own: OwnInstance, **view: str) -> AppTest:
    page = run_page("evaluate", **view)
    page.text_input(FOLDER).set_value(str(own.folder)).run()
    page.button(f"{KEY}.look").click().run()
    assert not page.exception
    return page


def test_the_report_comes_before_anything_is_registered(own_instance: OwnInstance, run_page: RunPage) -> None:
    page = looked(run_page, own_instance)
    assert "### Flowers: 3 classes, clean images 20 in each; 6 of 9 dimensions" in texts(page)
    assert "- The folder train is not measured." in texts(page)
    for sentence in (
        "EXIF-rotated: 2 files, such as val/rose/a.jpg, val/rose/b.jpg.",
        "In two classes: 1 file, such as val/rose/c.jpg, which is equal to val/aster/c.jpg.",
    ):
        assert f"- {plain_text(sentence)}" in texts(page)
    table = page.table[0].value
    assert table.to_numpy().tolist() == [
        ["Accuracy", "yes", ""],
        ["Shape bias", "no", r"There are no masks. Add \[masks\]."],
        ["OOD robustness", "yes, on generated images", ""],
    ]
    assert "flowers" not in page.selectbox(BENCHMARK).options


def test_an_added_benchmark_is_chosen_and_can_be_removed(own_instance: OwnInstance, run_page: RunPage) -> None:
    page = looked(run_page, own_instance, select="alexnet", protocol="as-published")
    assert page.query_params["select"] == "alexnet"
    page.button(f"{KEY}.add").click().run()
    # What was chosen among the study's models names none of these.
    assert not {"select", "protocol"} & set(page.query_params)
    assert "Flowers is a benchmark now" in texts(page)
    assert page.query_params["benchmark"] == "flowers"
    assert page.selectbox(BENCHMARK).value == "flowers"
    assert "current version 1 of" in texts(page)
    page.button(f"{KEY}.remove").click().run()
    assert not page.exception
    assert "benchmark" not in page.query_params
    assert not any("Flowers" in option for option in page.selectbox(BENCHMARK).options)


def test_what_was_looked_at_is_added_whatever_the_field_holds_by_then(
    own_instance: OwnInstance, run_page: RunPage
) -> None:
    page = looked(run_page, own_instance)
    page.text_input(FOLDER).set_value("/elsewhere").run()
    page.button(f"{KEY}.add").click().run()
    assert page.query_params["benchmark"] == "flowers"


def test_a_refusal_says_what_to_do_and_nothing_is_added(own_instance: OwnInstance, run_page: RunPage) -> None:
    own_instance.inspection.refusal = Refusal("no_class_folders", "It holds no folders.", "Sort the images.")
    page = looked(run_page, own_instance)
    assert [error.value for error in page.error] == ["It holds no folders. Sort the images."]
    assert not [button for button in page.button if button.key == f"{KEY}.add"]


def test_a_folder_that_is_not_allowed_names_the_setting(own_instance: OwnInstance, run_page: RunPage) -> None:
    page = run_page("evaluate")
    page.text_input(FOLDER).set_value("/etc").run()
    page.button(f"{KEY}.look").click().run()
    assert "WELLBEHAVED_DATA_ROOTS" in page.error[0].value


def test_norms_are_frozen_and_released(own_instance: OwnInstance, run_page: RunPage) -> None:
    own_instance.inspection.told |= {"digest": "sha256:1"}
    looked(run_page, own_instance).button(f"{KEY}.add").click().run()
    fill(own_instance.engine, 3)
    own_instance.client(token=own_instance.token).post("/v1/benchmarks", {"path": str(own_instance.folder)})
    page = run_page("evaluate", benchmark="flowers")
    assert "3 models measured" in texts(page)
    page.button(f"{KEY}.freeze").click().run()
    assert page.button(f"{KEY}.freeze").label == "Let the norms follow the models"
    page.button(f"{KEY}.remove").click().run()
    assert "flowers" in page.error[0].value  # it has measurements
    page.button(f"{KEY}.freeze").click().run()
    assert page.button(f"{KEY}.freeze").label == "Freeze the norms"


def test_generated_images_can_be_looked_at(
    own_instance: OwnInstance, run_page: RunPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[bytes, str]] = []
    monkeypatch.setattr(st, "image", lambda picture, *, caption: shown.append((picture, caption)))
    looked(run_page, own_instance).button(f"{KEY}.add").click().run()
    page = run_page("evaluate", benchmark="flowers")
    page.session_state[f"{KEY}.sheets"] = True
    assert "None so far" in texts(page.run())
    folder = own_instance.folder.parent / "datasets" / contact_sheet_folder("flowers", "sha256:1")
    folder.mkdir(parents=True)
    (folder / "mixed-rand.png").write_bytes(b"a picture")
    page.run()
    assert not page.exception
    assert "None so far" not in texts(page)
    assert shown == [(b"a picture", "mixed-rand: 24 of its images, each with its class")]
