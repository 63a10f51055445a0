"""Every message of the parts has its cause and its remedy on the page of troubleshooting, and no other stands there."""

import re

from docs.from_code.messages import messages, messages_in, page_path

PAGE = page_path().read_text(encoding="utf-8")


def entries() -> dict[str, str]:
    """What follows each message on the page, by message."""
    found = re.findall(r"^((?:> .+\n)+)\n((?:(?!> |#).+\n)+)", PAGE, re.MULTILINE)
    return {" ".join(line.removeprefix("> ") for line in quote.splitlines()): text for quote, text in found}


def test_the_page_has_the_messages_that_there_are_and_no_others() -> None:
    said = {each.text for each in messages()}
    assert len(said) > 30
    assert said - entries().keys() == set(), "give it a cause and what to do in docs/troubleshooting.md"
    assert entries().keys() - said == set(), "nobody says this any more"


def test_each_has_a_cause_and_what_to_do() -> None:
    for message, text in entries().items():
        cause, _, remedy = text.replace("\n", " ").partition(" **Do:** ")
        assert cause.endswith("."), message
        assert remedy.strip(), message


def test_they_come_from_all_who_say_such_things() -> None:
    modules = {each.module for each in messages()}
    assert modules >= {
        "wellbehaved/doctor.py", "backend/store/engine.py", "backend/store/object_files.py",
        "evaluation/worker/worker.py", "evaluation/worker/job.py", "wellbehaved/processes.py",
    }  # fmt: skip


def test_what_one_module_says() -> None:
    source = """
WAITS = "waits for {what}"
_AWAY = "It is away."
raise StoreUnavailable(_AWAY)
raise FilesFull(f"{self} is full.", "Delete.")
raise FilesUnavailable(text, hint)
Finding("a", "ok", "All is well.")
Finding("a", "missing", f"{path} is not there.")
Finding("a", state, text + step)
Finding(key="a claim of the study")
Other("error")
"""
    assert list(messages_in(source, ("WAITS",))) == [
        "waits for …",
        "It is away.",
        "… is full. Delete.",
        "… is not there.",
    ]
