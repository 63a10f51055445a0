"""Models that a table names and no store knows: who they are is said by a library and an identifier in it alone."""

from backend.store.models import ModelRecord
from quba.vocabulary import UNKNOWN


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
