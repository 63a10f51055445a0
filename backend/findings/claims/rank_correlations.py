"""How the study's dimensions go together."""

from backend.findings.correlation_claim import CorrelationClaim

CLAIM = CorrelationClaim(
    place=11,
    key="rank-correlations",
    title="Rank correlations between the dimensions",
    statement="Most dimensions rise together with accuracy, and more parameters go with a larger calibration error.",
    origin="comparison",
    caveat=(
        "Models of one family are alike, so that 326 models are fewer independent ones and every p is too small. "
        "36 pairs are tested at once: p = .048 is no finding among so many."
    ),
    expected={
        ("accuracy", "adversarial_robustness"): "positive",
        ("accuracy", "corruption_robustness"): "positive",
        ("accuracy", "ood_robustness"): "positive",
        ("accuracy", "class_balance"): "positive",
        ("accuracy", "object_focus"): "positive",
        ("accuracy", "shape_bias"): "positive",
        ("calibration_error", "parameters_millions"): "positive",
    },
)
