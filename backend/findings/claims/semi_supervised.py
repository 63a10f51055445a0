"""Semi-supervised training."""

from backend.findings.group_claim import PLAIN, PLAIN_LABEL, GroupClaim

CLAIM = GroupClaim(
    place=8,
    key="semi-supervised",
    title="Semi-supervised training",
    statement="Semi-supervised training raises accuracy, robustness, class balance and shape bias.",
    origin="comparison",
    caveat="It brings unlabelled data of another size with it: what is compared is training and data together.",
    a=PLAIN,
    b={"training": ("semi-supervised",)},
    a_label=PLAIN_LABEL,
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
