"""Self-supervised pre-training under a linear probe."""

from backend.findings.group_claim import PLAIN, PLAIN_LABEL, GroupClaim, all_better

CLAIM = GroupClaim(
    place=3,
    key="self-supervised-linear-probe",
    title="Self-supervised pre-training, linear probe",
    statement="Self-supervised features are better on almost everything even where only a linear probe is trained.",
    origin="comparison",
    caveat="Thirteen models from few families; a difference must be large to be significant.",
    a=PLAIN,
    b={"training": ("self-supervised",), "head": ("linear-probe",)},
    a_label=PLAIN_LABEL,
    b_label="self-supervised models with a linear probe",
    paired_by="backbone",
    expected=all_better(),
)
