"""The dashboard and the alert rules that ship: well formed, and about metrics that are there."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, CollectorRegistry

from backend.metrics import count_refusal
from backend.settings import Settings
from backend.store import evaluations, workers
from backend.store.engine import create_store_engine, writing
from backend.store.evaluations import Holder, NewEvaluation
from backend.store_metrics import StoreMetrics
from backend.turns import Turns
from evaluation.worker import metrics as worker_metrics

FOLDER = Path(__file__).parents[2] / "docs" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
EXPRESSIONS = [
    *(rule["expr"] for rule in RULES),
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]),
    *(each["query"] for each in DASHBOARD["templating"]["list"] if each["type"] == "query"),
]
_METRIC = re.compile(r"\b(?:wellbehaved|process)_[a-z_]+\b(?=[{\[)\s]|$)")
REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", benchmark="imagenet-1k",
    protocol="as-published", dimensions=("accuracy",), samples_per_class=None, seed=0, priority=50,
)  # fmt: skip


def samples_of(registry: CollectorRegistry) -> Iterator[tuple[str, frozenset[str]]]:
    for family in registry.collect():
        yield from ((sample.name, frozenset(sample.labels)) for sample in family.samples)


@pytest.fixture
def exported(study_sqlite_url: str, tmp_path: Path) -> dict[str, set[str]]:
    """The labels of each metric that a service and a worker export, with something of everything in the store."""
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        _, running, failed = (
            evaluations.submit(session, replace(REQUEST, seed=seed))[0].evaluation_id for seed in range(3)
        )
        evaluations.claim_start(session, running, Holder(worker_id="w", attempt=1))
        evaluations.finish(session, failed, "failed", error={"code": "evaluation_failed"})
        workers.beat(session, "w", device="cpu", version="1", state="busy")
    count_refusal("not_found")
    with Turns().one(), worker_metrics.evaluation_time():
        pass
    store = StoreMetrics(engine, Settings(data_dir=tmp_path, database_url=None, _env_file=None))
    found: dict[str, set[str]] = {}
    for registry in (REGISTRY, store.registry):
        for name, labels in samples_of(registry):
            found.setdefault(name, set()).update(labels)
    engine.dispose()
    # Those of a request have a series once there was one.
    return found | {
        "wellbehaved_requests_total": {"method", "route", "status"},
        "wellbehaved_request_seconds_bucket": {"route", "le"},
    }  # fmt: skip


def test_every_metric_that_is_named_is_exported(exported: dict[str, set[str]]) -> None:
    named = {name for expression in EXPRESSIONS for name in _METRIC.findall(expression)}
    assert len(named) >= 15
    assert sorted(named - set(exported)) == []


def test_every_label_that_is_asked_for_is_there(exported: dict[str, set[str]]) -> None:
    # Prometheus itself adds these two.
    scraped = {"job", "instance"}
    for expression in EXPRESSIONS:
        for name, chosen in re.findall(r"((?:wellbehaved|process)_[a-z_]+)\{([^}]*)\}", expression):
            assert set(re.findall(r"([a-z_]+)=", chosen)) <= exported[name] | scraped, (name, chosen)


def test_what_is_exported_is_explained() -> None:
    text = (FOLDER.parent / "monitoring.md").read_text(encoding="utf-8")
    names = {name for name in (family.name for family in REGISTRY.collect()) if name.startswith("wellbehaved_")}
    assert len(names) >= 9
    assert sorted(name for name in names if f"`{name}" not in text) == []


def test_what_the_store_exports_is_explained(exported: dict[str, set[str]]) -> None:
    text = (FOLDER.parent / "monitoring.md").read_text(encoding="utf-8")
    stored = {name for name in exported if not name.endswith(("_total", "_bucket", "_sum", "_count", "_created"))}
    missing = [name for name in stored if name.startswith("wellbehaved_") and f"`{name}" not in text]
    assert sorted(missing) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_it_is_and_the_next_step(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["next_step"].endswith(".")


def test_panels_of_the_dashboard_do_not_cover_each_other() -> None:
    places: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & places, panel["title"]
        assert at["x"] + at["w"] <= 24
        places |= cells
        assert panel["targets"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool: apt-get install prometheus")


@promtool
def test_prometheus_takes_the_rules() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", str(FOLDER / "alerts.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def story(series: dict[str, str], fired: dict[str, str | None]) -> dict[str, Any]:
    """Series by minute, each of two services that say the same, and which alerts there are after an hour."""
    both = [
        {
            "series": name[:-1] + f'{"," if "=" in name else ""}job="wellbehaved",instance="{instance}"}}',
            "values": values,
        }
        for name, values in series.items()
        for instance in ("a", "b")
    ]
    asked = [
        {"eval_time": "60m", "alertname": name, "exp_alerts": _expected(name, severity)}
        for name, severity in fired.items()
    ]
    return {"interval": "1m", "input_series": both, "alert_rule_test": asked}


def _expected(name: str, severity: str | None) -> list[dict[str, Any]]:
    if severity is None:
        return []
    (rule,) = (rule for rule in RULES if rule["alert"] == name)
    return [{"exp_labels": {"severity": severity, "job": "wellbehaved"}, "exp_annotations": rule["annotations"]}]


WAITING = 'wellbehaved_evaluations{state="queued",benchmark="toy-shapes"}'
IDLE, BUSY = 'wellbehaved_workers{state="idle"}', 'wellbehaved_workers{state="busy"}'
STORIES = {
    "nobody works": story(
        {WAITING: "3x90", IDLE: "0x90", BUSY: "0x90", "wellbehaved_oldest_wait_seconds{}": "0+60x90"},
        {"WellbehavedNoWorker": "critical", "WellbehavedNobodyTakesIt": None, "WellbehavedNoProgress": None},
    ),
    "nothing to do": story(
        {WAITING: "0x90", IDLE: "1x90", BUSY: "0x90"},
        {"WellbehavedNoWorker": None, "WellbehavedNobodyTakesIt": None, "WellbehavedQueueNearlyFull": None},
    ),
    "one works": story(
        {WAITING: "3x90", IDLE: "0x90", BUSY: "1x90", "wellbehaved_oldest_wait_seconds{}": "0+60x90",
         "wellbehaved_progress_age_seconds{}": "5x90"},
        {"WellbehavedNoWorker": None, "WellbehavedNobodyTakesIt": None, "WellbehavedNoProgress": None},
    ),
    "one hangs": story(
        {BUSY: "1x90", "wellbehaved_progress_age_seconds{}": "0+60x90"}, {"WellbehavedNoProgress": "critical"}
    ),
    "an idle one lacks the files": story(
        {WAITING: "1x90", IDLE: "1x90", "wellbehaved_oldest_wait_seconds{}": "0+60x90"},
        {"WellbehavedNobodyTakesIt": "warning", "WellbehavedNoWorker": None},
    ),
    "weights do not fit": story(
        {'wellbehaved_waiting_evaluations{reason="room"}': "0x30 2x60"},
        {"WellbehavedWeightsDoNotFit": "warning", "WellbehavedNoWorker": None},
    ),
    "weights fit again": story(
        {'wellbehaved_waiting_evaluations{reason="room"}': "2x30 0x60"}, {"WellbehavedWeightsDoNotFit": None}
    ),
    "nearly full": story(
        {WAITING: "95x90", BUSY: "1x90", "wellbehaved_queue_limit{}": "100x90"},
        {"WellbehavedQueueNearlyFull": "warning"},
    ),
}  # fmt: skip


@promtool
@pytest.mark.parametrize("name", STORIES)
def test_alerts_come_when_nothing_moves_and_only_then(name: str, tmp_path: Path) -> None:
    tests = {"rule_files": [str(FOLDER / "alerts.yaml")], "evaluation_interval": "1m", "tests": [STORIES[name]]}
    (tmp_path / "story.yaml").write_text(yaml.safe_dump(tests), encoding="utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "story.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
