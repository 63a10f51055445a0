"""B-cos networks."""

from backend.findings.group_claim import GroupClaim, plain

CLAIM = GroupClaim(
    place=10,
    key="b-cos",
    title="B-cos networks",
    statement="Networks that explain themselves by design pay with accuracy, robustness and calibration.",
    origin="comparison",
    caveat="Nine of the twelve have flagged values on robustness, calibration and class balance.",
    a=plain("architecture"),
    b={"architecture": ("b-cos",)},
    shared=plain("training", "recipe", "head", "pretraining_data"),
    a_label="supervised CNNs and transformers with ImageNet-1k",
    b_label="B-cos networks",
    paired_by="backbone",
    expected={
        "accuracy": "worse",
        "adversarial_robustness": "worse",
        "corruption_robustness": "worse",
        "ood_robustness": "worse",
        "calibration_error": "worse",
        "object_focus": "worse",
    },
)
