"""Where timm has changed: write its classes to backend/imports/timm_class_counts.txt, new names to the other."""

import timm

from backend.imports.timm_names import class_count_of, current_name, weights_origin


def test_class_counts_are_those_of_timm() -> None:
    for name in timm.list_models(pretrained=True):
        config = timm.get_pretrained_cfg(name)
        assert config is not None
        assert class_count_of(name) == config.num_classes
    assert class_count_of("resnet50") == 1000
    assert class_count_of("nothing") is None


def test_the_hubs_prefix_is_taken_off() -> None:
    assert current_name("hf-hub:timm/tf_efficientnet_b0_ap") == "tf_efficientnet_b0.ap_in1k"


def test_equal_weights_have_an_equal_origin() -> None:
    assert weights_origin("timm", "tf_efficientnet_b0_ap") == weights_origin("timm", "tf_efficientnet_b0.ap_in1k")
    assert weights_origin("other", "tf_efficientnet_b0_ap") == ("other", "tf_efficientnet_b0_ap")
    assert weights_origin("timm", None) == ("timm", None)
