from backend.settings import Settings
from docs.from_code.settings import page


def test_every_setting_has_its_row() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        [row] = [row for row in rows if row.startswith(f"| `WELLBEHAVED_{name.upper()}` |")]
        assert field.description
        assert field.description in row
    assert "| `WELLBEHAVED_PORT` | `8000` |" in page()
    assert "| `WELLBEHAVED_TOKEN` | none |" in page()
    assert "| `WELLBEHAVED_DATA_DIR` | your own |" in page()
