"""Adversarial training."""

from backend.findings.group_claim import GroupClaim, plain

CLAIM = GroupClaim(
    place=7,
    key="adversarial-training",
    title="Adversarial training",
    statement="Adversarial training buys adversarial robustness and shape bias with accuracy and calibration.",
    origin="comparison",
    caveat="Robustness is against the attacks that these models were trained on, or close relatives of them.",
    a=plain("training"),
    b={"training": ("adversarial",)},
    shared=plain("architecture", "recipe", "head", "pretraining_data"),
    a_label="supervised CNNs and transformers with ImageNet-1k",
    b_label="adversarially trained models",
    paired_by="backbone",
    expected={
        "accuracy": "worse",
        "adversarial_robustness": "better",
        "calibration_error": "worse",
        "shape_bias": "better",
    },
)
