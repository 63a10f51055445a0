"""Checkpoints in the store: kept once, and what became of their file."""

from sqlalchemy import Engine

from backend.store import checkpoints
from backend.store.engine import reading, writing

DIGEST = "a" * 64


def test_one_that_is_there_stays_as_it_is(empty_engine: Engine) -> None:
    with writing(empty_engine) as session:
        first = checkpoints.add(session, checkpoint_id=DIGEST, filename="a.pt", size_bytes=3, format="torch")
    with writing(empty_engine) as session:
        again = checkpoints.add(session, checkpoint_id=DIGEST, filename="b.pt", size_bytes=4, format="safetensors")
    assert again == first
    assert (first.filename, first.stored, first.confinement) == ("a.pt", "original", None)


def test_a_check_notes_what_confined_it_for_that_file_alone(empty_engine: Engine) -> None:
    with writing(empty_engine) as session:
        for key in (DIGEST, "b" * 64):
            checkpoints.add(session, checkpoint_id=key, filename="a.pt", size_bytes=3, format="torch")
        checkpoints.mark_rewritten(session, DIGEST, "memory limit")
        checkpoints.mark_rewritten(session, DIGEST, "none")
    with reading(empty_engine) as session:
        mine, other = (checkpoints.checkpoint(session, key) for key in (DIGEST, "b" * 64))
        assert checkpoints.checkpoint(session, "c" * 64) is None
    assert mine is not None
    assert other is not None
    assert (mine.stored, mine.confinement) == ("rewritten", "none")
    assert (other.stored, other.confinement) == ("original", None)


def test_each_set_of_weights_has_a_file_of_its_own_whatever_it_is_called() -> None:
    keys = [None, "state_dict", "state_dict_ema", "../../etc/passwd", "a/b", "a" * 5000]
    names = [checkpoints.rewritten_name(DIGEST, key) for key in keys]
    assert len(set(names)) == len(keys)
    assert names[0] == f"{DIGEST}.safetensors"
    assert all(name.startswith(DIGEST) and "/" not in name and len(name) < 120 for name in names)
