"""Measures how the tree reads beside the targets that it set itself, for `make house`.

Code lines are lines with code on them: no blanks, no comments, no docstrings. Comments are lines with a comment that
is no directive to a tool. Families are folders of one kind, such as the corruptions, whose test holds each of them to
the same promises (tests/architecture/mirror.py). Test lines of a package are those of tests/<package>; the tests of the
whole (a browser, faults, packaging) belong to no package and count for the whole tree alone, as in the trees that the
target was taken from. Complexity is what ruff counts: the ways through a function by if, for, while, except and case.
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.architecture import mirror

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
# The command line speaks to its user; everything else returns, raises or logs.
SPEAKING = {
    "wellbehaved/benchmark_commands.py", "wellbehaved/card_command.py", "wellbehaved/cli.py",
    "wellbehaved/cost_command.py", "wellbehaved/datasets_commands.py", "wellbehaved/dimension_commands.py",
    "wellbehaved/evaluate_command.py",
    "wellbehaved/import_command.py", "wellbehaved/preset_commands.py",
    "wellbehaved/evaluation_commands.py",
    "wellbehaved/gate_command.py", "wellbehaved/questions.py", "wellbehaved/simulate_command.py",
    "wellbehaved/study_commands.py", "wellbehaved/terminal.py", "wellbehaved/worker_command.py",
}  # fmt: skip
# What takes the options of a command as arguments.
OF_OPTIONS = {*SPEAKING, "wellbehaved/cost_measuring.py", "wellbehaved/measuring.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef
_DIRECTIVE = re.compile(r"#\s*(noqa|type:|fmt:|pragma|mypy|ruff)")
_BRANCHES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_PARTICIPLE = re.compile(
    r"_?(?!need$|seed$|feed$|speed$|embed$|shed$|succeed$)"
    r"([a-z]+ed|told|made|kept|drawn|written|found|given|held|known|left|met|said|seen|sent|shown|taken|chosen|gone|lost"
    r"|bound|built|begun|broken|spoken|spent|hidden|frozen|worn|done|sold|born|paid|laid)"
)


class Source:
    """One file of Python, read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.nodes = list(ast.walk(self.tree))

    @cached_property
    def lines(self) -> int:
        """All lines of the file."""
        return self.text.count("\n")

    @cached_property
    def functions(self) -> list[Function]:
        """Functions and methods, nested ones too."""
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def code(self) -> set[int]:
        """Numbers of the lines with code."""
        blank = (
            tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
            tokenize.ENDMARKER,
        )  # fmt: skip
        lines = {
            line
            for token in self._tokens
            if token.type not in blank
            for line in range(token.start[0], token.end[0] + 1)
        }
        return lines - {line for text in self._docstrings for line in range(text.lineno, (text.end_lineno or 0) + 1)}

    @cached_property
    def comments(self) -> int:
        """Lines with a comment for a reader."""
        return sum(token.type == tokenize.COMMENT and not _DIRECTIVE.match(token.string) for token in self._tokens)

    @cached_property
    def module(self) -> str:
        """Name by which it is imported."""
        return self.name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @cached_property
    def imports(self) -> set[str]:
        """What it imports when it is loaded: modules, or names within them."""
        found: set[str] = set()
        for node in _at_load(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        return found

    @cached_property
    def has_code(self) -> bool:
        """False for a folder's mark that only says what the folder holds."""
        return bool(self.code)

    @cached_property
    def _tokens(self) -> list[tokenize.TokenInfo]:
        return list(tokenize.generate_tokens(io.StringIO(self.text).readline))

    @cached_property
    def _docstrings(self) -> list[ast.Expr]:
        bodies = [node.body for node in self.nodes if isinstance(node, (ast.Module, ast.ClassDef, *_FUNCTIONS))]
        firsts = [body[0] for body in bodies if body]
        return [
            first
            for first in firsts
            if isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ]


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured beside what is wanted."""

    name: str
    measured: tuple[float, ...]
    wanted: str
    met: bool

    def __str__(self) -> str:
        figures = " / ".join(f"{value:.4g}" for value in self.measured)
        return f"| {self.name} | {figures} | {self.wanted} | {'' if self.met else 'not yet'} |"


def sources(*folders: str) -> list[Source]:
    """Every file of Python below some folders of the repository."""
    return [Source(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def rows() -> Iterator[Row]:
    """The whole table."""
    tree, tests = sources(*PACKAGES), sources("tests")
    functions = [(source, each) for source in tree for each in source.functions]
    lines = [len(source.code & set(range(each.lineno, (each.end_lineno or 0) + 1))) for source, each in functions]
    yield _most("file lines, median / 90 % / most", [source.lines for source in tree], (120, 300, 400))
    yield _most("function code lines, median / 90 % / most", lines, (8, 24, 50))
    yield _at_most("nesting", max(_nesting(each) for _, each in functions), 3)
    yield _at_most("complexity", max(_complexity(each) for _, each in functions), 10)
    yield _at_most("parameters of a function, options of a command apart", _parameters(functions), 6)
    yield _at_most("modules in import cycles", _in_cycles(tree), 0)
    yield _at_most("prints outside the command line", sum(map(_prints, tree)), 0)
    yield _at_most("silent broad excepts", sum(map(_silent, tree)), 0)
    yield _at_least("parameters and returns with a type, tests too, %", _typed([*tree, *tests]), 100)
    own = [source for source in tree if source.has_code and not mirror.family(source.name)]
    mirrored = [(ROOT / mirror.mirrored(Path(source.name))).is_file() for source in own]
    yield _at_least("modules with a test of their name, families apart, %", 100 * _share(mirrored), 95)
    for package in PACKAGES:
        if (ROOT / "tests" / package).is_dir():
            yield _at_least(f"test lines per line of {package}", _ratio(tree, tests, package), 1.2)
    code = sum(len(source.code) for source in tree)
    yield _at_least("test lines per line of all source", sum(len(source.code) for source in tests) / code, 1.2)
    per_hundred = 100 * sum(source.comments for source in tree) / code
    yield Row("comments per 100 code lines", (per_hundred,), "4 to 8", 4 <= per_hundred <= 8)
    loose = sum(source.text.count("dict[str, Any]") for source in tree if source.name.startswith("backend/"))
    yield _at_most("`dict[str, Any]` in backend/", loose, 0)
    bare = sum(bool(_PARTICIPLE.fullmatch(each.name)) and not _tells_whether(each) for _, each in functions)
    yield _at_most("functions named by a bare participle, those that return a bool apart", bare, 0)


def _most(name: str, values: Sequence[int], wanted: tuple[int, ...]) -> Row:
    measured = (float(np.median(values)), float(np.percentile(values, 90)), float(max(values)))
    met = all(value <= most for value, most in zip(measured, wanted, strict=True))
    return Row(name, measured, "at most " + " / ".join(map(str, wanted)), met)


def _at_most(name: str, value: float, most: float) -> Row:
    return Row(name, (value,), f"at most {most:g}" if most else "0", value <= most)


def _at_least(name: str, value: float, least: float) -> Row:
    return Row(name, (value,), f"at least {least:g}" if least != 100 else "100", value >= least)


def _at_load(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when a module is loaded: not those within functions, nor those only for the type checker."""
    for child in ast.iter_child_nodes(tree):
        only_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if not isinstance(child, _FUNCTIONS) and not only_types:
            yield child
            yield from _at_load(child)


def _within(function: Function) -> Iterator[ast.AST]:
    """Nodes of a function without those of functions within it, which count for themselves."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting += ast.iter_child_nodes(node)


def _complexity(function: Function) -> int:
    return 1 + sum(isinstance(node, _BRANCHES) for node in _within(function))


def _nesting(node: ast.AST, *, chained: bool = False) -> int:
    """Blocks within blocks; an elif is on the level of its if."""
    inner = 0
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _FUNCTIONS):
            follows = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
            inner = max(inner, _nesting(child, chained=follows))
    return inner + (isinstance(node, _BLOCKS) and not chained)


def _arguments(function: Function) -> list[ast.arg]:
    own = function.args
    named = [*own.posonlyargs, *own.args, *own.kwonlyargs]
    starred = [each for each in (own.vararg, own.kwarg) if each]
    return [each for each in (*named, *starred) if each.arg not in ("self", "cls", "_cls")]


def _parameters(functions: list[tuple[Source, Function]]) -> int:
    return max(len(_arguments(each)) for source, each in functions if source.name not in OF_OPTIONS)


def _in_cycles(tree: list[Source]) -> int:
    number = {source.module: place for place, source in enumerate(tree)}
    edges = [(number[source.module], number[one]) for source in tree for one in source.imports & set(number)]
    # A folder's mark is loaded before what lies in it, which says nothing of who needs whom.
    edges = [(start, end) for start, end in edges if not tree[start].module.startswith(f"{tree[end].module}.")]
    starts, ends = np.array(edges).T
    graph = coo_array((np.ones(len(edges)), (starts, ends)), shape=(len(tree), len(tree)))
    _, groups = connected_components(graph, connection="strong")
    sizes = np.bincount(groups)
    return int(sizes[sizes > 1].sum())


def _prints(source: Source) -> int:
    called = [node.func for node in source.nodes if isinstance(node, ast.Call)]
    if source.name in SPEAKING:
        return 0
    return sum(isinstance(each, ast.Name) and each.id == "print" for each in called)


def _silent(source: Source) -> int:
    handlers = [node for node in source.nodes if isinstance(node, ast.ExceptHandler)]
    broad = [each for each in handlers if each.type is None or ast.unparse(each.type).endswith("Exception")]
    return sum(all(isinstance(line, ast.Pass) for line in each.body) for each in broad)


def _typed(tree: list[Source]) -> float:
    functions = [each for source in tree for each in source.functions]
    known = [each.returns is not None for each in functions]
    known += [one.annotation is not None for each in functions for one in _arguments(each)]
    return 100 * _share(known)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)


def _ratio(tree: list[Source], tests: list[Source], package: str) -> float:
    ours = sum(len(source.code) for source in tree if source.name.startswith(f"{package}/"))
    theirs = sum(len(source.code) for source in tests if source.name.startswith(f"tests/{package}/"))
    return theirs / ours


def _tells_whether(function: Function) -> bool:
    return function.returns is not None and ast.unparse(function.returns) == "bool"


def main() -> None:
    """Print the table as it stands in CONTRIBUTING.md."""
    table = "\n".join(["| what | measured | wanted | |", "| --- | --- | --- | --- |", *map(str, rows())])
    sys.stdout.write(f"{table}\n")


if __name__ == "__main__":
    main()
