"""Names of the timm library as people write them, and as it has them today."""

import timm
from timm.models import get_deprecated_models

# The hub's own addresses of timm's weights; other repositories hold anything at all.
HUB_PREFIXES = ("hf-hub:timm/", "hf_hub:timm/", "timm/")


def current_name(name: str) -> str:
    """The name that timm has today: without the hub's prefix, and renamed as `timm.create_model` would.

    >>> current_name("hf-hub:timm/tf_efficientnet_b0_ap")
    'tf_efficientnet_b0.ap_in1k'
    """
    for prefix in HUB_PREFIXES:
        name = name.removeprefix(prefix)
    return get_deprecated_models().get(name) or name


def is_known(name: str) -> bool:
    """Whether timm has the architecture; prefixes that lead to other places are not followed."""
    return ":" not in name and "/" not in name and timm.is_model(name)
