"""The benchmarks of the service, and what is known of those of one's own."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st

from dashboard import catalogue as source
from dashboard.catalogue import model_path, pool_of, question
from dashboard.view_state import ViewState
from quba.benchmarks import STUDY_BENCHMARK
from wellbehaved import ApiError, Client

SECONDS = 30
# Every file of a folder is read once.
LOOK_SECONDS = 1800.0
OWN = "own"

Record = dict[str, Any]


@st.cache_resource(ttl=SECONDS, show_spinner=False)
def benchmarks() -> list[Record]:
    """The benchmarks of the store; one that is added elsewhere is seen within half a minute."""
    items: list[Record] = source.client().get("/v1/benchmarks")["items"]
    return items


def benchmark(key: str) -> Record | None:
    """One of them, or the default one where none is named; None where the service has no such benchmark."""
    return next((each for each in benchmarks() if each["key"] == (key or STUDY_BENCHMARK)), None)


def details(own: Client, key: str) -> Record:
    """Everything that is known of a benchmark.

    Args:
        own: a connection with the token, which alone sees where the folder lies.
        key: of the benchmark.
    """
    return own.get(_path(key))


def contact_sheets(own: Client, key: str) -> list[tuple[str, bytes]]:
    """By set, 24 of the images that were generated from a benchmark's own as PNG; none until a model was measured."""
    path = f"{_path(key)}/contact-sheets"
    return [(name, own.content(f"{path}/{quote(name, safe='')}", {})) for name in own.get(path)["items"]]


def earlier_measurements(key: str, model_id: str, data_version: str) -> list[Record]:
    """What a model was measured at on earlier versions of a benchmark, newest version first."""
    asked = {"key": key, "model_id": model_id}
    found: list[Record] = source.cached_answer(
        question("earlier measurements", asked, data_version),
        lambda: source.client().benchmarks.earlier_measurements(key, model_id),
    )
    return found


def look(own: Client, folder: str, *, layout: str) -> Record:
    """What a folder on the server holds; nothing is registered."""
    return own.post("/v1/benchmarks", _request(folder, layout, register=False), timeout=LOOK_SECONDS)


def add(own: Client, folder: str, *, layout: str) -> Record:
    """Register a folder on the server as a benchmark, or as a new version of one."""
    found = own.post("/v1/benchmarks", _request(folder, layout, register=True), timeout=LOOK_SECONDS)
    benchmarks.clear()
    return found


def remove(own: Client, key: str) -> None:
    """Forget a benchmark that nothing was measured on; its folder stays as it is."""
    own.delete(_path(key))
    benchmarks.clear()


def freeze_norms(own: Client, key: str, *, frozen: bool) -> None:
    """Keep today's norms of a benchmark's pool, or let them follow its models again."""
    path = f"{_path(key)}/frozen-norms"
    if frozen:
        own.post(path, {})
    else:
        own.delete(path)


def _request(folder: str, layout: str, *, register: bool) -> dict[str, Any]:
    return {"path": folder.strip(), "layout": layout, "register": register}


def _path(key: str) -> str:
    return f"/v1/benchmarks/{quote(key, safe='')}"


def class_report(view: ViewState, model_id: str, data_version: str) -> Record | None:
    """What a model does to each class of the view's benchmark; None where no report was kept."""
    pool = pool_of(view)

    def fetch() -> Record | None:
        try:
            report: Record = source.client().get(f"{model_path(model_id)}/class-report", pool)["report"]
        except ApiError as error:
            if error.code != "no_class_report":
                raise
            return None
        return report

    found: Record | None = source.cached_answer(question(f"class report {model_id}", pool, data_version), fetch)
    return found
