"""docs/recipes/add-a-page.md, add-a-chart.md and add-an-endpoint.md, followed."""

from tests.recipes.conftest import House

_QUESTION = '    "GET /v1/version": "/v1/version",\n'
_ANSWER = """{
 "GET /v1/themes": {"items": [
  {"key": "accuracy", "dimensions": ["accuracy", "top5_accuracy"]},
  {"key": "robustness", "dimensions": ["adversarial_robustness", "corruption_robustness"]}
 ]},
"""
_LAST_PAGE = '        ("Method", "method"),\n'
_PLAIN = '"/v1/dimensions", "/v1/presets"'
_DISCOVERY = "tests/backend/api/test_discovery.py"
_ABOUT_THEM = "themes or largest or test_sizes or every_file or pages_are_these"


def test_a_page_a_chart_and_an_endpoint(house: House) -> None:
    own = house.add("page")
    house.edit("tests/dashboard/test_app.py", _LAST_PAGE, _LAST_PAGE + '        ("Largest", "largest"),\n')
    house.follows("add-a-page", key="largest")
    own += house.add("chart")
    house.follows("add-a-chart", key="sizes")
    own += house.add("endpoint")
    house.edit(_DISCOVERY, '"workers",', '"workers", "themes",')
    house.edit(_DISCOVERY, _PLAIN, f'{_PLAIN}, "/v1/themes"')
    house.edit("tests/backend/test_openapi.py", _QUESTION, _QUESTION + '    "GET /v1/themes": "/v1/themes",\n')
    house.edit("backend/api/examples.json", '{\n "GET /v1/architectures"', _ANSWER + ' "GET /v1/architectures"')
    house.follows("add-an-endpoint", key="themes")
    # What is there already and looks at every page and every route; by name, what is about the new ones.
    there = ("tests/dashboard/test_app.py", _DISCOVERY, "tests/backend/test_openapi.py")
    house.pytest(*own, *there, "-k", _ABOUT_THEM)
