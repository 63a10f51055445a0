"""What the dashboard's tests share: the real API in this process, and pages run without a browser."""

import asyncio
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import httpx
import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from backend.app import create_app
from backend.security import ensure_token
from backend.settings import Settings
from backend.store.engine import create_store_engine
from dashboard import catalogue as source
from dashboard import deferred
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.components.board import TABLE
from tests.backend.conftest import FakeInspection
from wellbehaved import AsyncClient, Client, Ranking
from wellbehaved.in_process import InProcessTransport

SECONDS = 30
_STAMPS = itertools.count(1)

RunPage = Callable[..., AppTest]

_NONE: dict[str, Any] = {"count": 0, "examples": []}
FOLDER_REPORT: dict[str, Any] = {
    "class_count": 3,
    "classes": [{"name": name, "count": 20, "shifted": {}} for name in ("aster", "daisy", "rose")],
    "smallest": {"name": "aster", "count": 20, "shifted": {}},
    "largest": {"name": "aster", "count": 20, "shifted": {}},
    **dict.fromkeys(("deep", "animated", "not_rgb", "unreadable"), _NONE),
    "exif_rotated": {"count": 2, "examples": ["val/rose/a.jpg", "val/rose/b.jpg"]},
    "duplicates": {
        **dict.fromkeys(("within_class", "clean_and_shifted", "clean_and_train"), _NONE),
        "between_classes": {"count": 1, "examples": [["val/rose/c.jpg", "val/aster/c.jpg"]]},
    },
    "dimensions": [
        {"key": "accuracy", "available": True, "reason": None, "remedy": None, "generated": False},
        {"key": "shape_bias", "available": False, "reason": "There are no masks.", "remedy": "Add [masks].",
         "generated": False},
        {"key": "ood_robustness", "available": True, "reason": None, "remedy": None, "generated": True},
    ],
    "notes": ["The folder train is not measured."],
}  # fmt: skip
"""What a look at a folder found, as `evaluation.own_data.survey` tells it."""


def hand_over(page: AppTest, values: dict[str, str | None], part: str = TABLE) -> AppTest:
    """Run the page as after a change on a part of the board."""
    page.session_state[part] = {"change": {"stamp": str(next(_STAMPS)), "values": values}}
    return page.run()


class OneAtATime(httpx.BaseTransport):
    """The service in this process answers one request at a time, while the dashboard asks long ones in threads."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner, self._lock = inner, Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for the answer before."""
        with self._lock:
            return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what it stands before."""
        self._inner.close()


class FromALoop(httpx.AsyncBaseTransport):
    """What a client asks, and notes of it, for the other client of the dashboard, whose methods are awaited."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer in a thread: the service in this process has an event loop of its own."""
        for note in self._http.event_hooks["request"]:
            note(request)
        return await asyncio.to_thread(self._http._transport.handle_request, request)


def awaited_client(_: str, token: str | None = None, retries: int = 0) -> AsyncClient:
    """The awaited client beside the one that the dashboard has."""
    return AsyncClient("http://testserver", token, retries=retries, transport=FromALoop(source.client()._http))


@pytest.fixture(scope="session")
def transport(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.BaseTransport]:
    """The published study behind the real interface, without a network."""
    folder = tmp_path_factory.mktemp("dashboard")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    settings = Settings(data_dir=folder, database_url=None, _env_file=None)
    in_process = OneAtATime(InProcessTransport(create_app(settings)))
    yield in_process
    in_process.close()


@pytest.fixture(scope="session")
def api(transport: httpx.BaseTransport) -> Client:
    """A client of it."""
    return Client("http://testserver", transport=transport)


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def connected(api: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The dashboard asks the API of this process."""
    st.cache_resource.clear()
    monkeypatch.setattr(source, "Client", lambda *_, **__: api)
    monkeypatch.setattr(deferred, "AsyncClient", awaited_client)
    return api


@pytest.fixture
def requested(connected: Client) -> Iterator[list[str]]:
    """The path and query of each request to the API since the test began."""
    asked: list[str] = []
    hooks = connected._http.event_hooks
    connected._http.event_hooks = {"request": [lambda request: asked.append(request.url.raw_path.decode())]}
    yield asked
    connected._http.event_hooks = hooks


@pytest.fixture
def catalogue(connected: Client) -> Catalogue:
    """The catalogue as the pages see it."""
    return source.catalogue()


@pytest.fixture(scope="session")
def ranking(api: Client) -> Ranking:
    """All models under the default weights."""
    return api.rankings.get()


def _script(url_path: str) -> None:
    from functools import partial

    import streamlit as st

    from dashboard import app, state

    entries = {
        page.url_path: st.Page(
            partial(app.show, page),
            title=page.title,
            url_path=page.url_path or "rank",
            default=page.url_path == url_path,
        )
        for page in app.pages()
    }
    state.tab().pages = entries  # as app.main() does, with another page first
    st.navigation(list(entries.values())).run()


@pytest.fixture
def run_page(connected: Client) -> RunPage:
    """Run a page with a query string, as a browser would open it."""

    def run(url_path: str = "", **query: str) -> AppTest:
        tested = AppTest.from_function(_script, default_timeout=SECONDS, args=(url_path,))
        for name, text in query.items():
            tested.query_params[name] = text
        return tested.run()

    return run


class Instance:
    """A store of its own, whose token the dashboard can be given."""

    def __init__(self, settings: Settings, **parts: Any) -> None:  # noqa: ANN401 - as `create_app` takes them
        self.token = ensure_token(settings)
        self.engine = create_store_engine(settings.resolved_database_url)
        self.transport = OneAtATime(InProcessTransport(create_app(settings, **parts)))

    def client(self, *_: object, token: str | None = None, retries: int = 0) -> Client:
        """What the dashboard makes."""
        return Client("http://testserver", token=token, retries=retries, transport=self.transport)


Made = TypeVar("Made", bound=Instance)


@contextmanager
def asked_by_the_dashboard(made: Made, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """The dashboard asks this instance, with its token."""
    st.cache_resource.clear()
    monkeypatch.setattr(source, "Client", made.client)
    monkeypatch.setenv(source.OWN_TOKEN, made.token)
    yield made
    made.transport.close()
    made.engine.dispose()


class OwnInstance(Instance):
    """An instance that may look at folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "flowers"
        self.folder.mkdir()
        self.inspection = FakeInspection()
        self.inspection.told = {"report": FOLDER_REPORT}
        super().__init__(
            Settings(data_dir=folder, database_url=None, data_roots=(folder,), _env_file=None),
            inspection=self.inspection,
        )


@pytest.fixture
def own_instance(
    study_file: Path, tmp_path: Path, connected: Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OwnInstance]:
    """The dashboard asks an instance to which benchmarks of one's own can be added."""
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    with asked_by_the_dashboard(OwnInstance(tmp_path), monkeypatch) as made:
        yield made


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[httpx.Response | Exception], None]:
    """Have the API answer everything with one response, or not at all."""

    def use(answer: httpx.Response | Exception) -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            if isinstance(answer, Exception):
                raise answer
            return answer

        st.cache_resource.clear()
        client = Client("http://testserver", transport=httpx.MockTransport(handle))
        monkeypatch.setattr(source, "Client", lambda *_, **__: client)

    return use


@pytest.fixture
def checked() -> Callable[[Chart], Any]:
    """The figure of a chart after plotly has checked every property, which the dashboard leaves out for speed."""
    return lambda chart: go.Figure(chart.figure.to_dict())


_ALONE = """
from dashboard import catalogue as source, state
catalogue = source.catalogue()
state.restore(catalogue.vocabulary)
state.follow_widgets()
"""


@pytest.fixture
def alone(connected: Client) -> RunPage:
    """Run lines that draw one component, in a tab whose address has a query; `catalogue` is there, see `view_of`."""

    def run(lines: str, **query: str) -> AppTest:
        tested = AppTest.from_string(_ALONE + lines, default_timeout=SECONDS)
        for name, text in query.items():
            tested.query_params[name] = text
        return tested.run()

    return run


@pytest.fixture
def view_of() -> Callable[[AppTest], dict[str, Any]]:
    """What the view of a tab has that differs from the defaults."""
    return lambda page: dict(page.session_state["tab"].view.values)
