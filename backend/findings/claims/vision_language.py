"""Zero-shot vision-language models: class balance and unfamiliar renditions."""

from backend.findings.group_claim import GroupClaim

CLAIM = GroupClaim(
    place=1,
    key="vision-language",
    title="Vision-language models, class balance and unfamiliar renditions",
    statement="Zero-shot vision-language models treat classes more evenly and hold up better in unfamiliar renditions.",
    origin="abstract",
    caveat=(
        "They saw web-scale data in which such renditions occur, and they are larger. Class balance and calibration "
        "error of all of them look computed after a second softmax. As published they are less accurate and worse "
        "calibrated."
    ),
    a=None,
    b={"head": ("zero-shot",)},
    a_label="all other models",
    b_label="zero-shot vision-language models",
    paired_by="backbone",
    expected={"class_balance": "better", "ood_robustness": "better"},
)
