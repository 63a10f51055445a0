"""The science of choosing a well-behaved image classifier: its dimensions, their formulas, and the QUBA score.

Everything here is a function of its arguments: no files, no clock, no network, no global randomness.
Source of the protocol and of the score: Hesse, Bağcı, Schiele, Schaub-Meyer, Roth, "Beyond Accuracy: What Matters in
Designing Well-Behaved (Image Classification) Models?", TMLR 2026, arXiv 2503.17110.
"""
