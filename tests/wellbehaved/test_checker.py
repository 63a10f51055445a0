import subprocess
import sys

import pytest

from wellbehaved import checker


def test_the_checker_is_there_where_its_libraries_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found = checker.installed_checker()
    assert found is not None
    found.close()
    monkeypatch.setattr(checker, "_NEEDED", ("torch", "a_library_that_there_is_not"))
    assert checker.installed_checker() is None


def test_having_it_loads_no_torch() -> None:
    script = (
        "import sys; from wellbehaved.checker import installed_checker as has; has(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
