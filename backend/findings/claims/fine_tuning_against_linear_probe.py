"""The same pre-trained weights, fine-tuned or probed."""

from backend.findings.group_claim import GroupClaim, all_better, plain

CLAIM = GroupClaim(
    place=4,
    key="fine-tuning",
    title="Fine-tuning against a linear probe on the same weights",
    statement="Fine-tuning pre-trained weights makes them better on almost everything than a linear probe on them.",
    origin="comparison",
    caveat=(
        "Matched by lineage: a pair starts from the same pre-trained weights, and so from the same data. As groups, "
        "more of the fine-tuned models saw ImageNet-1k alone. How they are fine-tuned differs."
    ),
    a={"head": ("linear-probe",)},
    b={"head": ("fine-tuned",)},
    shared={
        **plain("architecture", "recipe"),
        "training": ("self-supervised",),
        "pretraining_data": ("imagenet-1k", "large"),
    },
    a_label="linear probes",
    b_label="fine-tuned models",
    paired_by="lineage",
    expected=all_better(),
)
