from backend.kept import Kept


def test_the_one_asked_for_longest_ago_goes_first() -> None:
    kept: Kept[str] = Kept(most_bytes=10)
    kept.keep("a", "A", 4)
    kept.keep("b", "B", 6)
    assert kept.get("a") == "A"
    kept.keep("c", "C", 1)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")


def test_what_is_kept_again_counts_once() -> None:
    kept: Kept[str] = Kept(most_bytes=10)
    for value in "ABC":
        kept.keep("a", value, 6)
    kept.keep("b", "B", 4)
    assert (kept.get("a"), kept.get("b")) == ("C", "B")


def test_what_is_larger_than_the_room_pushes_nothing_out() -> None:
    kept: Kept[str] = Kept(most_bytes=10)
    kept.keep("a", "A", 10)
    kept.keep("large", "L", 11)
    assert (kept.get("a"), kept.get("large")) == ("A", None)
