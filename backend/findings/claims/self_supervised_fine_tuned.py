"""Self-supervised pre-training, fine-tuned end to end."""

from backend.findings.group_claim import PLAIN, PLAIN_LABEL, GroupClaim, all_better

CLAIM = GroupClaim(
    place=2,
    key="self-supervised-fine-tuned",
    title="Self-supervised pre-training, fine-tuned",
    statement="Models pre-trained by self-supervision and then fine-tuned are better on almost everything but size.",
    origin="abstract",
    caveat=(
        "More than half of the fine-tuned models saw more data than ImageNet-1k, most are transformers, and their "
        "backbones hardly occur among supervised models: training, data and architecture cannot be told apart here."
    ),
    a=PLAIN,
    b={"training": ("self-supervised",), "head": ("fine-tuned",)},
    a_label=PLAIN_LABEL,
    b_label="self-supervised, fine-tuned models",
    paired_by="backbone",
    expected=all_better(),
)
