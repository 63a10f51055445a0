"""Share and take along."""

import subprocess
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

import wellbehaved
from dashboard.catalogue import Catalogue
from dashboard.components.actions import curl, link, python
from dashboard.view_state import ViewState
from wellbehaved import Client

QUERY = {
    "preset": "robust",
    "w.accuracy": "2",
    "normalisation": "zscore",
    "architecture": "cnn,transformer",
    "parameters_millions.lte": "30",
    "sort": "-accuracy",
    "x": "accuracy",
    "select": "resnet50",
}


def view(catalogue: Catalogue) -> ViewState:
    return ViewState.from_query(QUERY, catalogue.vocabulary)[0]


def test_the_link_carries_the_whole_view(catalogue: Catalogue) -> None:
    address = link("http://127.0.0.1:8501/compare?old=1#x", view(catalogue))
    assert address.startswith("http://127.0.0.1:8501/compare?preset=robust&w.accuracy=2&")
    assert dict(parse_qsl(urlsplit(address).query)) == QUERY


def test_the_command_is_one_that_a_shell_reads_whole(catalogue: Catalogue) -> None:
    words = subprocess.check_output(["sh", "-c", curl(view(catalogue), "http://api").replace("curl", "printf %s")])
    query = dict(parse_qsl(urlsplit(words.decode()).query))
    assert query == {**{k: v for k, v in QUERY.items() if k not in ("x", "select")}, "format": "csv"}


def test_the_program_gives_the_view(catalogue: Catalogue, api: Client, monkeypatch: Any) -> None:  # noqa: ANN401
    monkeypatch.setattr(wellbehaved.client, "Client", lambda _: api)
    monkeypatch.setattr(Client, "__exit__", lambda *_: None)
    names: dict[str, Any] = {}
    exec(python(view(catalogue), "http://testserver"), names)  # the text under test is ours
    frame: pd.DataFrame = names["frame"]
    assert (frame["parameters_millions"] <= 30).all()
    assert frame["accuracy"].is_monotonic_decreasing
    assert set(frame["architecture"]) == {"cnn", "transformer"}


def test_the_program_names_another_benchmark(catalogue: Catalogue) -> None:
    other = ViewState.from_query({"benchmark": "toy-shapes", "protocol": "corrected"}, catalogue.vocabulary)[0]
    assert "client.rankings.get(benchmark='toy-shapes', protocol='corrected')" in python(other, "http://api")
