"""The addresses that people use are asked where they lead."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse, PlainTextResponse

from backend.app import create_app
from backend.settings import Settings
from tests.backend.listening import listening
from wellbehaved.public_addresses import wrong_public_addresses

NOBODY = "http://127.0.0.1:9"


def wrong(root_path: str = "", api: str | None = None, dashboard: str | None = None) -> list[str]:
    settings = Settings(root_path=root_path, public_api_url=api, public_dashboard_url=dashboard, _env_file=None)
    return list(wrong_public_addresses(settings))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """Where a service answers that takes itself to be below a path, and what says that it is healthy beside it."""
    app = create_app(Settings(data_dir=tmp_path, database_url=None, root_path="/rankings", _env_file=None))

    def healthy() -> PlainTextResponse:
        return PlainTextResponse("ok")

    app.add_api_route("/_stcore/health", healthy, include_in_schema=False)
    with listening(app) as url:
        yield url


def test_what_leads_here_is_right(service: str) -> None:
    assert wrong() == []
    assert wrong("/rankings", f"{service}/rankings/", f"{service}/rankings") == []


def test_a_service_that_takes_itself_to_be_elsewhere_is_named(service: str) -> None:
    # As through a proxy that takes the prefix off and is at the root of its host.
    (said,) = wrong("/rankings", service)
    assert f"{service} is below /, and the service takes itself to be below /rankings" in said
    assert "Set WELLBEHAVED_ROOT_PATH= (here it is /rankings) for the service" in said
    # And below another path than the settings say.
    (said,) = wrong("", f"{service}/lab")
    assert "/lab is below /lab, and the service takes itself to be below /rankings" in said
    assert "Set WELLBEHAVED_ROOT_PATH=/lab (here it is not set)" in said


@pytest.mark.parametrize(
    "answer", [PlainTextResponse("hello"), JSONResponse([1]), JSONResponse({"type": "about:blank"})]
)
def test_what_is_no_service_is_named(answer: PlainTextResponse | JSONResponse) -> None:
    app = FastAPI()
    app.mount("/rankings", answer)
    with listening(app) as url:
        said = wrong("", f"{url}/rankings", f"{url}/rankings")
    assert len(said) == 2
    for text, name in zip(said, ("service", "dashboard"), strict=True):
        assert f"answers 200 and is not this {name}" in text
        assert "set WELLBEHAVED_ROOT_PATH to the path in it, /rankings" in text


def test_what_does_not_answer_is_named() -> None:
    api, dashboard = wrong("", NOBODY, NOBODY)
    assert f"{NOBODY} does not answer (ConnectError)" in api
    assert "WELLBEHAVED_PUBLIC_API_URL" in api
    assert f"{NOBODY} does not answer (ConnectError)" in dashboard
    assert "WELLBEHAVED_PUBLIC_DASHBOARD_URL" in dashboard
