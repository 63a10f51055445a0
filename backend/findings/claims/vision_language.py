"""Zero-shot vision-language models: class balance and unfamiliar renditions."""

from backend.findings.group_claim import GroupClaim, plain

CLAIM = GroupClaim(
    place=1,
    key="vision-language",
    title="Vision-language models, class balance and unfamiliar renditions",
    statement="Zero-shot vision-language models treat classes more evenly and hold up better in unfamiliar renditions.",
    origin="abstract",
    caveat=(
        "No model of another kind saw the same data, so training, data and head cannot be separated; in web-scale "
        "data such renditions occur, and the models are larger. Class balance and calibration error of all of them "
        "look computed after a second softmax. As published they are less accurate and worse calibrated."
    ),
    a={
        "architecture": ("cnn", "transformer", "b-cos", "vision-language"),
        "training": ("supervised", "self-supervised", "semi-supervised", "adversarial"),
        "head": ("none", "fine-tuned", "linear-probe"),
        "pretraining_data": ("imagenet-1k", "imagenet-21k", "large"),
    },
    b={
        "architecture": ("vision-language",),
        "training": ("self-supervised",),
        "head": ("zero-shot",),
        "pretraining_data": ("large",),
    },
    shared=plain("recipe"),
    a_label="models that are not used zero-shot",
    b_label="zero-shot vision-language models",
    paired_by="backbone",
    expected={"class_balance": "better", "ood_robustness": "better"},
)
