import sys
from typing import get_args

import pytest

from evaluation import extras
from evaluation.extras import Extra, installing


@pytest.mark.parametrize("extra", get_args(Extra))
def test_the_command_names_what_is_needed_and_no_package_of_our_name(extra: Extra) -> None:
    command = installing(extra)
    assert command.startswith(f"{sys.executable} -m pip install ")
    assert "wellbehaved" not in command.removeprefix(sys.executable)
    assert ("timm" in command) == (extra == "evaluation")
    assert ("clip" in command) == (extra == "zero-shot")


def test_requirements_are_quoted_for_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    named = ["numpy>=2", "a<9,>=1; extra == 'evaluation'", 'b; python_version > "3" and extra == "evaluation"']
    monkeypatch.setattr(extras, "requires", lambda _: named)
    assert installing("evaluation").endswith(" -m pip install 'a<9,>=1' b")
