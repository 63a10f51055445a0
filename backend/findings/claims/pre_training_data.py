"""More data to pre-train on: ImageNet-21k against ImageNet-1k."""

from backend.findings.group_claim import GroupClaim, all_better, plain

CLAIM = GroupClaim(
    place=5,
    key="pre-training-data",
    title="Size of the pre-training data",
    statement="Supervised models that saw ImageNet-21k first are better on almost everything.",
    origin="abstract",
    caveat=(
        "Models with more data are also newer and larger; only pairs of the same backbone isolate the data, and "
        "the training recipes within a pair still differ. B-cos networks are left out: they share backbones with plain "
        "ones by name but compute something else."
    ),
    a=plain("pretraining_data"),
    b={"pretraining_data": ("imagenet-21k",)},
    shared=plain("architecture", "training", "recipe", "head"),
    a_label="supervised models with ImageNet-1k",
    b_label="supervised models with ImageNet-21k",
    paired_by="backbone",
    expected=all_better(),
)
