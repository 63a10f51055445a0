"""Every code that the service answers with has its cause and its remedy in the guide."""

import re
from pathlib import Path

from backend.settings import Settings
from docs.from_code.problems import Raised, causes, page, raised, raised_in
from evaluation.checkpoints.refusal import Reason

ROOT = Path(__file__).resolve().parents[3]
PAGE = page()
CODES = set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE))


def test_every_code_that_a_test_has_seen_is_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "backend").rglob("test_*.py")]
    written = r'\["code"\] == "(\w+)"|\b[45]\d\d, "([a-z]+(?:_[a-z0-9]+)*)"'
    seen = {first or second for text in texts for first, second in re.findall(written, text)}
    assert len(seen) > 60
    assert seen - CODES == {"teapot", "wrong"}  # of tests' own routes


def test_every_reason_to_refuse_a_checkpoint_is_there() -> None:
    assert {reason.value for reason in Reason} <= CODES
    assert Reason.NON_FINITE.hint in PAGE


def test_every_code_has_a_next_step() -> None:
    for section in PAGE.split("\n## ")[1:]:
        assert "**Next step:** " in section, section.partition("\n")[0]
    assert "**Next step:** …" not in PAGE
    assert len(list(raised())) > 150


def test_every_code_has_a_cause_and_every_cause_a_code() -> None:
    assert {each.code for each in raised()} == causes().keys()
    assert list(causes()) == sorted(causes())


def test_a_cause_is_one_sentence_that_the_page_shows_and_no_message_says() -> None:
    said = {each.sentence.partition("; ")[0].rstrip(".") for each in raised()}
    for code, cause in causes().items():
        assert re.fullmatch(r"[A-Z].*\w\.", cause), code
        assert ". " not in cause, code
        assert cause.rstrip(".") not in said, code
        assert f"\n## {code}\n\n**Cause:** {cause}\n\n- " in PAGE, code
    assert len(set(causes().values())) == len(causes())


def test_the_variables_that_causes_name_are_settings() -> None:
    named = set(re.findall(r"WELLBEHAVED_(\w+)", " ".join(causes().values())))
    assert len(named) > 5
    assert named <= {name.upper() for name in Settings.model_fields}


def test_what_one_module_raises() -> None:
    source = """
_STEP = "Wait."
_LISTS = {"model": "Look.", "import": "See."}
raise ProblemError(429, "busy", f"{n} wait.", _STEP)
raise ProblemError(404, f"unknown_{kind}", "None.", _LISTS[kind])
raise QuestionError("small", f"k is {k}; ask for more.")
raise Refusal("odd" if a else "even", message, "Half it." if a else "Keep it.")
raise Refusal(**answer)
code = "one" if a else "two"
code = f" ({b})" if a else ""
"""
    assert list(raised_in(source)) == [
        Raised("one", "", "The answer's own `next_step` says it."),
        Raised("two", "", "The answer's own `next_step` says it."),
        Raised("busy", "… wait.", "Wait."),
        Raised("unknown_model", "None.", "Look."),
        Raised("unknown_import", "None.", "See."),
        Raised("small", "k is …; ask for more.", "k is …; ask for more."),
        Raised("odd", "…", "Half it. Or: Keep it."),
        Raised("even", "…", "Half it. Or: Keep it."),
    ]
