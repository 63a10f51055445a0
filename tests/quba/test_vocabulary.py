"""Words and bounds: said once, in a file that costs nothing to read, and the same wherever they are asked for."""

import ast
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.api.group_comparisons import GroupComparisonRequest
from backend.app import create_app
from backend.settings import Settings
from dashboard.view_state import RuleBroken, ViewState, Vocabulary
from quba import vocabulary
from quba.ranking.presets import PRESETS
from quba.vocabulary import EVALUATION_STATES, FINAL_STATES, IDENTITY_WORDS, JITTER, Bounds

ROOT = Path(__file__).resolve().parents[2]
OWNER = ROOT / "quba" / "vocabulary.py"
LISTS = {
    "protocols": vocabulary.PROTOCOLS, "ranked protocols": vocabulary.RANKED_PROTOCOLS,
    "normalisations": vocabulary.NORMALISATIONS, "estimators": vocabulary.ESTIMATORS,
    "qualities": vocabulary.QUALITIES, "among": vocabulary.AMONG, "around": vocabulary.AROUND,
    "pairings": vocabulary.PAIRINGS, "states": EVALUATION_STATES, "final states": FINAL_STATES,
    "phases": vocabulary.PHASES, **IDENTITY_WORDS,
}  # fmt: skip
# A claim of the study is about the groups that it named; a word that is added later must not change it.
EXCUSED = ROOT / "backend" / "findings" / "claims"
# Not typed, but written from the OpenAPI document, which has them from here; its own test holds the two together.
WRITTEN = ROOT / "wellbehaved" / "view_options.py"


def collections_of_words(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Tuples, lists and sets of words, those of `Literal[...]` among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            words = {each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)}
            if len(words) == len(node.elts):
                yield node.lineno, words


def test_no_list_of_words_is_typed_a_second_time() -> None:
    again = [
        f"{source.relative_to(ROOT)}:{line} types the {name} again; import them from quba.vocabulary"
        for package in ("quba", "backend", "evaluation", "dashboard", "wellbehaved")
        for source in sorted((ROOT / package).rglob("*.py"))
        if source not in (OWNER, WRITTEN) and source.parent != EXCUSED
        for line, words in collections_of_words(ast.parse(source.read_text(encoding="utf-8")))
        for name, known in LISTS.items()
        if words == set(known) or words == set(known) - {"unknown"} or words == set(known) - {"unknown", "none"}
    ]
    assert not again, "\n".join(again)


def test_reading_the_words_loads_the_standard_library_alone() -> None:
    code = (
        "import sys; sys.modules.pop('quba', None); import quba.vocabulary; "
        "print(*{n.partition('.')[0] for n in sys.modules} - set(sys.stdlib_module_names) - {'__main__', 'quba'})"
    )
    before = subprocess.run(
        [sys.executable, "-c", code.replace("import quba.vocabulary; ", "")],
        capture_output=True, text=True, cwd=ROOT, check=True,
    ).stdout.split()  # fmt: skip
    after = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert set(after.stdout.split()) <= set(before)


def test_every_final_state_is_a_state_that_the_store_can_reach() -> None:
    from backend.store.evaluations import REACHED_FROM

    assert set(FINAL_STATES) < set(EVALUATION_STATES) == set(REACHED_FROM)


def test_bounds_hold_their_ends_unless_they_must_be_exceeded() -> None:
    assert JITTER.hold(JITTER.highest)
    assert not JITTER.hold(JITTER.lowest)
    assert Bounds(0, 2, 1).hold(0)
    assert not any(JITTER.hold(value) for value in (math.nan, math.inf, -math.inf, 2.1))


LINKS = Vocabulary({key: dict(preset.weights) for key, preset in PRESETS.items()})
# What a link may carry, and where REST documents the same name.
SHARED = {
    "w.accuracy": "/v1/stability", "jitter": "/v1/stability", "top_k": "/v1/stability", "tolerance": "/v1/pareto",
}  # fmt: skip
DOCUMENT = create_app(Settings(_env_file=None)).openapi()


def schema(path: str, name: str) -> dict[str, Any]:
    (found,) = [each["schema"] for each in DOCUMENT["paths"][path]["get"]["parameters"] if each["name"] == name]
    (number,) = [each for each in found.get("anyOf", [found]) if each.get("type") != "null"]
    return {**number, "default": found.get("default")}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_a_link_accepts_exactly_what_rest_accepts(name: str) -> None:
    """A link that REST refuses would show an error page, and one that it alone accepts could not be shared."""
    stated = schema(SHARED[name], name)
    lowest = stated.get("minimum", stated.get("exclusiveMinimum"))
    highest = stated["maximum"]
    assert lowest is not None
    step = 1 if stated["type"] == "integer" else 1e-6
    reader = LINKS.parameters[name]
    for value in (lowest + step, highest):
        assert reader.read(f"{value:.10g}") == pytest.approx(value)
    for value in (lowest - step, highest * 1.001 + step, *([lowest] if "exclusiveMinimum" in stated else [])):
        with pytest.raises(RuleBroken):
            reader.read(f"{value:.10g}")


def test_defaults_and_lengths_are_those_that_rest_states() -> None:
    view = ViewState(LINKS)
    assert view["jitter"] == schema("/v1/stability", "jitter")["default"]
    assert view["around"] == schema("/v1/stability", "around")["default"]
    assert view["estimator"] == GroupComparisonRequest().estimator
    assert schema("/v1/rank-intervals", "draws")["default"] == schema("/v1/stability", "draws")["default"]
    models = schema("/v1/comparisons", "models")
    assert (models["minItems"], models["maxItems"]) == (vocabulary.COMPARED.lowest, vocabulary.COMPARED.highest)


def test_a_licence_that_is_not_listed_is_not_taken_for_one_that_allows_anything() -> None:
    assert {vocabulary.commercial_use(each) for each in ("apache-2.0", "bsd-3-clause", "mit")} == {vocabulary.ALLOWED}
    assert {vocabulary.commercial_use(each) for each in ("cc-by-nc-4.0", "apple-amlr")} == {vocabulary.REFUSED}
    assert {vocabulary.commercial_use(each) for each in ("", "unknown", "MIT", "gpl-3.0")} == {vocabulary.UNKNOWN}
