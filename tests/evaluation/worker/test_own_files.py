"""Which versions of benchmarks of one's own lie here; more, with a store, is in test_own_benchmarks."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

from backend.store import own_benchmarks
from backend.store.engine import writing
from backend.store.own_benchmarks import Registration
from evaluation.own_data.registration import inspect
from evaluation.worker.own_files import OwnFiles


def test_what_is_looked_at_again_is_seen_at_once(study_engine: Engine, flowers: Path, tmp_path: Path) -> None:
    found = inspect(flowers, key="flowers", cache=tmp_path / "cache")
    with writing(study_engine) as session:
        own_benchmarks.register(session, Registration.model_validate(found.model_dump(mode="json")))
    files = OwnFiles(study_engine, roots=(), cache=tmp_path / "cache", clock=lambda: 0.0)
    assert files.digests_here() == {"flowers": found.digest}
    next(flowers.rglob("*.png")).unlink()
    assert files.digests_here() == {"flowers": found.digest}
    files.look_again()
    assert files.digests_here() == {}


def test_they_load_no_torch() -> None:
    program = "import sys, evaluation.worker.own_files; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
