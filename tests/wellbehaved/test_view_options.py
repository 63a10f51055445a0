"""The options that the help lists are those of the interface."""

from tests.architecture import view_options
from tests.architecture.answers import document
from wellbehaved.view_options import OPTIONS

DOCUMENT = document()


def test_the_file_is_what_the_document_says() -> None:
    found = view_options.FILE.read_text(encoding="utf-8")
    assert found == view_options.module(DOCUMENT), "A parameter of the interface has changed: run `make answers`."


def test_every_parameter_of_a_ranking_is_an_option() -> None:
    parameters = {each["name"] for each in DOCUMENT["paths"]["/v1/rankings"]["get"]["parameters"]}
    assert {f"--{name}" for name in parameters - {"format"}} <= {each.name for each in OPTIONS}


def test_each_stands_under_its_heading() -> None:
    panels = {each.name: each.panel for each in OPTIONS}
    assert panels["--w.accuracy"] == panels["--preset"] == "Weights"
    assert panels["--accuracy.gte"] == panels["--score.lte"] == "Ranges"
    assert panels["--protocol"] == "Measurements"
    assert panels["--architecture"] == panels["--q"] == "Filters"
    assert panels["--limit"] == panels["--among"] == "List"
