"""Keys in the store: whose they are, and for how long."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from backend.store import idempotency_keys, workers
from backend.store.engine import writing
from backend.store.idempotency_keys import (
    KEPT,
    LEASE,
    IdempotencyKey,
    KeptAnswer,
    UnderWay,
    claim,
    keep,
    release,
    renew,
)

ANSWER = KeptAnswer(request_digest="d" * 64, status=201, headers={"location": "/x"}, body='{"a": "é"}')
SECOND = timedelta(seconds=1)


@pytest.fixture
def session(empty_engine: Engine) -> Iterator[Session]:
    with writing(empty_engine) as open_session:
        yield open_session


def back_date(session: Session, key: str, by: timedelta) -> None:
    then = workers.now(session) - by
    session.execute(
        update(IdempotencyKey).where(IdempotencyKey.key_digest == key).values(claimed_at=then, renewed_at=then)
    )
    session.expire_all()


def test_of_two_requests_the_first_gets_the_key_and_the_second_its_answer(session: Session) -> None:
    assert claim(session, "k", "first") is None
    assert claim(session, "k", "second") == UnderWay()
    assert claim(session, "other", "second") is None
    assert not keep(session, "k", "second", ANSWER)
    assert keep(session, "k", "first", ANSWER)
    assert claim(session, "k", "second") == ANSWER


def test_a_key_that_is_let_go_of_is_free(session: Session) -> None:
    claim(session, "k", "first")
    release(session, "k", "second")
    assert claim(session, "k", "second") == UnderWay()
    release(session, "k", "first")
    assert claim(session, "k", "second") is None


def test_a_request_whose_process_died_loses_its_key_after_the_lease(session: Session) -> None:
    claim(session, "k", "first")
    back_date(session, "k", LEASE - 10 * SECOND)
    assert claim(session, "k", "second") == UnderWay()
    back_date(session, "k", LEASE + SECOND)
    assert claim(session, "k", "second") is None
    assert not renew(session, "k", "first")
    assert not keep(session, "k", "first", ANSWER)


def test_a_lease_is_renewed(session: Session) -> None:
    claim(session, "k", "first")
    back_date(session, "k", LEASE + SECOND)
    assert renew(session, "k", "first")
    assert claim(session, "k", "second") == UnderWay()


def test_an_answer_is_kept_for_its_time(session: Session) -> None:
    claim(session, "k", "first")
    keep(session, "k", "first", ANSWER)
    back_date(session, "k", KEPT - 10 * SECOND)
    assert claim(session, "k", "second") == ANSWER
    back_date(session, "k", KEPT + SECOND)
    assert claim(session, "k", "second") is None


def test_so_many_are_kept_and_the_oldest_answers_go_first(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency_keys, "MOST_KEYS", 3)
    for number, name in enumerate("abc"):
        claim(session, name, "h")
        if name != "a":
            keep(session, name, "h", ANSWER)
        back_date(session, name, (100 - number) * SECOND)
    assert claim(session, "d", "h") is None
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 3
    # One that is being answered stays, however old.
    assert claim(session, "a", "other") == UnderWay()
    assert claim(session, "c", "other") == ANSWER
