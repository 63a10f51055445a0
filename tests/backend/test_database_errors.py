"""Failures of the database as Prometheus reads them."""

import subprocess
import sys

from prometheus_client import REGISTRY, generate_latest

from backend.database_errors import DatabaseErrors, export_database_errors
from backend.store.errors import ERROR_KINDS, count_database_error, database_error_counts


def test_they_are_exported_once_however_often_that_is_asked() -> None:
    export_database_errors()
    export_database_errors()
    assert generate_latest(REGISTRY).decode().count("# TYPE wellbehaved_database_errors_total counter") == 1


def test_every_kind_of_database_error_has_a_series() -> None:
    count_database_error("full")
    (family,) = DatabaseErrors().collect()
    assert {sample.labels["kind"] for sample in family.samples if sample.name.endswith("_total")} == set(ERROR_KINDS)
    assert database_error_counts()["full"] >= 1


def test_the_store_loads_no_prometheus() -> None:
    program = "import sys, backend.store.engine, backend.store.workload; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
