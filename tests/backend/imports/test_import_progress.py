from backend.imports.import_progress import ImportProgress, RowCounter
from quba.vocabulary import IMPORT_PHASES


def test_rows_are_counted_first_and_told_with_their_number_then() -> None:
    told: list[ImportProgress] = []
    counter = RowCounter(told.append)
    counter.note_checked(1000)
    counter.note_checked(1500)
    counter.note_compared(700)
    counter.note_storing()
    assert told == [
        ("checking", 1000, None), ("checking", 1500, None), ("comparing", 700, 1500), ("storing", 1500, 1500),
    ]  # fmt: skip
    assert list(dict.fromkeys(each.phase for each in told)) == list(IMPORT_PHASES)
