import shlex

import pytest

from backend.decision_record.reproduction import reproduction

ADDRESS = "http://127.0.0.1:8000/"


def test_the_calls_name_what_was_asked() -> None:
    found = reproduction(ADDRESS, {"w.accuracy": "2.0", "preset": "robust", "architecture": "cnn,b-cos"}, 5)
    assert found.address == (
        "http://127.0.0.1:8000/v1/rankings?w.accuracy=2.0&preset=robust&architecture=cnn%2Cb-cos&limit=5"
    )
    assert shlex.split(found.curl) == ["curl", "--fail", "--silent", "--show-error", found.address]
    assert "weights={'accuracy': 2.0}" in found.python
    assert "preset='robust'" in found.python
    assert "filters={'architecture': 'cnn,b-cos'}" in found.python
    assert "head(5)" in found.python


@pytest.mark.parametrize("words", ["it's", '"; import os #', "$(id) `id`", "</pre><script>"])
def test_no_word_gets_out_of_its_quotes(words: str) -> None:
    found = reproduction(ADDRESS, {"q": words}, 5)
    assert len(shlex.split(found.curl)) == 5
    compile(found.python, "script", "exec")
    assert repr(words) in found.python
