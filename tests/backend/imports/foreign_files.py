"""Small tables in the form of timm's and RobustBench's files, with figures of our own."""

import csv
import io
import json
from collections.abc import Mapping
from datetime import date

from pydantic import JsonValue

from backend.imports.csv_file import RowError
from backend.imports.foreign_table import TableFile

DAY = date(2026, 11, 26)
RESULTS = (
    "model", "img_size", "top1", "top1_err", "top5", "top5_err", "param_count", "crop_pct", "interpolation",
    "top1_diff", "top5_diff", "rank_diff",
)  # fmt: skip
SPEEDS = (
    "model", "infer_img_size", "infer_samples_per_sec", "infer_step_time", "infer_batch_size", "param_count",
    "infer_gmacs", "infer_macts",
)  # fmt: skip
ATTACKED: Mapping[str, JsonValue] = {
    "link": "https://arxiv.org/abs/2007.08489",
    "name": "A title",
    "authors": "A. One, B. Two",
    "additional_data": False,
    "number_forward_passes": 1,
    "dataset": "imagenet",
    "venue": "N 2020",
    "architecture": "ResNet-50",
    "eps": "4/255",
    "clean_acc": "60.02",
    "reported": "",
    "autoattack_acc": "30.5",
    "unreliable": False,
}
CORRUPTED: Mapping[str, JsonValue] = {
    **{key: value for key, value in ATTACKED.items() if key not in ("autoattack_acc", "unreliable")}, "eps": None,
    "corruptions_acc": "40", "corruptions_mce": "120.5", "corruptions_acc_3d": "41.5", "corruptions_mce_3d": "99.9",
}  # fmt: skip


def results(*rows: Mapping[str, str]) -> bytes:
    """A `results-*.csv`; each row says how it differs from resnet50.a1_in1k at 224 pixels."""
    plain = {
        "model": "resnet50.a1_in1k", "img_size": "224", "top1": "80.250", "top1_err": "19.750", "top5": "94.5",
        "top5_err": "5.500", "param_count": "1,025.56", "crop_pct": "0.950", "interpolation": "bicubic",
        "top1_diff": "+1.088", "top5_diff": "-0.3", "rank_diff": "0",
    }  # fmt: skip
    return _csv(RESULTS, [{**plain, **row} for row in rows])


def speeds(*rows: Mapping[str, str]) -> bytes:
    """A `benchmark-infer-*.csv`; each row says how it differs from resnet50 at 224 pixels."""
    plain = {
        "model": "resnet50", "infer_img_size": "224", "infer_samples_per_sec": "4000.25", "infer_step_time": "255.9",
        "infer_batch_size": "1024.0", "param_count": "25.56", "infer_gmacs": "4.11", "infer_macts": "11.11",
    }  # fmt: skip
    return _csv(SPEEDS, [{**plain, **row} for row in rows])


def model_info(plain: Mapping[str, JsonValue] = ATTACKED, **changes: JsonValue) -> bytes:
    """A file of RobustBench's `model_info` with some of its keys changed."""
    return json.dumps({**plain, **changes}).encode()


COSTS: Mapping[str, JsonValue] = {
    "device": "AMD EPYC 7763 64-Core Processor", "threads": 2, "precision": "fp32", "versions": {"torch": "2.15.0+cpu"},
    "passes": 50, "warm_up": 5, "memory_method": "by how much it grew", "measured_at": "2026-11-27T03:00:00+00:00",
}  # fmt: skip


def costs(*models: Mapping[str, JsonValue], **changes: JsonValue) -> bytes:
    """What `wellbehaved cost --json` writes; each model says how it differs from resnet50.a1_in1k."""
    plain: Mapping[str, JsonValue] = {
        "name": "resnet50.a1_in1k", "source_library": "timm", "source_identifier": "resnet50.a1_in1k",
        "input_shape": [3, 224, 224], "versions": {}, "fault": None, "batches": [batch()],
    }  # fmt: skip
    listed: list[JsonValue] = [{**plain, **model} for model in models]
    return json.dumps({**COSTS, "models": listed, **changes}).encode()


def batch(**changes: JsonValue) -> JsonValue:
    """What batches of one image cost, with some of it changed."""
    return {
        "batch_size": 1, "latency_ms": 40.5, "lower_quartile_ms": 39.25, "upper_quartile_ms": 44.0,
        "latency_missing": None, "peak_memory_mb": 28.75, "memory_missing": None, **changes,
    }  # fmt: skip


def table_file(data: bytes, name: str | None, dimension: str | None = None) -> TableFile:
    """A table that was handed in on the day of the tests."""
    return TableFile(data=data, name=name, dimension=dimension, day=DAY)


def places(errors: tuple[RowError, ...]) -> list[tuple[int, str | None, str]]:
    """Where faults are, and what stands there."""
    return [(error.line, error.column, error.value) for error in errors]


def _csv(columns: tuple[str, ...], rows: list[dict[str, str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()
