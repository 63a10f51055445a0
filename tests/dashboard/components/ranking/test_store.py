"""What the board holds of the view while Python answers, run by node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SCENE = Path(__file__).with_name("store.mjs")


def test_an_answer_confirms_what_was_sent_and_not_what_was_typed_since() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the board's store is checked where it is")
    done = subprocess.run([node, SCENE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "meanwhile": "resnet",
        "second": {"q": "resnet"},
        "sent": 2,
        "view": {},
        "adopted": 1,
    }
