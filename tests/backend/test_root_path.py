"""What may be the path that an instance is served below."""

from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from backend.app import create_app
from backend.root_path import OWN_NAMES, checked_root_path
from backend.settings import Settings
from dashboard.app import pages
from dashboard.server import NO_PAGES


@pytest.mark.parametrize(
    "text", ["rankings", "/a//b", "/a/../b", "/./a", "/a b", "https://a.example/b", "/%20", "/a?b"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a path below a host"):
        checked_root_path(text)


@pytest.mark.parametrize("name", sorted(OWN_NAMES))
def test_a_name_of_the_instances_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="which an address of the instance itself has"):
        checked_root_path(f"/{name}/below")


def test_every_name_of_service_and_dashboard_is_known(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None))
    paths = [route.path for route in app.routes if isinstance(route, Mount | Route)]
    names = {path.split("/")[1] for path in paths} | {page.url_path for page in pages()}
    names |= {part.rstrip("/") for part in NO_PAGES}
    assert names - {""} <= OWN_NAMES
