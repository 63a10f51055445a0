import pytest

from backend.imports.csv_file import ImportRejected
from backend.imports.readers.timm import read
from tests.backend.imports.foreign_files import results, speeds, table_file


def test_the_columns_say_which_of_timms_tables_it_is() -> None:
    accuracies = read(table_file(results({}), "results-sketch.csv"))
    assert [each.key for each in accuracies.definitions] == ["timm_imagenet_sketch_top1", "timm_imagenet_sketch_top5"]
    found = read(table_file(speeds({}), "benchmark-infer-amp-nhwc-pt113-cu117-rtx3090.csv"))
    assert [each.unit for each in found.definitions] == ["images per second"]


@pytest.mark.parametrize("data", [b"", b"model,train_samples_per_sec\na,1\n", b"PK\x03\x04"])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(ImportRejected, match="is the header of no table of timm"):
        read(table_file(data, "results-sketch.csv"))
