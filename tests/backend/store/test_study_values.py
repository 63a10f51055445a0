"""Which dimensions of the study's weights need not be measured again."""

from dataclasses import replace

from sqlalchemy import Engine

from backend.store.engine import reading
from backend.store.study_values import study_values
from quba.benchmarks import STUDY_BENCHMARK, TOY_BENCHMARK
from tests.backend.measured_again import again, store_again

ALEXNET = ("torchvision", "alexnet/AlexNet_Weights.IMAGENET1K_V1")


def test_what_was_measured_here_is_held_whatever_model_it_stands_under(study_engine: Engine) -> None:
    reasons = {"adversarial_robustness": "not_applicable", "shape_bias": "data_set_missing", "object_focus": "failed"}
    store_again(study_engine, [
        again("alexnet-evaluated", "accuracy", 0.5), again("alexnet-evaluated", "class_balance", 0.5, sample_count=90),
        again("alexnet", "accuracy", 0.5, protocol="corrected"),
        again("alexnet-evaluated", "brier_score", 0.5, sample_count=90),
        *(
            replace(again("alexnet-evaluated", key, 0.0, sample_count=None), value=None, missing_reason=reason)
            for key, reason in reasons.items()
        ),
    ], visibility="private")  # fmt: skip
    with reading(study_engine) as session:
        held = study_values(session, STUDY_BENCHMARK, private=True)
        public = study_values(session, STUDY_BENCHMARK, private=False)
        assert study_values(session, TOY_BENCHMARK, private=True) == {}
    assert list(held) == [ALEXNET]
    assert [(each["protocol"], each["dimension"], each["all_images"]) for each in held[ALEXNET]] == [
        ("as-published", "accuracy", True),
        # Attacks without a meaning for the model stay so; what may have come meanwhile, or failed, is open still.
        ("as-published", "adversarial_robustness", None),
        ("as-published", "brier_score", None),
        ("as-published", "class_balance", False),
        ("corrected", "accuracy", True),
    ]
    assert [each["protocol"] for each in public[ALEXNET]] == ["corrected"]
