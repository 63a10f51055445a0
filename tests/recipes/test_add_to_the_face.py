"""docs/recipes/add-a-page.md, add-a-chart.md and add-an-endpoint.md, followed."""

from tests.recipes.conftest import House

_QUESTION = '    "GET /v1/version": "/v1/version",\n'
_ANSWER = """{
 "GET /v1/themes": {"items": [
  {"key": "accuracy", "dimensions": ["accuracy"]},
  {"key": "robustness", "dimensions": ["adversarial_robustness", "corruption_robustness"]}
 ]},
"""


def test_a_page(house: House) -> None:
    own = house.add("page")
    last = '        ("Method", "method"),\n'
    house.edit("tests/dashboard/test_app.py", last, last + '        ("Largest", "largest"),\n')
    house.follows("add-a-page", key="largest")
    house.pytest(
        *own, "tests/dashboard/test_app.py::test_the_pages_are_these",
        "tests/dashboard/test_app.py::test_every_page_runs_without_an_error[largest]",
        "tests/dashboard/test_app.py::test_every_page_says_when_nothing_is_screened_in[largest]",
    )  # fmt: skip


def test_a_chart(house: House) -> None:
    own = house.add("chart")
    house.follows("add-a-chart", key="sizes")
    house.pytest(*own)


def test_an_endpoint(house: House) -> None:
    own = house.add("endpoint")
    house.edit("tests/backend/api/test_discovery.py", '"workers",', '"workers", "themes",')
    house.edit(
        "tests/backend/api/test_discovery.py",
        '"/v1/dimensions", "/v1/presets"}',
        '"/v1/dimensions", "/v1/presets", "/v1/themes"}',
    )
    house.edit("tests/backend/test_openapi.py", _QUESTION, _QUESTION + '    "GET /v1/themes": "/v1/themes",\n')
    house.edit("backend/api/examples.json", '{\n "GET /v1/architectures"', _ANSWER + ' "GET /v1/architectures"')
    house.follows("add-an-endpoint", key="themes")
    house.pytest(
        *own, "tests/backend/api/test_discovery.py", "-k", "themes or every_file or (examples and v1/themes)",
        "tests/backend/test_openapi.py",
    )  # fmt: skip
