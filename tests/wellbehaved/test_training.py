"""Values while a model is trained, in whatever logger is there."""

from dataclasses import replace
from typing import Any

import pytest

from quba.errors import Refusal
from tests.wellbehaved.profiles import make_profile
from wellbehaved.training import behaviour_values, log_profile

VALUES = {"behaviour/accuracy": 0.625, "behaviour/calibration_error": 0.1, "behaviour/parameters_millions": 0.3}


def test_values_have_names_for_a_logger_and_missing_ones_are_left_out() -> None:
    assert behaviour_values(make_profile()) == VALUES
    assert behaviour_values(replace(make_profile(), results={}), "now") == {}


class OfLightning:
    """Also the module mlflow: `log_metrics(metrics, step=)`."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.told.append((metrics, step))

    def log(self, *_: object) -> None:
        raise AssertionError


class OfWandb:
    def __init__(self) -> None:
        self.told: list[Any] = []

    def log(self, data: dict[str, float], step: int | None = None) -> None:
        self.told.append((data, step))


@pytest.mark.parametrize("kind", [OfLightning, OfWandb])
def test_loggers_get_all_values_at_once(kind: type[OfLightning | OfWandb]) -> None:
    logger = kind()
    log_profile(make_profile(), logger, step=7)
    assert logger.told == [(VALUES, 7)]


def test_a_function_gets_values_and_step() -> None:
    told: list[Any] = []
    log_profile(make_profile(), lambda values, step: told.append((values, step)), prefix="val")
    assert told == [({name.replace("behaviour", "val"): value for name, value in VALUES.items()}, None)]


def test_a_summary_writer_gets_one_value_at_a_time() -> None:
    class Writer:
        def __init__(self) -> None:
            self.told: list[Any] = []

        def add_scalar(self, tag: str, value: float, step: int | None) -> None:
            self.told.append((tag, value, step))

    writer = Writer()
    log_profile(make_profile(), writer, step=7)
    assert writer.told == [(tag, value, 7) for tag, value in VALUES.items()]


def test_what_takes_no_values_is_refused() -> None:
    with pytest.raises(Refusal, match="logger is a str, which takes no values") as refused:
        log_profile(make_profile(), "logger")
    assert refused.value.hint.startswith("Pass a logger of Lightning")
