"""Which sources have no test of their name, and which tests no source of theirs, each with its reason."""

from fnmatch import fnmatch
from pathlib import Path

# Folders of tests that look at the whole and not at one file.
WHOLE = {"architecture", "browser", "faults", "mutation", "packaging", "recipes"}
# Tests without a source of the same name, and why.
WITHOUT_SOURCE = {
    "backend/api/test_discovery.py": "the folder's __init__, which finds the routers",
    "backend/findings/test_claims.py": "the folder claims/, with every claim in it",
    "backend/test_generated_clients.py": "what others make of the document that all routes make together",
    "backend/test_outage.py": "what all routes do without their database",
    "backend/test_own_pools.py": "what all routes say of a benchmark of one's own",
    "dashboard/components/ranking/test_arithmetic.py": "the scripts of that folder, run by node beside the service",
    "docs/test_tutorials.py": "the commands and addresses of the tutorials",
    "docs/test_monitoring.py": "the dashboard and the alert rules of docs/monitoring/",
    "evaluation/attacks/test_attacks.py": "the folder's __init__, and what all attacks promise",
    "evaluation/corruptions/test_corruptions.py": "the folder's __init__, and what all promise",
    "evaluation/corruptions/test_on_device.py": "all corruptions by torch against the same by NumPy",
    "evaluation/corruptions/test_strengths.py": "all corruptions against the published program",
    "evaluation/own_data/test_known_answers.py": "from a folder with masks to values that are known beforehand",
    "evaluation/own_data/test_study_layout.py": "from the study's folders to values that NumPy gives",
    "evaluation/test_evaluate_command.py": "the command over the whole engine",
    "evaluation/test_own_benchmark.py": "the whole engine on benchmarks of one's own",
    "evaluation/test_known_models.py": "the whole engine on models whose values are known",
    "quba/dimensions/test_discovery.py": "the folder's __init__, which finds the dimensions",
    "quba/dimensions/test_measures.py": "what all dimensions' measure() promise",
    "quba/test_imports.py": "what the whole package may import",
    "quba/test_paired_coverage.py": "paired differences and the gate against simulations",
    "quba/test_interval_coverage.py": "the standard errors of all dimensions against simulations",
    "quba/test_known_models.py": "all formulas on models whose values are known",
    "quba/test_published_decisions.py": "the functions for decisions against the published scores",
    "quba/test_published_study.py": "the whole chain against the published scores",
    "quba/test_values.py": "what all results of the package promise",
    "wellbehaved/client/test_answers.py": "the folder answers/, against the OpenAPI document",
}
# Sources of one kind whose test holds each of them to the same promises, found by itself: pattern to test.
FAMILIES = {
    "backend/findings/claims/*.py": "tests/backend/findings/test_claims.py",
    "evaluation/attacks/*.py": "tests/evaluation/attacks/test_attacks.py",
    "evaluation/corruptions/*.py": "tests/evaluation/corruptions/test_corruptions.py",
    "evaluation/datasets/*.py": "tests/evaluation/datasets/test_layouts.py",
    "wellbehaved/client/answers/*.py": "tests/wellbehaved/client/test_answers.py",
    "migrations/*.py": "tests/backend/store/test_migration.py",
}
# Sources that are tested under another name, and where. A folder's mark counts when it has code.
ELSEWHERE = {
    "backend/decision_record/build.py": "tests/backend/api/test_decision_record.py",
    "backend/decision_record/schema.py": "tests/backend/api/test_decision_record.py",
    "dashboard/components/announcement.py": "tests/browser/test_accessibility.py",
    "backend/definition_folder.py": "tests/backend/test_dimension_folder.py",
    "backend/store/definition_text.py": "tests/backend/store/test_dimension_definition.py",
    "quba/preset.py": "tests/quba/ranking/test_presets.py",
    "backend/imports/readers/__init__.py": "tests/backend/imports/test_foreign_import.py",
    "backend/imports/citation.py": "tests/backend/decision_record/test_written_forms.py",
    "backend/api/__init__.py": "tests/backend/api/test_discovery.py",
    "backend/findings/__init__.py": "tests/backend/findings/test_claims.py",
    "backend/findings/schema.py": "tests/backend/api/test_findings.py",
    "backend/store/errors.py": "tests/backend/store/test_engine.py",
    "quba/dimensions/__init__.py": "tests/quba/dimensions/test_discovery.py",
    "wellbehaved/client/__init__.py": "tests/wellbehaved/client/test_blocking.py",
    "wellbehaved/__init__.py": "tests/wellbehaved/test_missing_extras.py",
    "wellbehaved/evaluate_command.py": "tests/evaluation/test_evaluate_command.py",
    "wellbehaved/flipped_files.py": "tests/wellbehaved/test_measuring.py",
}
# Sources with no test of their own yet. It may only shrink: take out what you write a test for, and lower the number.
NOT_YET: set[str] = set()
MOST_NOT_YET = 0


def family(source: str) -> str | None:
    """The test of the family that a source belongs to."""
    return next((test for pattern, test in FAMILIES.items() if fnmatch(source, pattern)), None)


def mirrored(source: Path) -> Path:
    """Where the test of a source belongs; both relative to the repository."""
    return Path("tests") / source.with_name(f"test_{source.name}")
