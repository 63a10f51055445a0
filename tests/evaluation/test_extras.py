import shlex
import sys

from evaluation.extras import installing


def test_the_command_installs_into_the_environment_that_runs() -> None:
    assert shlex.split(installing("evaluation")) == [sys.executable, "-m", "pip", "install", "wellbehaved[evaluation]"]
    assert shlex.split(installing("server", "zero-shot"))[-1] == "wellbehaved[server,zero-shot]"
    assert "'wellbehaved[evaluation]'" in installing("evaluation"), "quoted for a shell"
