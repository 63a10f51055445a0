"""What a reader sees uses the field's standard terms: on screen, in --help, over REST and in the docs."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from backend.app import create_app
from backend.settings import Settings
from wellbehaved.cli import app

ROOT = Path(__file__).resolve().parents[2]
# Words that spell one thing wrongly are in the typos hook (pyproject.toml). These need a phrase around them.
# Each line: what a reader must not meet, and what says it better.
BETTER = (
    (r"\bhand(s|ed|ing)? (it |them |one |in\b|a (model|file|checkpoint) in|another in|the same file in)", "submit"),
    (r"\b(do|does|done|doing) (it|one) again\b", "retry"),
    (r"\bunbeaten\b|\bbeaten by\b", "not dominated, dominated by"),
    (r"\bspread of the (draws|weights|values)\b|\bspread \.", "standard deviation"),
    (r"\b(drawn weightings|weightings drawn)\b", "sampled weights"),
    (r"\bnear the top\b", "top k"),
    (r"\bbeing computed( anew)? …|\bcomputed anew\b", "computing, updating"),
    (r"\b(un)?pick(s|ed|ing)? (a|it|its|one)\b|\bis picked\b|^unpick$", "selected"),
    (r"\bdatasets?\b(?!'$| $| (list|status|download|verify|prepare|make-toy|train-toy))", "data set"),
    (r"\b(own|its|the model's) preparation\b", "preprocessing"),
    (r"\b\d+ faults?\b|\bfault is ours\b|\bevery fault\b", "error"),
    (r"\berrors of (measurement|the values)\b", "measurement error"),
    (r"\bbetter than \d+ ?%", "better than 247 of 325 other models"),
    (r"\d%|\}%(?!\w)|:\.\d%\}", "55 %, with a space (quba.wording.percent)"),
    (r"\bmend its\b", "fix"),
    (r"\bmakes itself heard\b|\bheard of\b", "heartbeat"),
    (r"\blet(s)? go of it\b", "release"),
    (r"\bfor one$", "e.g."),
    (r"\bimages at once\b", "batch size"),
    (r"\bshow it to everybody\b|\bwho holds the token\b", "visible to everyone, visible only with the access token"),
    (r"\bdrawn shapes\b", "synthetic shapes"),
    (r"\b(two|three) to (four|six)\b", "the bounds themselves, from their owner"),
    (r"\b(is|are|was|were|be) told\b|\btells? (of|how|what|who|every)\b", "shown, reported, named"),
)
# Another spelling inside code, a quotation, an address or a name of a file or command is not a sentence.
# A length in a style is no share: CSS allows no space before its sign.
CODE = re.compile(r"`[^`]*`|“[^”]*”|```.*?```|\]\([^)]*\)|https?://\S+|<!--.*?-->|style=\"[^\"]*\"", re.DOTALL)


def sentences(source: str) -> Iterator[str]:
    """The strings of a module that are shown: all but documentation, keys and the parts of an f-string's fields."""
    tree = ast.parse(source)
    silent = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body
        if isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            silent |= {id(part) for part in ast.walk(node) if isinstance(part, ast.Constant)}
            yield ast.unparse(node)[2:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def screen() -> Iterator[tuple[str, str]]:
    # Of all packages: what refuses, warns or explains is written where it is found out, and shown on page and terminal.
    packages = ("dashboard", "wellbehaved", "backend", "evaluation", "quba")
    for path in (path for package in packages for path in (ROOT / package).rglob("*.py")):
        for text in sentences(path.read_text("utf-8")):
            if path.name != "stylesheet.py" and " " in text:
                yield path.relative_to(ROOT).as_posix(), text


def commands(group: TyperGroup, name: str) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    for word, command in group.commands.items():
        assert isinstance(command, TyperCommand | TyperGroup)
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{name} {word}")
        yield f"{name} {word}", command


def helps() -> Iterator[tuple[str, str]]:
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    for name, command in commands(program, "wellbehaved"):
        yield name, command.help or ""
        for parameter in command.params:
            yield f"{name} {parameter.name}", str(getattr(parameter, "help", None) or "")


def documents() -> Iterator[tuple[str, str]]:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for paragraph in re.split(r"\n\s*\n", text):
            yield path.relative_to(ROOT).as_posix(), " ".join(paragraph.split())


def interface(folder: Path) -> Iterator[tuple[str, str]]:
    document = create_app(Settings(data_dir=folder)).openapi()

    def texts(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("description", "summary") and isinstance(value, str):
                    yield value
                elif key not in ("example", "examples"):
                    yield from texts(value)
        elif isinstance(node, list):
            for value in node:
                yield from texts(value)

    yield from (("openapi", text) for text in texts(json.loads(json.dumps(document))))


def faults(found: Iterator[tuple[str, str]]) -> list[str]:
    """Each bad wording with its place and the better one."""
    return [
        f"{place}: {shown[0]!r} -> {better} in {text[:90]!r}"
        for place, text in found
        for worse, better in BETTER
        if (shown := re.search(worse, CODE.sub("", text), re.IGNORECASE))
    ]


def test_the_screen_and_the_terminal_use_standard_terms() -> None:
    assert faults(screen()) == []


def test_help_uses_standard_terms() -> None:
    assert faults(helps()) == []


def test_documents_use_standard_terms() -> None:
    assert faults(documents()) == []


def test_the_interface_uses_standard_terms(tmp_path: Path) -> None:
    assert faults(interface(tmp_path)) == []


def test_help_is_whole_sentences_that_stand_alone() -> None:
    """A parameter's help names its subject: it starts with a noun or a verb, and ends like a sentence."""
    assert len(list(helps())) > 100
    poor = [
        (name, text)
        for name, text in helps()
        if text and (not text.rstrip().endswith(".") or re.match(r"(Of|In|For|From|By|To|With|At) ", text))
    ]
    assert poor == []


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("## Hand in a model", "submit"),
        ("What is handed in here is listed.", "submit"),
        ("Do it again", "retry"),
        ("Who is unbeaten?", "not dominated"),
        ("first in 55% of all", "55 %"),
        ("Spread of the draws", "standard deviation"),
        ("Two to six models", "the bounds"),
        ("Images at once.", "batch size"),
    ],
)
def test_a_coined_word_is_found(text: str, better: str) -> None:
    [found] = faults(iter([("here", text)]))
    assert f"-> {better}" in found
    assert faults(iter([("here", "`wellbehaved datasets list` shows 55 % of the data sets.")])) == []
