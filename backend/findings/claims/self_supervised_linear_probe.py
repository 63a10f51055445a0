"""Self-supervised pre-training under a linear probe."""

from backend.findings.group_claim import GroupClaim, all_better, plain

CLAIM = GroupClaim(
    place=3,
    key="self-supervised-linear-probe",
    title="Self-supervised pre-training, linear probe",
    statement="Self-supervised features are better on almost everything even where only a linear probe is trained.",
    origin="comparison",
    caveat=(
        "Only those that saw ImageNet-1k alone are compared, since data must not differ: few models from few families, "
        "so that a difference must be large to be significant."
    ),
    a=plain("training", "head"),
    b={"training": ("self-supervised",), "head": ("linear-probe",)},
    shared=plain("architecture", "recipe", "pretraining_data"),
    a_label="supervised CNNs and transformers with ImageNet-1k",
    b_label="self-supervised models with a linear probe and ImageNet-1k",
    paired_by="backbone",
    expected=all_better(),
)
