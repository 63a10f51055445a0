"""The command that starts the dashboard."""

import sys
from pathlib import Path

from streamlit import config

from dashboard.streamlit_options import APP, command, options


def test_streamlit_knows_every_option() -> None:
    known = set(config.get_config_options())
    assert set(options()) <= known


def test_nothing_is_reported_watched_or_offered_to_agents() -> None:
    settings = options()
    assert settings["browser.gatherUsageStats"] == "false"
    assert settings["server.enableAgentApi"] == "false"
    assert settings["server.fileWatcherType"] == "none"


def test_runs_do_not_overlap() -> None:
    assert options()["runner.fastReruns"] == "false"


def test_no_font_comes_from_another_host() -> None:
    assert not [name for name, value in options().items() if "://" in value]


def test_a_reverse_proxy_s_origin_is_let_in() -> None:
    arguments = command(8600, "http://127.0.0.1:8000", "127.0.0.1", "https://rank.example.org/models")
    assert "--server.corsAllowedOrigins=https://rank.example.org" in arguments
    assert "--browser.serverAddress=rank.example.org" in arguments
    assert not any("corsAllowed" in part for part in command(8600, "http://127.0.0.1:8000", "127.0.0.1"))


def test_the_command_runs_the_app_of_this_installation() -> None:
    arguments = command(8600, "http://127.0.0.1:8000", "127.0.0.1")
    assert arguments[:5] == [sys.executable, "-P", "-m", "streamlit", "run"]
    assert Path(arguments[5]) == APP
    assert APP.is_file()
    assert "--server.port=8600" in arguments
    assert "--server.address=127.0.0.1" in arguments
