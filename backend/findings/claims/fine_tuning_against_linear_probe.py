"""The same pre-trained weights, fine-tuned or probed."""

from backend.findings.group_claim import GroupClaim, all_better

CLAIM = GroupClaim(
    place=4,
    key="fine-tuning",
    title="Fine-tuning against a linear probe on the same weights",
    statement="Fine-tuning pre-trained weights makes them better on almost everything than a linear probe on them.",
    origin="comparison",
    caveat="Matched by lineage: a pair starts from the same pre-trained weights. How they are fine-tuned differs.",
    a={"head": ("linear-probe",)},
    b={"head": ("fine-tuned",)},
    a_label="linear probes",
    b_label="fine-tuned models",
    paired_by="lineage",
    expected=all_better(),
)
