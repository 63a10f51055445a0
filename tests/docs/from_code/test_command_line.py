from typer.core import TyperGroup
from typer.main import get_command

from docs.from_code.command_line import page
from wellbehaved.cli import app


def test_every_command_has_its_place_with_its_options() -> None:
    text, program = page(), get_command(app)
    assert isinstance(program, TyperGroup)
    for name, command in program.commands.items():
        assert f"# `wellbehaved {name}`" in text
        inner = command.commands if isinstance(command, TyperGroup) else {}
        assert [each for each in inner if f"# `wellbehaved {name} {each}`" not in text] == []
    assert "* `--w.accuracy VALUE`: " in text
    assert "--no-worker" in text
    assert "* `-h, --help`: " in text
