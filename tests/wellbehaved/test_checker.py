import subprocess
import sys
from pathlib import Path

import pytest

from wellbehaved import checker


def test_the_checker_is_there_where_its_libraries_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checker.installed_checker()
    assert found is not None
    found.close()
    monkeypatch.setattr(checker, "_NEEDED", ("torch", "a_library_that_there_is_not"))
    assert checker.installed_checker() is None


def test_folders_can_be_looked_at_where_models_can_be_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert checker.installed_inspection(tmp_path) is not None
    assert checker.installed_listing(tmp_path, tmp_path) is not None
    monkeypatch.setattr(checker, "_NEEDED", ("torch", "a_library_that_there_is_not"))
    assert checker.installed_inspection(tmp_path) is None
    assert checker.installed_listing(tmp_path, tmp_path) is None


@pytest.mark.parametrize(
    "has",
    ["installed_checker()", "installed_inspection(Path('cache'))", "installed_listing(Path('data'), Path('cache'))"],
)
def test_having_it_loads_no_torch(has: str) -> None:
    imports = "import sys; from pathlib import Path; from wellbehaved.checker import *"
    script = f"{imports}; {has}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
