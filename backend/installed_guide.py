"""The guide at `/guide`, where `make docs` built it or a release brings it; the `type` of a problem leads into it."""

from pathlib import Path
from typing import Annotated, Final

import fastapi
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from backend.problems import ProblemError

FOLDER: Final = Path(__file__).with_name("guide")
_START: Final = "index.html"
_CODES: Final = "reference/problems.html"
_NEXT_STEP: Final = (
    "Run `make docs` in a checkout, or install a release. The answer with the problem has its next step."
)


def add_guide(app: FastAPI, folder: Path = FOLDER) -> None:
    """Serve the guide, or say how to get it.

    Args:
        app: the service.
        folder: where the guide is, if it was built.
    """
    installed = (folder / _START).is_file()

    # Addresses are relative: an absolute one would lead to whatever host the request claimed to be for.
    def start() -> RedirectResponse:
        _require(installed)
        return RedirectResponse(f"guide/{_START}")

    def problem_page(code: Annotated[str, fastapi.Path(pattern="^[a-z0-9_]{1,60}$")]) -> RedirectResponse:
        _require(installed)
        return RedirectResponse(f"../guide/{_CODES}#{code}")

    app.add_api_route("/guide", start, include_in_schema=False)
    app.add_api_route("/problems/{code}", problem_page, include_in_schema=False)
    if installed:
        # Without `html`, which answers a folder by an address that is made from the request's host.
        app.mount("/guide", StaticFiles(directory=folder), name="guide")


def _require(installed: bool) -> None:
    if not installed:
        raise ProblemError(404, "guide_not_installed", "The guide is not installed with this service.", _NEXT_STEP)
