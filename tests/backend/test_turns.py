"""Questions that take long, one at a time."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from backend.app import create_app
from backend.problems import ProblemError
from backend.settings import Settings
from backend.turns import Turns
from wellbehaved.in_process import InProcessTransport

PATIENCE = 20.0
LONG = (
    "/v1/stability?draws=100", "/v1/rank-intervals?draws=100", "/v1/rank-spread", "/v1/what-if/resnet50",
    "/v1/findings", "/v1/decision-record",
)  # fmt: skip
SHORT = (
    "/v1/rankings", "/v1/models", "/v1/pareto?dimensions=accuracy,shape_bias", "/v1/rankings/resnet50/explanation",
    # No page can show its board before it has these.
    "/v1/standardised-scores",
)  # fmt: skip


@contextmanager
def hold(turns: Turns) -> Iterator[None]:
    """A turn that another thread holds."""
    taken, free = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.one():
            taken.set()
            # For as long as the test likes: to let go of it earlier would change what the test sees.
            free.wait()

    with ThreadPoolExecutor(1) as threads:
        holder = threads.submit(hold)
        try:
            assert taken.wait(PATIENCE)
            yield
        finally:
            free.set()
            holder.result(PATIENCE)


def test_one_at_a_time() -> None:
    turns, together, most = Turns(waiting=8, seconds=PATIENCE), 0, 0

    def take() -> None:
        nonlocal together, most
        with turns.one():
            together += 1
            most = max(most, together)
            threading.Event().wait(0.001)
            together -= 1

    with ThreadPoolExecutor(8) as threads:
        for each in [threads.submit(take) for _ in range(40)]:
            each.result(PATIENCE)
    assert most == 1


def test_who_finds_too_many_waiting_is_asked_to_come_back() -> None:
    turns = Turns(waiting=1, seconds=PATIENCE)
    with ThreadPoolExecutor(1) as threads:
        with hold(turns):
            waits = threads.submit(lambda: turns.one().__enter__())
            while not turns._waiting:
                threading.Event().wait(0.001)
            with pytest.raises(ProblemError, match="1 questions that take long are waiting") as refused, turns.one():
                pass
            assert (refused.value.status, refused.value.code) == (429, "busy")
            assert refused.value.headers["Retry-After"] == "5"
        waits.result(PATIENCE)


def test_nobody_waits_for_ever_and_a_fault_gives_the_turn_back() -> None:
    turns = Turns(seconds=0.01)
    with hold(turns), pytest.raises(ProblemError, match=r"No turn came within 0\.01 seconds"), turns.one():
        pass
    with pytest.raises(ZeroDivisionError), turns.one():
        raise ZeroDivisionError
    with turns.one():
        pass


def test_long_questions_are_refused_while_others_compute_and_short_ones_are_not(
    study_file: Path, tmp_path: Path
) -> None:
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    app = create_app(Settings(data_dir=tmp_path, max_waiting_questions=0, _env_file=None))
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as client:
        kept = client.get("/v1/rank-spread?w.accuracy=3")
        assert kept.status_code == 200
        with hold(app.state.rankings.answers._turns):
            for path in LONG:
                answer = client.get(path)
                assert (answer.status_code, answer.headers["retry-after"]) == (429, "5"), path
                assert answer.json()["code"] == "busy"
            assert client.post("/v1/group-comparisons", json={"b": {"head": ["zero-shot"]}}).status_code == 429
            for path in SHORT:
                assert client.get(path).status_code == 200, path
            assert client.get("/v1/rank-spread?w.accuracy=3").content == kept.content
        assert client.get(LONG[0]).status_code == 200
    assert app.state.rankings.answers._turns is app.state.private_rankings.answers._turns
    declared = app.openapi()["paths"]
    for path in (*LONG, "/v1/group-comparisons"):
        (template,) = [each for each in declared if each.split("{")[0] == path.split("?")[0].replace("resnet50", "")]
        (operation,) = declared[template].values()
        assert "429" in operation["responses"], path


def test_of_64_callers_of_the_dearest_question_some_wait_and_the_others_come_back(
    study_file: Path, tmp_path: Path
) -> None:
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    app = create_app(Settings(data_dir=tmp_path, max_waiting_questions=6, _env_file=None))
    turns = app.state.rankings.answers._turns
    # Who waits does so until all others have their answers, however busy the machine is.
    turns._seconds = 10 * PATIENCE

    async def ask_all() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service", timeout=None) as client:
            with hold(turns):
                asked = {asyncio.create_task(client.get(f"/v1/stability?draws=500&seed={seed}")) for seed in range(64)}
                waiting = asked
                while len(waiting) > 6:
                    _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused = [task.result() for task in asked - waiting]
            return [*refused, *await asyncio.gather(*waiting)]

    answers = asyncio.run(ask_all())
    assert [answer.status_code for answer in answers] == [429] * 58 + [200] * 6
    assert {answer.headers.get("retry-after") for answer in answers[:58]} == {"5"}
    assert {answer.json()["code"] for answer in answers[:58]} == {"busy"}


def test_who_waits_and_has_left_gives_up_its_place() -> None:
    turns = Turns(waiting=1, seconds=PATIENCE)
    asked: list[None] = []

    class Left(Exception):
        pass

    def require_caller() -> None:
        asked.append(None)
        # The first look still finds it.
        if len(asked) == 2:
            raise Left

    with hold(turns):
        with pytest.raises(Left), turns.one(require_caller):
            pytest.fail("nobody waits for this any more")
        assert turns._waiting == 0


def test_who_has_not_left_gets_its_turn() -> None:
    turns, looks, entered = Turns(seconds=PATIENCE), threading.Event(), threading.Event()

    def take() -> None:
        with turns.one(looks.set):
            entered.set()

    with ThreadPoolExecutor(1) as threads:
        with hold(turns):
            waits = threads.submit(take)
            assert looks.wait(PATIENCE)
            assert not entered.is_set()
        waits.result(PATIENCE)
    assert entered.is_set()
