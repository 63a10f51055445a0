"""Puts the service together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from sqlalchemy import Engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api import routers
from backend.below_root import BelowRoot, public_path
from backend.compression import Compressed
from backend.cross_origin import CrossOrigin, dashboard_origins
from backend.dimension_folder import FOLDER, DimensionFolder
from backend.dimension_packages import DimensionPackages
from backend.dimensions_in_force import DimensionsInForce
from backend.evaluations.checking import CheckpointCheck
from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.evaluations.inspecting import BenchmarkInspection, Inspections
from backend.evaluations.jobs import Jobs
from backend.evaluations.listing import ImageListing, ImageLists
from backend.imports.result_files import ResultFiles
from backend.installed_guide import add_guide
from backend.metrics import RequestMetrics
from backend.openapi import complete_openapi
from backend.preset_folder import PRESET_FOLDER, PresetFolder
from backend.problems import install_error_handlers
from backend.ranking.exports import Exports
from backend.ranking.ranked import Rankings
from backend.ranking.sampling import SamplingBudget
from backend.rate_limits import RateLimits
from backend.request_ids import RequestIds
from backend.settings import Settings
from backend.store.dimension_sets import DimensionSets
from backend.store.engine import create_store_engine
from backend.store.evidence_files import EvidenceFiles
from backend.store.opened_files import checkpoint_store, contact_sheets, evidence_store
from backend.store.snapshot import SnapshotCache
from backend.store_metrics import StoreMetrics
from backend.tracing import flush, is_traced, tracer_provider
from backend.turns import Turns

_DESCRIPTION = """
Ranks image classifiers by how well they *behave*: quality dimensions, weighed for your needs.

The store starts with the figures of 326 models published in "Beyond Accuracy: What Matters in Designing Well-Behaved
(Image Classification) Models?" (Hesse, Bağcı, Schiele, Schaub-Meyer, Roth; TMLR 2026; arXiv 2503.17110).

Weights are named by dimension, never negative and free of scale. Lists take `limit`, `cursor`, `sort` and filters and
answer as JSON, CSV, NDJSON or Parquet. Errors are RFC 9457 problems with a stable `code` and the next step. Answers
name their data version and carry an ETag. Reading is open; writing needs the instance's bearer token.
"""


def create_app(
    settings: Settings | None = None,
    checker: CheckpointCheck | None = None,
    inspection: BenchmarkInspection | None = None,
    listing: ImageListing | None = None,
    resources: Collection[str] | None = None,
) -> FastAPI:
    """Make the service.

    Args:
        settings: of this instance; read from the environment when absent.
        checker: looks at checkpoints; without one, none can be uploaded. Closed with the application.
        inspection: looks at folders of images; without one, no benchmark can be added.
        listing: lists the images of a benchmark; without one, nobody learns which ones flipped.
        resources: the only files of `backend.api` that are served, for a process that asks these and ends; all when
            absent.

    Returns:
        An ASGI application. The database need not answer yet: until it does, questions about data get 503.
    """
    settings = settings or Settings()
    engine = create_store_engine(settings.resolved_database_url)
    snapshots = SnapshotCache(engine)
    jobs = Jobs(settings.resolved_database_url)
    files = CheckpointFiles(checkpoint_store(settings), checker)
    turns = Turns(waiting=settings.max_waiting_questions)
    rankings, private_rankings = (
        Rankings(snapshots, embedded=engine.dialect.name == "sqlite", private=private, turns=turns, budget=budget)
        for private, budget in ((False, SamplingBudget(settings.max_sampled_scores)), (True, SamplingBudget()))
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Before the first answer, also of a command that asks once and ends.
        # Dimensions first, for presets weigh them.
        folders = (app.state.dimension_folder, app.state.preset_folder)
        await app.state.dimension_folder.look()
        await app.state.dimension_packages.look()
        await app.state.preset_folder.look()
        watching = [asyncio.create_task(folder.watch()) for folder in folders]
        yield
        for task in watching:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for each in (jobs, files, rankings, private_rankings, snapshots, app.state.result_files):
            each.close()
        engine.dispose()
        await asyncio.to_thread(flush)

    app = _application(lifespan)
    app.state.settings, app.state.engine = settings, engine
    app.state.checkpoints, app.state.evidence = files, EvidenceFiles(evidence_store(settings))
    app.state.jobs, app.state.contact_sheets = jobs, contact_sheets(settings)
    app.state.inspections = Inspections(inspection, settings.data_roots)
    app.state.image_lists = ImageLists(listing)
    app.state.exports, app.state.store_metrics = Exports(turns), StoreMetrics(engine, settings)
    # Of their own: a file of everything may take minutes, and questions about rankings need not wait for it.
    app.state.result_turns = Turns(waiting=settings.max_waiting_questions)
    app.state.result_files = ResultFiles(settings.data_dir / "exports")
    app.state.rankings, app.state.private_rankings = rankings, private_rankings
    _add_routes(app, resources)
    install_error_handlers(app)
    complete_openapi(app, settings.root_path)
    _add_definitions(app, settings, engine)
    app.state.dimension_sets = DimensionSets(engine, snapshots)
    _add_middleware(app, settings, embedded=rankings.embedded)
    return app


def _add_definitions(app: FastAPI, settings: Settings, engine: Engine) -> None:
    """Dimensions and presets of one's own: from the folders of this instance, and from installed packages."""
    app.state.dimension_folder = DimensionFolder(settings.data_dir / FOLDER, engine)
    app.state.dimension_packages = DimensionPackages(app.state.dimension_folder, engine)
    app.state.preset_folder = PresetFolder(settings.data_dir / PRESET_FOLDER, engine)


def _application(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """The application without a route."""
    return FastAPIOffline(
        title="wellbehaved",
        version=version("wellbehaved"),
        summary="Choose an image classifier by how well it behaves.",
        description=_DESCRIPTION,
        contact={"name": "The wellbehaved developers"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        # ReDoc fetches its logo from another host; Swagger's page at /docs fetches nothing.
        redoc_url=None,
        # A redirect would lead to whatever host the request claimed to be for.
        redirect_slashes=False,
        telemetry={
            "tracing": tracer_provider() is not None,
            "tracer_provider": tracer_provider(),
            "exclude": lambda scope: not is_traced(scope["path"]),
            "operation_spans": False,
            "metrics": False,
            "logs": False,
            "auto_configure": False,
        },
    )


def _add_middleware(app: FastAPI, settings: Settings, *, embedded: bool) -> None:
    # The innermost: what is refused or answered without a route needs no dimensions.
    app.add_middleware(DimensionsInForce, sets=app.state.dimension_sets, embedded=embedded)
    app.add_middleware(Compressed)
    # Within those that follow: a page can read the refusal, and the counters have it.
    if settings.requests_per_minute is not None:
        app.add_middleware(RateLimits, per_minute=settings.requests_per_minute)
    app.add_middleware(RequestMetrics)
    app.add_middleware(_HeadAnswered)
    app.add_middleware(CrossOrigin, sending=dashboard_origins(settings), reading=settings.reading_origins)
    # A refusal of any other has its identifier, too.
    app.add_middleware(RequestIds)
    if settings.root_path:
        # The outermost: all others read the path as it makes it.
        app.add_middleware(BelowRoot, root_path=settings.root_path)


def _add_routes(app: FastAPI, resources: Collection[str] | None) -> None:
    # Before the pages of the documentation, for routes are tried in turn.
    app.router.routes[:0] = [route for router in routers(resources) for route in router.routes]
    app.add_api_route("/", _start, include_in_schema=False)
    add_guide(app)


def _start(request: Request) -> RedirectResponse:
    return RedirectResponse(public_path(request.scope, "/docs"))


class _HeadersSentError(Exception):
    """Ends the work on a body that nobody gets."""


class _HeadAnswered:
    """Answers HEAD as GET without the body: what it asks for is the ETag, or whether the service is there.

    A body that is sent part by part, as files and events are, ends with its first part.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b""})
            if message.get("more_body", False):
                raise _HeadersSentError

        # A range is a matter of GET alone; the headers are those of the whole.
        headers = [header for header in scope["headers"] if header[0] != b"range"]
        with suppress(_HeadersSentError):
            await self._app({**scope, "method": "GET", "headers": headers}, receive, send_without_body)
