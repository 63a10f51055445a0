"""Asks the addresses that people use, through whatever proxy stands before this instance, whether they lead here."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import orjson

from backend.settings import Settings

# A proxy may be on another continent, and the service may be busy.
_SECONDS = 30.0
# A path that the service does not have: the answer is made in no time, and says where the service takes itself to be.
_ASKED_OF_SERVICE = "/v1"
_TYPE = "/problems/not_found"
_ASKED_OF_DASHBOARD = "/_stcore/health"
_HEALTHY = "ok"


def wrong_public_addresses(settings: Settings) -> Iterator[str]:
    """What is wrong with each public address that is set, and the next step; nothing where they lead here.

    Args:
        settings: of this instance.
    """
    with httpx.Client(timeout=_SECONDS, follow_redirects=False) as client:
        if url := settings.public_api_url:
            answer = _answer(client, url.rstrip("/") + _ASKED_OF_SERVICE)
            yield from _wrong_service(url, answer, settings.root_path)
        if url := settings.public_dashboard_url:
            answer = _answer(client, url.rstrip("/") + _ASKED_OF_DASHBOARD)
            if isinstance(answer, str) or answer.text != _HEALTHY:
                yield _elsewhere(url, "dashboard", answer)


def _answer(client: httpx.Client, asked: str) -> httpx.Response | str:
    """The answer, or why there is none."""
    try:
        return client.get(asked)
    except httpx.HTTPError as error:
        return type(error).__name__


def _wrong_service(url: str, answer: httpx.Response | str, root_path: str) -> Iterator[str]:
    named = None if isinstance(answer, str) else _place(answer)
    if named is None:
        yield _elsewhere(url, "service", answer)
    elif named != (below := _path(url)):
        yield (
            f"{url} is below {below or '/'}, and the service takes itself to be below {named or '/'}. Set "
            f"WELLBEHAVED_ROOT_PATH={below} (here it is {root_path or 'not set'}) for the service, and start it again."
        )


def _place(answer: httpx.Response) -> str | None:
    """The path that the service takes itself to be below; None where the answer is not the service's."""
    try:
        kind = str(orjson.loads(answer.content)["type"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return kind.removesuffix(_TYPE) if kind.endswith(_TYPE) else None


def _elsewhere(url: str, part: str, answer: httpx.Response | str) -> str:
    if isinstance(answer, str):
        name = {"service": "API", "dashboard": "DASHBOARD"}[part]
        return f"{url} does not answer ({answer}). Start the proxy, or correct WELLBEHAVED_PUBLIC_{name}_URL."
    return (
        f"{url} answers {answer.status_code} and is not this {part}. Let the proxy send what is below it to the {part}"
        f", and set WELLBEHAVED_ROOT_PATH to the path in it, {_path(url) or 'which is none'}."
    )


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")
