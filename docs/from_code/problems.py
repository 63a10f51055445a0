"""The page of all error codes: what leads to each, and from the places that raise it what is said and what to do."""

import ast
import inspect
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from evaluation.checkpoints.refusal import Reason
from evaluation.errors import ModelFault, code_of

ROOT: Final = Path(__file__).resolve().parents[2]
_CAUSES: Final = Path(__file__).with_name("causes.toml")
_PACKAGES: Final = ("backend", "quba", "evaluation")
# By what is raised: where its code, its sentence and its next step stand among the arguments.
_PLACES: Final[Mapping[str, tuple[int, int, int]]] = {
    "ProblemError": (1, 2, 3),
    "Refusal": (0, 1, 2),
    "NotRemovable": (0, 1, 2),
    "DeviceRefused": (0, 1, 2),
    # The sentence of a question holds its next step behind a semicolon.
    "QuestionError": (0, 1, 1),
}
_UNNAMED: Final = "The answer's own `next_step` says it."


class Raised(NamedTuple):
    """One place that refuses: with which code, in which words, and what it advises."""

    code: str
    sentence: str
    step: str


def raised() -> Iterator[Raised]:
    """Every refusal of the program, in the order of its files."""
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield from raised_in(path.read_text(encoding="utf-8"))
    for reason in Reason:
        yield Raised(reason.value, "The file is not accepted as a checkpoint.", reason.hint)
    for fault in _kinds_of(ModelFault):
        yield Raised(code_of(fault), inspect.getdoc(fault) or "", fault.next_step)


def _kinds_of(fault: type[ModelFault]) -> Iterator[type[ModelFault]]:
    for kind in fault.__subclasses__():
        # Those of its own module: a refused checkpoint has its code from the reason.
        if kind.__module__ == ModelFault.__module__:
            yield kind
            yield from _kinds_of(kind)


def raised_in(source: str) -> Iterator[Raised]:
    """The refusals of one module.

    Args:
        source: its text. A code that is put together when it is raised is found by the words it is chosen from.
    """
    tree = ast.parse(source)
    constants = constants_of(tree)
    yield from _by_status(tree, constants)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (places := _PLACES.get(getattr(node.func, "id", ""))):
            yield from _of_call(node, places, constants)
        elif isinstance(node, ast.ClassDef):
            # A refusal with a class of its own names its code where it makes itself one.
            bases = [_PLACES[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in _PLACES]
            for call in ast.walk(node) if bases else ():
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "__init__":
                    yield from _of_call(call, bases[0], constants)
        elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["code"]:
            yield from (Raised(code, "", _UNNAMED) for code in _words(node.value))


def constants_of(tree: ast.Module) -> Mapping[str, ast.expr]:
    """What the names of a module stand for, by name."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }


def _of_call(call: ast.Call, places: tuple[int, int, int], constants: Mapping[str, ast.expr]) -> Iterator[Raised]:
    """What a call raises whose arguments are the code, the sentence and the next step, at these places."""
    if len(call.args) > max(places):
        code, sentence, step = (call.args[place] for place in places)
        yield from _each_code(code, text_of(sentence, constants), text_of(step, constants), constants)


def _by_status(tree: ast.Module, constants: Mapping[str, ast.expr]) -> Iterator[Raised]:
    """What is chosen by the status alone: the framework's own refusals, and those of the connection."""
    steps = constants.get("_NEXT_STEPS")
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple) and "_NEXT_STEP_BY_STATUS" in constants:
            match [text_of(part, {}) for part in node.elts]:
                case [code, step] if code.isidentifier() and code.islower():
                    yield Raised(code, "", step)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_refuse" and isinstance(steps, ast.Dict):
            status, code, sentence = (text_of(part, constants) for part in node.args)
            by_status = {text_of(key, {}): value for key, value in zip(steps.keys, steps.values, strict=True) if key}
            yield Raised(code, sentence, text_of(by_status[status], {}))


def _each_code(code: ast.expr, sentence: str, step: str, constants: Mapping[str, ast.expr]) -> Iterator[Raised]:
    if isinstance(code, ast.JoinedStr):
        # `unknown_{kind}`, whose kinds are the keys of what is advised for each.
        kinds = next((each for each in constants.values() if isinstance(each, ast.Dict)), ast.Dict([], []))
        for key, value in zip(kinds.keys, kinds.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                name = text_of(code, {}).replace("…", key.value)
                yield Raised(name, sentence, text_of(value, constants))
        return
    yield from (Raised(word, sentence, step) for word in _words(constants.get(getattr(code, "id", ""), code)))


def _words(node: ast.expr) -> list[str]:
    """The texts that an expression may have as its value, without what it is decided by and without the empty one."""
    if isinstance(node, ast.IfExp):
        return [*_words(node.body), *_words(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else []


def text_of(node: ast.expr, constants: Mapping[str, ast.expr]) -> str:
    """An expression as a reader would see it, with … for what is filled in."""
    if isinstance(node, ast.Name) and node.id in constants:
        return text_of(constants[node.id], {})
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)  # type: ignore[misc]
    if isinstance(node, ast.IfExp):
        return f"{text_of(node.body, constants)} Or: {text_of(node.orelse, constants)}"
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def causes() -> Mapping[str, str]:
    """What leads to each code, in one sentence.

    >>> causes()["same_model"]
    'A gap was asked for between a model and itself.'
    """
    found: dict[str, str] = tomllib.loads(_CAUSES.read_text(encoding="utf-8"))
    return found


def page() -> str:
    """The page in Markdown: a heading for each code, which the `type` of a problem leads to.

    Raises:
        ValueError: a code has no cause.
    """
    found: dict[str, list[Raised]] = defaultdict(list)
    for each in raised():
        found[each.code].append(each)
    lines = [
        "# Error codes",
        "",
        "Every error of the service has a stable `code` and a `next_step` (RFC 9457); its `type` leads here. Refusals",
        "of a model or of a folder have codes too, also where a command prints them. Below the cause of a code stands",
        "each sentence that it comes with and the next step; `…` is what an answer says.",
    ]
    known = causes()
    if absent := found.keys() - known.keys():
        raise ValueError(f"{', '.join(sorted(absent))}: no cause is known; write one into docs/from_code/causes.toml.")
    for code in sorted(found):
        lines += ["", f"## {code}", "", f"**Cause:** {known[code]}", ""]
        for sentence, step in dict.fromkeys((each.sentence, each.step) for each in found[code]):
            lines.append(_line(sentence, step))
    return "\n".join(lines) + "\n"


def _line(sentence: str, step: str) -> str:
    if sentence == step:
        sentence, _, step = sentence.partition("; ")
    if step in ("", "…"):
        step = _UNNAMED
    said = f"{sentence.strip().rstrip('.')}. " if sentence not in ("", "…") else ""
    text = f"{said}**Next step:** {step[:1].upper()}{step[1:]}"
    # Braces and angles of a message are no Markdown, and what is like a link is none.
    return "- " + text.replace("<", "&lt;").replace("[", "\\[").replace("{", "&#123;")
