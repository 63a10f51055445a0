"""Self-supervised pre-training, fine-tuned end to end."""

from backend.findings.group_claim import GroupClaim, all_better, plain

CLAIM = GroupClaim(
    place=2,
    key="self-supervised-fine-tuned",
    title="Self-supervised pre-training, fine-tuned",
    statement="Models pre-trained by self-supervision and then fine-tuned are better on almost everything but size.",
    origin="abstract",
    caveat=(
        "Only those that saw ImageNet-1k alone are compared, since data must not differ; more than half of the "
        "fine-tuned models saw more. Most are transformers, and their backbones hardly occur among supervised models."
    ),
    a=plain("training", "head"),
    b={"training": ("self-supervised",), "head": ("fine-tuned",)},
    shared=plain("architecture", "recipe", "pretraining_data"),
    a_label="supervised CNNs and transformers with ImageNet-1k",
    b_label="self-supervised, fine-tuned models with ImageNet-1k",
    paired_by="backbone",
    expected=all_better(),
)
