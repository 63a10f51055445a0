"""One description for an option, whichever command takes it."""

from collections import defaultdict

import typer
from typer.core import TyperGroup

from wellbehaved.cli import app

SHARED = {"data", "protocol", "dimensions", "weights_key", "samples_per_class", "batch_size", "device", "workers"}


def test_an_option_of_several_commands_has_one_description() -> None:
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    helps = defaultdict(list)
    for name in ("evaluate", "submit", "worker"):
        for parameter in program.commands[name].params:
            # `evaluate` takes a protocol more, as its help says.
            if parameter.name in SHARED and (name, parameter.name) != ("evaluate", "protocol"):
                helps[parameter.name].append(str(getattr(parameter, "help", "")))
    assert set(helps) == SHARED
    assert {name: len(set(texts)) for name, texts in helps.items()} == dict.fromkeys(SHARED, 1)
    assert all(len(texts) > 1 for name, texts in helps.items() if name != "protocol")
