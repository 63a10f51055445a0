"""How to cite the publication that the figures are from."""

from typing import Final

CITATION: Final = (
    'Robin Hesse, Doğukan Bağcı, Bernt Schiele, Simone Schaub-Meyer, Stefan Roth: "Beyond Accuracy: What Matters in '
    'Designing Well-Behaved (Image Classification) Models?", TMLR 2026, arXiv:2503.17110.'
)
