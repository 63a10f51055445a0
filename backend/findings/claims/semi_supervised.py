"""Semi-supervised training."""

from backend.findings.group_claim import GroupClaim, plain

CLAIM = GroupClaim(
    place=8,
    key="semi-supervised",
    title="Semi-supervised training",
    statement="Semi-supervised training raises accuracy, robustness, class balance and shape bias.",
    origin="comparison",
    caveat="It brings unlabelled data of another size with it: what is compared is training and data together.",
    a=plain("training", "pretraining_data"),
    b={"training": ("semi-supervised",), "pretraining_data": ("large",)},
    shared={**plain("recipe", "head"), "architecture": ("cnn",)},
    a_label="supervised CNNs with ImageNet-1k",
    b_label="semi-supervised models",
    paired_by="backbone",
    expected={
        "accuracy": "better",
        "adversarial_robustness": "better",
        "corruption_robustness": "better",
        "ood_robustness": "better",
        "class_balance": "better",
        "shape_bias": "better",
    },
)
