"""The training recipes A1, A2 and A3."""

from backend.findings.group_claim import GroupClaim, plain

CLAIM = GroupClaim(
    place=9,
    key="training-recipes",
    title="The recipes A1, A2 and A3",
    statement="Longer training by A1 to A3 raises accuracy and adversarial robustness and costs robustness elsewhere.",
    origin="comparison",
    caveat=(
        "Every robustness value of these models is flagged: it looks measured with batch normalisation in training "
        "mode. Only accuracy, object focus, shape bias and size stand without a doubt."
    ),
    a=plain("recipe"),
    b={"recipe": ("a1", "a2", "a3")},
    shared={**plain("training", "head", "pretraining_data"), "architecture": ("cnn",)},
    a_label="supervised CNNs with ImageNet-1k and no such recipe",
    b_label="models trained by A1, A2 or A3",
    paired_by="backbone",
    expected={
        "accuracy": "better",
        "adversarial_robustness": "better",
        "corruption_robustness": "worse",
        "ood_robustness": "worse",
    },
)
