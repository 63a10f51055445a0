from pathlib import Path

import pytest

from evaluation.own_data.label_tables import read_table
from quba.errors import Refusal


def table(tmp_path: Path, text: str | bytes, name: str = "labels.csv") -> Path:
    place = tmp_path / name
    place.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return place


def test_rows_of_csv(tmp_path: Path) -> None:
    text = '\ufefflabel,more,path\nred rose,1,a b/ü.png\n"da,isy",2,./c.png\r\n'
    assert read_table(table(tmp_path, text)) == [("a b/ü.png", "red rose"), ("c.png", "da,isy")]


def test_rows_of_json_lines(tmp_path: Path) -> None:
    text = '{"file_name": "a.png", "label": "rose", "more": 1}\n\n{"file_name": "b.png", "label": 3}\n'
    assert read_table(table(tmp_path, text, "metadata.jsonl")) == [("a.png", "rose"), ("b.png", "3")]


BAD: dict[str, tuple[str | bytes, str]] = {
    "a way out": ("path,label\n../x.png,a\n", "line 2: '../x.png' does not lie below"),
    "a way out in the middle": ("path,label\na/../../x.png,a\n", "does not lie below"),
    "an absolute path": ("path,label\n/etc/x.png,a\n", "does not lie below"),
    "an empty path": ("path,label\n,a\n", "line 2: '' does not lie below"),
    "other columns": ("file,class\nx.png,a\n", "the columns path and label must be there, and it has file, class"),
    "nothing": ("", "must be there, and it has none"),
    "no rows": ("path,label\n", "lists no images"),
    "too few columns": ("path,label\nx.png\n", "line 2: it has too few columns"),
    "an empty label": ("path,label\nx.png, \n", "line 2: its label is empty"),
    "an image twice": ("path,label\nx.png,a\n./x.png,b\n", "line 3: 'x.png' is listed a second time"),
    "another encoding": (b"path,label\n\xff.png,a\n", "not written in UTF-8"),
    "an endless cell": ("path,label\n" + "x" * 200_000 + ",a\n", "not valid CSV"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_table_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    text, sentence = BAD[case]
    with pytest.raises(Refusal) as refused:
        read_table(table(tmp_path, text))
    assert refused.value.code == "bad_table"
    assert sentence in refused.value.message


@pytest.mark.parametrize(
    "line",
    ["[]", "{", '{"file_name": "a.png"}', '{"file_name": 1, "label": "a"}', '{"file_name": "a", "label": true}', "[" * 9999],  # noqa: E501
    ids=["a list", "half", "no label", "a number", "a truth", "deep"],
)  # fmt: skip
def test_a_bad_line_of_json_is_refused(line: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"line 1: it (must be|is not)"):
        read_table(table(tmp_path, line + "\n", "labels.jsonl"))


def test_a_table_that_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_table(tmp_path / "labels.csv")
    assert refused.value.code == "no_such_table"
    (tmp_path / "labels.csv").mkdir()
    with pytest.raises(Refusal, match="cannot be read"):
        read_table(tmp_path / "labels.csv")
