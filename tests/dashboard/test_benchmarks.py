"""The benchmarks of the service."""

import httpx
import pytest

from dashboard import benchmarks
from dashboard import catalogue as source
from dashboard.view_state import ViewState
from tests.dashboard.conftest import OwnInstance
from wellbehaved import ApiError, Client


@pytest.mark.usefixtures("connected")
def test_a_benchmark_is_found_by_its_key_and_the_study_without_one() -> None:
    found = [benchmarks.benchmark(key) for key in ("", "toy-shapes", "gone")]
    assert [each and each["key"] for each in found] == ["imagenet-1k", "toy-shapes", None]


def test_one_that_is_added_or_removed_is_seen_at_once(own_instance: OwnInstance) -> None:
    own: Client = own_instance.client(token=own_instance.token)
    assert benchmarks.benchmark("flowers") is None
    assert not benchmarks.look(own, str(own_instance.folder), layout="folders")["registered"]
    assert benchmarks.benchmark("flowers") is None
    benchmarks.add(own, f" {own_instance.folder} ", layout="folders")
    assert (benchmarks.benchmark("flowers") or {})["label"] == "Flowers"
    assert benchmarks.details(own, "flowers")["folder"] == str(own_instance.folder)
    benchmarks.remove(own, "flowers")
    assert benchmarks.benchmark("flowers") is None


class Recorded:
    """A service that notes what it is asked and has one answer for everything."""

    def __init__(self, answer: httpx.Response) -> None:
        self.asked: list[tuple[str, str]] = []
        self.timeouts: list[float] = []
        self._answer = answer
        self.client = Client("http://testserver", token="t", retries=0, transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.raw_path.decode()))
        self.timeouts.append(request.extensions["timeout"]["read"])
        return self._answer


def test_norms_are_frozen_and_let_go() -> None:
    service = Recorded(httpx.Response(200, json={}))
    benchmarks.freeze_norms(service.client, "my flowers", frozen=True)
    benchmarks.freeze_norms(service.client, "my flowers", frozen=False)
    path = "/v1/benchmarks/my%20flowers/frozen-norms"
    assert service.asked == [("POST", path), ("DELETE", path)]


def test_a_look_at_a_folder_may_take_half_an_hour() -> None:
    service = Recorded(httpx.Response(200, json={"registered": False}))
    assert benchmarks.look(service.client, "/data", layout="folders") == {"registered": False}
    assert service.timeouts == [1800.0]


def test_contact_sheets_come_by_set_and_none_before_a_model_was_measured() -> None:
    service = Recorded(httpx.Response(200, json={"items": ["snow/3", "fog"]}))
    sheets = benchmarks.contact_sheets(service.client, "flowers")
    assert [name for name, _ in sheets] == ["snow/3", "fog"]
    assert all(isinstance(sheet, bytes) for _, sheet in sheets)
    path = "/v1/benchmarks/flowers/contact-sheets"
    assert [each for _, each in service.asked] == [path, f"{path}/snow%2F3", f"{path}/fog"]
    assert benchmarks.contact_sheets(Recorded(httpx.Response(200, json={"items": []})).client, "flowers") == []


def test_a_model_without_a_class_report_has_none_and_other_refusals_are_raised(
    monkeypatch: pytest.MonkeyPatch, connected: Client
) -> None:
    view = ViewState.from_query({}, source.catalogue().vocabulary)[0]
    assert benchmarks.class_report(view, "resnet50", "1-aa") is None, "nobody kept one of a published model"
    refused = Recorded(httpx.Response(404, json={"code": "unknown_model", "detail": "No.", "next_step": "Look."}))
    monkeypatch.setattr(source, "client", lambda: refused.client)
    with pytest.raises(ApiError, match="unknown_model"):
        benchmarks.class_report(view, "nobody", "1-aa")


@pytest.mark.usefixtures("connected")
def test_earlier_measurements_are_asked_for_once_per_data_version(requested: list[str]) -> None:
    found = [benchmarks.earlier_measurements("toy-shapes", "toy-linear", "1-aa") for _ in range(2)]
    assert found[0] is found[1]
    assert len(requested) == 1
    benchmarks.earlier_measurements("toy-shapes", "toy-linear", "2-bb")
    assert len(requested) == 2
