"""Reading is open; writing, and seeing what is private, needs the instance's bearer token.

It is kept in the data folder with mode 600.
"""

import errno
import os
import secrets
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from backend.private_files import keep_private, private_folder
from backend.problems import ProblemError
from backend.settings import Settings

_TOKEN_BYTES = 32
_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_NEXT_STEP = "Send `Authorization: Bearer TOKEN` with the token from the file `token` in the server's data folder."
_bearer = HTTPBearer(auto_error=False, description="The token that the first local start wrote to the data folder.")


def token_path(settings: Settings) -> Path:
    """Where a local instance keeps its token."""
    return settings.data_dir / "token"


def read_token(settings: Settings) -> str | None:
    """The token from the settings, else from the data folder, else None; an empty setting counts as none."""
    if settings.token is not None and settings.token.get_secret_value():
        return settings.token.get_secret_value()
    return _token_in(token_path(settings))


def ensure_token(settings: Settings) -> str:
    """The instance's token; made on the first call, with two processes at once agreeing on one.

    Raises:
        OSError: the data folder cannot be written, or its file of the token holds none.
    """
    token = read_token(settings)
    if token:
        keep_private(token_path(settings))
        return token
    private_folder(settings.data_dir)
    fresh = settings.data_dir / f"token.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_TOKEN_BYTES) + "\n")
    try:
        # A hard link fails where the target exists, so that the first process wins and no reader sees half a token.
        os.link(fresh, token_path(settings))
    except FileExistsError:
        pass  # another process made the token in the meantime: use that one
    finally:
        fresh.unlink()
    token = _token_in(token_path(settings))
    if token is None:
        # As a crash may leave it. Not replaced here: two processes that did so at once would hold different tokens.
        raise OSError(errno.EINVAL, "the file `token` holds none; remove it", str(token_path(settings)))
    return token


def _token_in(path: Path) -> str | None:
    if not path.is_file():
        return None
    try:
        return path.read_text(encoding="ascii").strip() or None
    except UnicodeDecodeError:
        return None


def require_token(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """Refuse a request that does not carry the instance's token, before its body is read.

    Raises:
        ProblemError: 401 `missing_token` or `invalid_token`; 503 `no_token`, where this instance can keep none.
    """
    if credentials is None:
        raise ProblemError(
            401, "missing_token", "This needs a bearer token and none was sent.", _NEXT_STEP, headers=_CHALLENGE
        )
    _require_own(request, credentials.credentials)


def sees_private(request: Request) -> bool:
    """Whether a reading request carries the instance's token, and so may see what is not published.

    Raises:
        ProblemError: as `require_token`, where it carries another: who means to see all is not shown less instead.
    """
    if (token := _sent_token(request)) is None:
        return False
    _require_own(request, token)
    return True


def carries_token(request: Request) -> bool:
    """Whether a request carries a bearer token, the instance's or another; known without reading a file."""
    return _sent_token(request) is not None


def _sent_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # Other schemes are for whatever stands in front of the service.
    return (token.strip() or None) if scheme.lower() == "bearer" else None


def has_token(request: Request) -> bool:
    """Whether a request carries the instance's token; to refuse another one is for whoever answers the request."""
    try:
        return sees_private(request)
    except ProblemError:
        return False


def _require_own(request: Request, token: str) -> None:
    try:
        expected = ensure_token(request.app.state.settings)
    except OSError as error:
        raise ProblemError(
            503,
            "no_token",
            f"This instance has no token to compare with: {error.strerror}.",
            "Set WELLBEHAVED_TOKEN and start the service again, or make WELLBEHAVED_DATA_DIR writable.",
        ) from error
    if not secrets.compare_digest(token.encode(), expected.encode()):
        raise ProblemError(
            401, "invalid_token", "The bearer token is not this instance's.", _NEXT_STEP, headers=_CHALLENGE
        )
