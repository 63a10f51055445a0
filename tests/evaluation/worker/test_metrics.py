"""What a worker says to Prometheus."""

import subprocess
import sys
import urllib.request

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from evaluation.worker import metrics

# Ends when its standard input does; a process of its own, for what listens goes on listening.
EXPORTING = """
import sys
from evaluation.worker import metrics
with metrics.evaluation_time():
    print(metrics.export("127.0.0.1", 0), flush=True)
    sys.stdin.read()
"""


def value(name: str, **labels: str) -> float:
    found = REGISTRY.get_sample_value(f"wellbehaved_worker_{name}", labels)
    assert found is not None
    return found


def test_a_worker_answers_at_its_port() -> None:
    argv = [sys.executable, "-P", "-c", EXPORTING]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        port = int(worker.stdout.readline())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
        worker.communicate()
    assert {
        "wellbehaved_worker_beats", "wellbehaved_worker_measuring_losses", "wellbehaved_worker_evaluation_seconds",
        "wellbehaved_database_errors", "process_resident_memory_bytes",
    } <= set(families)  # fmt: skip
    assert families["wellbehaved_worker_busy"].samples[0].value == 1
    beats = [sample for sample in families["wellbehaved_worker_beats"].samples if sample.name.endswith("_total")]
    assert {sample.labels["result"]: sample.value for sample in beats} == {"heard": 0, "unheard": 0}


def test_an_evaluation_is_timed_however_it_ends() -> None:
    before, busy = value("evaluation_seconds_count"), []

    def fails() -> None:
        with metrics.evaluation_time():
            busy.append(value("busy"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert (busy, value("busy")) == ([1], 0)
    assert value("evaluation_seconds_count") == before + 1
