from backend.imports.new_models import new_model
from quba.vocabulary import IDENTITY_WORDS, UNKNOWN


def test_nothing_is_guessed_from_a_name() -> None:
    made = new_model(model_id="a.b", name="A", library="timm", identifier="a.b", note="N")
    assert {getattr(made, field) for field in (*IDENTITY_WORDS, "backbone", "licence")} == {UNKNOWN}
    assert (made.id, made.name, made.source_library, made.source_identifier) == ("a.b", "A", "timm", "a.b")
    assert (made.note, made.paper_title, made.input_size, made.visibility) == ("N", None, None, "public")
