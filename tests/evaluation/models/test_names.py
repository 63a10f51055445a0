from timm.models import get_deprecated_models

from backend.imports import timm_names
from evaluation.models.names import current_name, is_known


def test_the_service_follows_the_same_names_without_timm() -> None:
    for old, new in get_deprecated_models().items():
        assert timm_names.current_name(old) == current_name(old) == (new or old)


def test_other_repositories_of_the_hub_are_not_names() -> None:
    assert current_name("timm/resnet50.a1_in1k") == "resnet50.a1_in1k"
    assert not is_known(current_name("hf-hub:somebody/resnet50"))
