"""What a measuring process is given by the worker that starts it. Loads no torch."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from backend.settings import Settings
from evaluation.engine.means import Means


@dataclass(frozen=True, kw_only=True, slots=True)
class Equipment:
    """With what, and in whose name, a process measures.

    Attributes:
        settings: of the instance.
        worker_id: the worker that it measures for.
        data: folder of the data sets.
        means: device, batch size and reading processes.
        traced: whether it sends traces, as its worker does.
    """

    settings: Settings
    worker_id: str
    data: Path
    means: Means
    traced: bool = False

    def line(self) -> str:
        """As one line of text, which holds the database's password: for a pipe, never for a command line."""
        told = {
            # Not by pydantic's own JSON, which hides the password.
            "settings": {name: _plain(value) for name, value in self.settings},
            "worker_id": self.worker_id,
            "data": str(self.data),
            "means": asdict(self.means),
            "traced": self.traced,
        }
        return json.dumps(told)

    @classmethod
    def of_line(cls, line: str) -> "Equipment":
        """What `line` wrote."""
        told = json.loads(line)
        return cls(
            # The worker has read the environment and .env; the folder may hold another .env by now.
            settings=Settings(_env_file=None, **told["settings"]),
            worker_id=told["worker_id"],
            data=Path(told["data"]),
            means=Means(**told["means"]),
            traced=told["traced"],
        )


def _plain(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value)
    return [str(each) for each in value] if isinstance(value, tuple) else value
