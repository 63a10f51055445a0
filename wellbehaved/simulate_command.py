"""The command that fills a store with models that do not exist: `wellbehaved simulate`."""

from dataclasses import asdict
from typing import Annotated

import typer

from wellbehaved.terminal import JsonOption, fail, fail_with_os_error, print_json, usable_settings

app = typer.Typer()


@app.command()
def simulate(
    models: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many models to write.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed: the same one gives the same models.")] = 0,
    json: JsonOption = False,
) -> None:
    """Fill a new store with plausible models that do not exist, to try the program at size."""
    from backend.imports.simulation import simulate as write_models
    from backend.store.engine import create_store_engine
    from backend.store.errors import StoreUnavailable
    from quba.errors import Refusal
    from wellbehaved.processes import migrate_store

    settings = usable_settings()
    try:
        # The study first: simulated models are drawn from what the published ones are like.
        migrate_store(settings)
        engine = create_store_engine(settings.resolved_database_url)
        report = write_models(engine, models=models, seed=seed)
    except Refusal as refusal:
        fail(f"{refusal.message} {refusal.hint}")
    except StoreUnavailable as error:
        fail(str(error))
    except OSError as error:
        fail_with_os_error(error)
    engine.dispose()
    if json:
        print_json(asdict(report))
    else:
        typer.echo(
            f"{report.models} simulated models beside the published ones, {report.evaluations} of them with an "
            f"evaluation; {report.missing_values} values are missing. Data version {report.data_version}."
        )
