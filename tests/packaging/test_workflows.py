"""The workflows on GitHub are valid, call what developers call, and may do no more than they need."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
WORKFLOWS: dict[str, dict[str | bool, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (GITHUB / "workflows").glob("*.yml")
}
STEPS = [step for workflow in WORKFLOWS.values() for job in workflow["jobs"].values() for step in job.get("steps", [])]
COMMANDS = [step["run"] for step in STEPS if "run" in step]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", sorted((GITHUB / "workflows").glob("*.yml"))),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE/config.yml"]),
        ("vendor.github-issue-forms", sorted((GITHUB / "ISSUE_TEMPLATE").glob("[!c]*.yml"))),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
    ],
)
def test_every_file_is_valid(schema: str, files: list[Path]) -> None:
    assert files
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_job_is_what_ci_runs_and_nothing_else() -> None:
    commands = [step["run"] for step in WORKFLOWS["ci"]["jobs"]["whole"]["steps"] if "run" in step]
    assert commands[-1] == ".ci/run"
    assert all(command.startswith("sudo apt-get ") for command in commands[:-1])


def test_the_other_job_asks_every_python_that_is_promised_on_both_systems() -> None:
    job = WORKFLOWS["ci"]["jobs"]["matrix"]
    named = [entry.rpartition(" :: ")[2] for entry in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", entry)]
    assert job["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"
    assert job["strategy"]["matrix"]["system"] == ["ubuntu-latest", "macos-latest"]


def test_what_is_called_is_there() -> None:
    called = {word for command in COMMANDS for word in re.findall(r"\bmake ([a-z]+)", command)}
    assert called == {"unit"}
    assert called <= TARGETS
    scripts = {word for command in COMMANDS for word in re.findall(r"\.ci/\w+", command)}
    assert scripts == {".ci/run", ".ci/release"}
    assert all((ROOT / script).stat().st_mode & 0o111 for script in scripts)


def test_every_action_is_pinned_by_its_commit_and_one_version_of_each_is_used() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert [action for action in used if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action)] == []
    assert len({action.partition("@")[0] for action in used}) == len(set(used))


def test_a_job_gets_only_the_rights_it_needs() -> None:
    assert {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()} == {
        "ci": {"contents": "read"},
        "release": {"contents": "read"},
    }
    with_more = {
        job for workflow in WORKFLOWS.values() for job, step in workflow["jobs"].items() if "permissions" in step
    }
    assert with_more == {"build"}
    kept = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in kept)


def test_a_text_of_strangers_never_becomes_a_command() -> None:
    """`${{ github.head_ref }}` and titles are put into the script as they are: anybody could write commands there."""
    assert [command for command in COMMANDS if "${{" in command] == []


def test_a_release_waits_for_the_tests_and_attests_what_it_built() -> None:
    jobs = WORKFLOWS["release"]["jobs"]
    assert jobs["whole"]["uses"] == "./.github/workflows/ci.yml"
    assert "workflow_call" in WORKFLOWS["ci"][True]  # YAML reads `on` as true
    assert jobs["build"]["needs"] == "whole"
    order = [step.get("uses", step.get("run", "")).partition("@")[0].split()[0] for step in jobs["build"]["steps"]]
    assert order[2:] == [".ci/release", "actions/attest-build-provenance", "actions/upload-artifact", "gh"]
