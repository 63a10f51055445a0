"""When the brackets at the ranks hold, and what is said of them, run by node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SCENE = Path(__file__).with_name("tiers.mjs")


def test_tiers_hold_for_the_question_they_were_asked_with_and_say_so_in_words() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the brackets are checked where it is")
    done = subprocess.run([node, SCENE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    within = "are one tier: their differences from its best are within the measurement error"
    assert json.loads(done.stdout) == {
        "arranged": True,
        "weighed": False,
        "filtered": False,
        "ordered": True,
        "several": f"Ranks 1 to 3 {within}",
        "tied": f"The models at rank 4 {within}",
        "alone": "Rank 6 is a tier of its own",
        "found": 5,
        "between": None,
    }
