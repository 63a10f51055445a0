"""Models that a table names and no store knows: who they are is said by a library and an identifier in it alone."""

from collections.abc import Mapping

from backend.imports.columns import ABSENT, GROUPING
from backend.store.models import FACT_FIELDS, MODEL_FIELDS, ModelRecord
from quba.vocabulary import UNKNOWN

_TOLD = tuple(field for field in MODEL_FIELDS if field not in FACT_FIELDS)


def new_model(
    *, model_id: str, name: str, library: str, identifier: str, paper_title: str | None = None, note: str = ""
) -> ModelRecord:
    """A model of which nothing is known but where its weights are; how it was trained is not guessed from a name.

    Args:
        model_id: slug.
        name: on screen.
        library: that has the weights.
        identifier: of the weights there.
        paper_title: of the publication, where the table says it.
        note: what else the table says of the model.

    >>> new_model(model_id="a.b", name="a.b", library="timm", identifier="a.b").training
    'unknown'
    """
    return ModelRecord(
        id=model_id,
        name=name,
        architecture=UNKNOWN,
        training=UNKNOWN,
        recipe=UNKNOWN,
        head=UNKNOWN,
        pretraining_data=UNKNOWN,
        backbone=UNKNOWN,
        lineage=None,
        source_library=library,
        source_identifier=identifier,
        paper_title=paper_title,
        published_name=None,
        study_name=None,
        published_row=None,
        label_flags=(),
        note=note,
    )


def described_model(cells: Mapping[str, str], doubts: tuple[str, ...]) -> ModelRecord:
    """A model as a row of a results file describes it; a column that the file lacks is None, empty or unknown.

    Args:
        cells: by column, without faults.
        doubts: the flags on its label.
    """
    texts = {field: cells.get("model_id" if field == "id" else field, "") for field in _TOLD}
    columns: dict[str, object] = {field: text or None for field, text in texts.items()}
    columns.update({field: None for field in ("recipe", "head") if texts[field] == ABSENT})
    columns.update({field: UNKNOWN for field in GROUPING if field not in cells})
    row = texts["published_row"]
    columns.update(published_row=int(row) if row else None, label_flags=doubts, note=texts["note"], visibility="public")
    return ModelRecord(**columns)  # type: ignore[arg-type]
