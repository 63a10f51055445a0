"""The lines of Python that load a model's very weights with their preprocessing, by the library that has them."""

from backend.ranking.timm_names import class_count_of
from backend.ranking.torchvision_names import classifiers
from quba.study_input import study_input

_TIMM = """\
import timm

model = timm.create_model("{name}", pretrained=True).eval()
config = timm.data.resolve_model_data_config(model)
{change}transform = timm.data.create_transform(**config, is_training=False)
"""
_AS_MEASURED = """\
# The size and crop at which the study measured them.
config |= {{"input_size": (3, {pixels}, {pixels}), "crop_pct": {crop}}}
"""
_TORCHVISION = """\
import torchvision

weights = torchvision.models.get_weight("{weights}")
model = torchvision.models.get_model("{name}", weights=weights).eval()
transform = weights.transforms()
"""


def loading_lines(library: str, identifier: str | None) -> str | None:
    """What to run to have a model as it was measured: `model`, and `transform` from an image to its input.

    Args:
        library: where the weights come from, as the store has it.
        identifier: their name there.

    Returns:
        None where no library that is known here has weights of this name. An identifier may be anybody's words, so
        that it stands in the lines only where it is one of the library's own names.

    >>> print(loading_lines("torchvision", "alexnet/AlexNet_Weights.IMAGENET1K_V1"))
    import torchvision
    <BLANKLINE>
    weights = torchvision.models.get_weight("AlexNet_Weights.IMAGENET1K_V1")
    model = torchvision.models.get_model("alexnet", weights=weights).eval()
    transform = weights.transforms()
    <BLANKLINE>
    """
    if library == "timm" and identifier and class_count_of(identifier) is not None:
        measured = study_input(*identifier.partition(".")[::2])
        return _TIMM.format(name=identifier, change=_AS_MEASURED.format(**measured._asdict()) if measured else "")
    if library == "torchvision" and identifier:
        name, _, weights = identifier.partition("/")
        kind, _, tag = weights.partition(".")
        if tag in classifiers().get(name, ()) and kind.replace("_", "").lower() == f"{name}weights".replace("_", ""):
            return _TORCHVISION.format(name=name, weights=weights)
    return None
