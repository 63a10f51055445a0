"""Lines of the log: for people and as JSON, with the identifiers of request and evaluation."""

import json
import logging
import logging.config
import re
import subprocess
import sys
from collections.abc import Iterator
from contextvars import copy_context
from datetime import datetime
from typing import Any

import pytest

from backend.logs import IdentifierFilter, JsonLines, about_evaluation, enter_request, service_log

# A process of its own: a worker's log is that of the whole process.
WORKER = """
import logging, sys
from backend.logs import about_evaluation, start_worker_log
start_worker_log("info", sys.argv[1])
logger = logging.getLogger("evaluation.worker.anything")
logger.debug("not said")
with about_evaluation("ev-1"):
    logger.info("said of %s", "one")
logger.info("said of none")
"""


def line(message: str, *arguments: object, error: BaseException | None = None) -> dict[str, Any]:
    caught = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("backend.any", logging.WARNING, "file.py", 1, message, arguments, caught)
    IdentifierFilter().filter(record)
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line_of_json_says_when_how_severe_who_and_what() -> None:
    found = line("%s is %d", "a", 1)
    assert datetime.fromisoformat(found.pop("time")).utcoffset() is not None
    assert found.pop("process") > 0
    assert found == {"level": "warning", "logger": "backend.any", "message": "a is 1"}


def test_it_names_the_evaluation_within_and_not_beyond() -> None:
    with about_evaluation("ev-1"):
        with about_evaluation("ev-2"):
            assert line("m")["evaluation_id"] == "ev-2"
        assert line("m")["evaluation_id"] == "ev-1"
    assert "evaluation_id" not in line("m")


@pytest.mark.parametrize("text", ["two\nlines", '"}', "\udcff of a file", "\u2028", "\x1b[31m"])
def test_what_a_caller_sent_cannot_begin_another_line(text: str) -> None:
    assert line("said %s", text)["message"].startswith("said ")


def test_an_error_comes_with_its_traceback() -> None:
    def fails() -> None:
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose") as caught:
        fails()
    found = line("failed", error=caught.value)["error"]
    assert found.startswith("Traceback")
    assert found.endswith("ValueError: on purpose")


@pytest.fixture
def own_loggers() -> Iterator[None]:
    names = ("backend", "uvicorn", "uvicorn.access", "uvicorn.error")
    loggers = [logging.getLogger(name) for name in names]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    yield
    for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


def test_lines_for_people_have_their_place_for_the_request(
    own_loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.config.dictConfig(service_log("info"))
    logging.getLogger("backend.anything").info("said outside of a request")
    logging.getLogger("backend.anything").debug("not said")
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().err)
    assert printed.split() == ["INFO:", "[-]", "said", "outside", "of", "a", "request"]


def test_all_lines_of_the_service_are_json_where_that_is_set(
    own_loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    # As Streamlit leaves it, wherever a page of the dashboard ran in this process.
    logging.getLogger("uvicorn.error").propagate = False
    logging.config.dictConfig(service_log("info", "json"))

    def within_a_request() -> None:
        enter_request("mine")
        logging.getLogger("backend.anything").info("own")
        logging.getLogger("uvicorn.error").info("of the server")
        # As uvicorn writes it.
        access = logging.getLogger("uvicorn.access")
        access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", "/v1/health", "1.1", 200)

    copy_context().run(within_a_request)
    printed = capsys.readouterr()
    assert printed.out == ""
    found = [json.loads(each) for each in printed.err.splitlines()]
    assert [each["message"] for each in found] == [
        "own", "of the server", '127.0.0.1:1 - "GET /v1/health HTTP/1.1" 200',
    ]  # fmt: skip
    assert {each["request_id"] for each in found} == {"mine"}


def worker_lines(form: str) -> list[str]:
    argv = [sys.executable, "-P", "-c", WORKER, form]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stderr.splitlines()


def test_a_worker_writes_for_people() -> None:
    assert worker_lines("text") == ["worker: said of one", "worker: said of none"]


def test_a_worker_writes_json_with_the_evaluation() -> None:
    found = [json.loads(each) for each in worker_lines("json")]
    assert [(each["message"], each.get("evaluation_id")) for each in found] == [
        ("said of one", "ev-1"), ("said of none", None),
    ]  # fmt: skip
