from hypothesis import given
from hypothesis import strategies as st

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


def test_what_was_kept_as_nothing_is_kept_all_the_same() -> None:
    kept: Kept[bytes] = Kept(most_bytes=4)
    kept.keep("empty", b"", 0)
    kept.keep("full", b"abcd", 4)
    assert (kept.get("empty"), kept.get("full"), kept.get("never")) == (b"", b"abcd", None)


def test_one_large_value_may_push_out_several() -> None:
    kept: Kept[str] = Kept(most_bytes=10)
    for name in "abcd":
        kept.keep(name, name.upper(), 2)
    kept.keep("large", "L", 7)
    assert {name: kept.get(name) for name in ("a", "b", "c", "d", "large")} == {
        "a": None, "b": None, "c": None, "d": "D", "large": "L",
    }  # fmt: skip


def test_to_keep_again_makes_it_the_youngest_even_where_it_is_the_same() -> None:
    kept: Kept[str] = Kept(most_bytes=4)
    kept.keep("a", "A", 2)
    kept.keep("b", "B", 2)
    kept.keep("a", "A", 2)
    kept.keep("c", "C", 2)
    assert (kept.get("a"), kept.get("b")) == ("A", None)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 8), st.booleans()), max_size=40))
def test_it_behaves_as_a_list_of_the_youngest(actions: list[tuple[str, int, bool]]) -> None:
    """Against a list that is searched from its end: slow, and too simple to be wrong."""
    kept: Kept[int] = Kept(most_bytes=10)
    model: list[tuple[str, int]] = []
    for key, size, asks in actions:
        found = next((each for each in model if each[0] == key), None)
        if asks:
            assert kept.get(key) == (None if found is None else found[1])
            if found:
                model.append(model.pop(model.index(found)))
            continue
        kept.keep(key, size, size)
        model = [each for each in model if each[0] != key] + [(key, size)]
        while sum(each[1] for each in model) > 10:
            model.pop(0)
