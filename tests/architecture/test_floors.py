"""The floors of the house hold, and the contracts that guard them would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Who must not import what. The first ones go up a floor or to a neighbour, the others reach for a
# library that belongs to another package.
TRESPASSES = [
    ("units", "sim.record"),
    ("record", "sim.storage"),
    ("storage", "sim.scenario"),
    ("scenario", "sim.workload"),
    ("metering", "sim.pricing"),
    ("pricing", "sim.policy"),
    ("workload", "sim.metering"),
    ("policy", "sim.model"),
    ("model", "sim.study"),
    ("study", "sim.report"),
    ("report", "sim.api"),
    ("api", "sim.cli"),
    ("workload", "simpy"),
    ("study", "simpy"),
    ("api", "click"),
    ("report", "rich"),
    ("cli", "pydantic"),
    ("api", "ruamel.yaml"),
    ("workload", "pyarrow.parquet"),
    ("study", "matplotlib.pyplot"),
    ("cli", "jinja2"),
    ("pricing", "xlsxwriter"),
]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of `tree`'s pyproject.toml on `tree`'s own `sim`."""
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )


def copy_house(tree: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tree)
    shutil.copytree(ROOT / "sim", tree / "sim", ignore=shutil.ignore_patterns("__pycache__"))


def add_module(tree: Path, package: str, name: str, text: str) -> None:
    """Write a module; the package is made if it is still to come."""
    folder = tree / "sim" / package
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy of the house in which every trespass is committed."""
    tree = tmp_path_factory.mktemp("house")
    copy_house(tree)
    for package, target in TRESPASSES:
        add_module(tree, package, f"imports_{target.replace('.', '_')}", f"import {target}\n")
    result = lint(tree)
    assert result.returncode == 1, result.stderr
    return result.stdout


def test_every_package_keeps_to_its_floor() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr
    assert ", 0 broken" in result.stdout


@pytest.mark.parametrize(("package", "target"), TRESPASSES)
def test_a_trespass_is_noticed(complaints: str, package: str, target: str) -> None:
    intruder = f"sim.{package}.imports_{target.replace('.', '_')}"
    guarded = target if target.startswith("sim.") else target.partition(".")[0]

    assert f"{intruder} -> {guarded} " in complaints


def test_a_package_without_a_floor_is_noticed(tmp_path: Path) -> None:
    copy_house(tmp_path)
    add_module(tmp_path, "attic", "trunk", "")

    result = lint(tmp_path)

    assert result.returncode == 1
    assert "sim.attic" in result.stdout
