"""What the interface advises, for one who types commands: its paths become the commands that do the same."""

import re

# A parameter of the interface is an option here.
_PARAMETER = re.compile(r"\bSend ((?:for example |more than |less than )?)([a-z][\w.]*)=")
_COMMANDS = (
    ("See /docs for what this path takes.", "`--help` behind the command lists what it takes."),
    ("Send format=json.", "Use `--json`."),
    ("GET /v1/models?q=WORDS", "`wellbehaved rank --q WORDS`"),
    ("GET /v1/models", "`wellbehaved rank --limit 1000`"),
    ("GET /v1/evaluations/{evaluation_id}", "`wellbehaved status EVALUATION_ID`"),
    ("GET /v1/evaluations", "`wellbehaved status`"),
    ("GET /v1/benchmarks", "`wellbehaved benchmark list`"),
    ("GET /v1/dimensions", "`wellbehaved dimension list`"),
    ("GET /v1/presets", "`wellbehaved preset list`"),
    ("Send with_measurements=true to delete these as well.", "`--with-measurements` deletes these as well."),
    ("GET /v1/checkpoints/{checkpoint_id}/architectures", "`wellbehaved submit FILE`"),
    ("GET /v1/architectures?q=WORDS", 'Python\'s `timm.list_models("*WORDS*")`'),
    (
        "POST the file to /v1/checkpoints first, and send the checkpoint_id that it answers with.",
        "`wellbehaved submit FILE` uploads and submits a file.",
    ),
    ("partial=true ", "`--partial` "),
    ("GET /v1/imports", "`wellbehaved import --list`"),
    ("DELETE /v1/evaluations/{evaluation_id}", "`wellbehaved delete EVALUATION_ID`"),
    ("POST /v1/evaluations/{evaluation_id}/cancel", "`wellbehaved cancel EVALUATION_ID`"),
)


def in_commands(text: str) -> str:
    """A text of the interface with commands in the place of paths."""
    for path, command in _COMMANDS:
        text = text.replace(path, command)
    return _PARAMETER.sub(r"Write \1--\2 ", text)
