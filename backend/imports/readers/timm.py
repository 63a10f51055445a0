"""Reads the tables of the timm library: its `results-*.csv`, and the speeds of its `benchmark-infer-*.csv`."""

from backend.imports.csv_file import Lines, decoded_text
from backend.imports.foreign_table import ForeignTable, TableFile, refuse_file
from backend.imports.timm_accuracy import TOP1, accuracy_table
from backend.imports.timm_throughput import SPEED, throughput_table


def read(file: TableFile) -> ForeignTable:
    """The table of a file of timm's folder `results`.

    Raises:
        ImportRejected: it is another file, or breaks a rule; the error lists every place.
    """
    _, header = next(iter(Lines(decoded_text(file.data))), (1, []))
    if SPEED in header:
        return throughput_table(file)
    if TOP1 not in header:
        refuse_file(
            ",".join(header),
            f"is the header of no table of timm that is read: it needs {TOP1}, as results-*.csv has it, or {SPEED}, as "
            "benchmark-infer-*.csv has it.",
        )
    return accuracy_table(file)
