"""Transformers against convolutional networks."""

from backend.findings.group_claim import GroupClaim, all_better, plain

CLAIM = GroupClaim(
    place=6,
    key="transformers",
    title="Transformers against CNNs",
    statement="Transformers are better on almost everything than convolutional networks trained on the same data.",
    origin="comparison",
    caveat=(
        "No backbone is both, so nothing can be matched. The CNNs are older on average and trained with simpler "
        "recipes: age and architecture cannot be separated."
    ),
    a={"architecture": ("cnn",)},
    b={"architecture": ("transformer",)},
    shared=plain("training", "recipe", "head", "pretraining_data"),
    a_label="supervised CNNs with ImageNet-1k",
    b_label="supervised transformers with ImageNet-1k",
    paired_by=None,
    expected=all_better(),
)
