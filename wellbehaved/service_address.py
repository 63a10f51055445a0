"""Which service is asked, and who is shown which token: one rule for the client and every command."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:8000"
TOKEN_FILE = "token"  # noqa: S105 - the name of a file
# What `wellbehaved up` notes of itself in its data folder, and holds as long as it runs.
UP_FILE = "up.lock"
_NOTED = re.compile(r"process (\d+), .*REST (\S+), since (\S+)")
# The system reckons starts from that of the machine, and corrects its clock meanwhile.
_CLOCK_SECONDS = 2.0
_PREFIX = "WELLBEHAVED_"
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


def is_this_machine(url: str) -> bool:
    """Whether an address is one of the machine's own."""
    return urlsplit(url).hostname in _THIS_MACHINE


def token_for(url: str, *, named: str | None, given: str | None, own: Callable[[], str | None]) -> str | None:
    """The token that a service is asked with.

    One that was set on purpose goes wherever the caller points. The data folder's own stays on this machine, or goes to
    the service that the settings name: an address that was typed may be anybody's.

    Args:
        url: of the service.
        named: the address in the settings; None where they name none.
        given: the token in the settings; None or empty where they name none.
        own: reads the token of the data folder; None where there is none.
    """
    if given:
        return given
    is_named = named is not None and url.rstrip("/") == named.rstrip("/")
    return own() if is_named or is_this_machine(url) else None


def find_service() -> tuple[str, str | None]:
    """The address and the token that the environment and `.env` give; else those of the service that `up` started.

    Where none runs, those of one on the usual port.
    """
    settings = _settings()
    return named_service(None) or _with_token(noted_service(_data_folder(settings)) or DEFAULT_URL, settings)


def noted_service(folder: Path) -> str | None:
    """The address of the service that the `wellbehaved up` on a data folder started; None where none runs.

    The process is looked for, and not the lock: looking at that would keep an `up` that starts at that moment from
    taking it.
    """
    try:
        noted = _NOTED.search((folder / UP_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return noted[2] if noted and _runs(int(noted[1]), datetime.fromisoformat(noted[3])) else None


def _runs(process: int, since: datetime) -> bool:
    """Whether the very process runs that started then: numbers are given again."""
    import psutil  # only who finds a note waits for it

    try:
        return abs(psutil.Process(process).create_time() - since.timestamp()) < _CLOCK_SECONDS
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # another user's, on a system that does not say when it started


def named_service(url: str | None) -> tuple[str, str | None] | None:
    """The address and the token of the service to ask; None where nothing names one.

    Args:
        url: as it was typed; None looks where the settings are.
    """
    settings = _settings()
    url = url or settings.get("API_URL")
    return _with_token(url, settings) if url else None


def _with_token(url: str, settings: dict[str, str]) -> tuple[str, str | None]:
    token = token_for(
        url, named=settings.get("API_URL"), given=settings.get("TOKEN"), own=lambda: _token_in(_data_folder(settings))
    )
    return url, token


def _settings() -> dict[str, str]:
    """The settings by name without the prefix; the environment before `.env`, in whichever case they are written."""
    from dotenv import dotenv_values

    found: dict[str, str] = {}
    for source in (dotenv_values(".env", encoding="utf-8"), os.environ):
        for name, value in source.items():
            if name.upper().startswith(_PREFIX) and value is not None:
                found[name.upper().removeprefix(_PREFIX)] = value
    return found


def _data_folder(settings: dict[str, str]) -> Path:
    if "DATA_DIR" in settings:
        return Path(settings["DATA_DIR"])
    # Imported here: only who has named neither a folder nor a token needs it.
    import platformdirs

    return platformdirs.user_data_path("wellbehaved")


def _token_in(folder: Path) -> str | None:
    try:
        return (folder / TOKEN_FILE).read_text(encoding="ascii").strip() or None
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None
