import ast
from collections.abc import Iterator
from pathlib import Path

from wellbehaved.command_text import in_commands

BACKEND = Path(__file__).parents[2] / "backend"


def advice() -> Iterator[str]:
    """Every text of a problem that the service raises."""
    for file in BACKEND.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ProblemError":
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def test_no_command_advises_a_path() -> None:
    texts = [text for text in advice() if "/v1/" in text]
    assert len(texts) > 5
    assert [text for text in texts if "/v1/" in in_commands(text)] == []


def test_a_path_becomes_the_command_that_does_the_same() -> None:
    assert in_commands("GET /v1/models?q=WORDS searches for one.") == "`wellbehaved rank --q WORDS` searches for one."
    assert in_commands("GET /v1/evaluations lists them.") == "`wellbehaved status` lists them."


def test_a_parameter_becomes_an_option() -> None:
    assert in_commands("Send for example preset=paper.") == "Write for example --preset paper."
    assert in_commands("Send w.accuracy=0 or more.") == "Write --w.accuracy 0 or more."
    assert in_commands("Send more than alpha=0.") == "Write more than --alpha 0."
    assert in_commands("Send the file again.") == "Send the file again."
    assert "/docs" not in in_commands("See /docs for what this path takes.")
