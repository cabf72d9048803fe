"""What README.md shows is true today: its output, its commands, its example, its links, its map."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import sim
from sim.cli.run import run
from tests.commands import desksim, environment
from tests.shipped import NAMES, ROOT, shipped

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROSE = [*ROOT.glob("*.md"), *sorted(ROOT.glob("docs/**/*.md")), ROOT / "reports" / "README.md"]


def blocks(language: str = "") -> list[str]:
    """The code blocks of the README in a language; without one, the plain ones."""
    found = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", README)
    return [block for named, block in found if named == language]


def command_lines() -> list[str]:
    """Every line of the plain blocks that begins with a command, comments left out."""
    lines = [line.partition("  #")[0].rstrip() for block in blocks() for line in block.splitlines()]
    return [line for line in lines if line.startswith(("make ", "desksim "))]


RUN = "desksim run "
MAKE = "make "
TARGETS = [line for line in command_lines() if line.startswith(MAKE)]
RUNS = [line for line in command_lines() if line.startswith(RUN)]
OTHERS = [line for line in command_lines() if not line.startswith((RUN, MAKE))]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the shipped scenarios in it, where a command can write what it likes."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    return tmp_path


# --- the output


def test_the_quoted_output_is_the_beginning_of_what_is_printed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    quoted = next(block for block in blocks() if block.startswith("remote-office"))
    now = shipped("remote-office", tmp_path_factory).screen

    assert len(quoted.splitlines()) > 20
    assert quoted.splitlines() == now.splitlines()[: len(quoted.splitlines())]


def test_the_answer_ends_as_the_text_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    now = shipped("remote-office", tmp_path_factory).screen
    after = now.partition("delivered_minutes")[2]

    assert "*one run, no interval*" in README
    assert after.index("Rests on") < after.index("\none run, no interval: ")


def test_the_files_it_names_are_written(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = shipped("remote-office", tmp_path_factory).folder
    sentence = README.partition("`reports/remote-office/` then holds")[2].partition(".\n")[0]
    named = re.findall(r"`(\w+\.\w+)`", sentence)

    assert set(named) == {path.name for path in folder.iterdir() if path.is_file()}
    assert list((folder / "facts").glob("*.parquet"))


# --- the commands


def test_there_are_commands_of_both_kinds() -> None:
    assert TARGETS == ["make demo", "make test"]
    assert RUNS
    assert len(OTHERS) >= 4


@pytest.mark.parametrize("line", TARGETS)
def test_each_make_target_exists(line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in line.split()[1:]:
        assert re.search(rf"(?m)^{re.escape(target)}:.*## ", makefile), target


def test_the_demo_runs_the_scenario_that_is_shown() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"(?m)^demo:.*\n\t(.*)$", makefile)

    assert recipe is not None
    assert recipe[1] == "$(BIN)/desksim run scenarios/remote-office.yaml"


@pytest.mark.parametrize("line", RUNS)
def test_each_run_is_one_that_can_be_run(line: str) -> None:
    """Its words are understood, its settings change the scenario; simulating it is left out."""
    found = run.make_context("run", shlex.split(line.removeprefix(RUN))).params
    file, overrides = ROOT / found["file"], found["overrides"]

    assert (sim.load(file, overrides).hash == sim.load(file).hash) is (overrides == ())


@pytest.mark.parametrize("line", OTHERS)
def test_every_other_command_does_what_it_says(
    line: str, clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Run by a shell, as a reader would: the shell expands `*`."""
    if "reports/" in line:
        (clone / "reports").symlink_to(shipped("remote-office", tmp_path_factory).folder.parent)
    program = f"{shlex.quote(sys.executable)} -m sim"
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("desksim", program, 1)],
        cwd=clone,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_command_is_installed_under_its_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["scripts"] == {"desksim": "sim.cli:main"}
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in README


# --- the examples


def test_the_scenario_shown_validates_and_runs(clone: Path) -> None:
    """As a file of the reader's own beside the shipped ones: it names the same price book."""
    (own,) = blocks("yaml")
    (clone / "prices").symlink_to(ROOT / "scenarios" / "prices")
    (clone / "small-office.yaml").write_text(own, encoding="utf-8")

    valid = desksim("validate", "small-office.yaml", folder=clone)
    done = desksim("run", "small-office.yaml", "--json", "--facts", "none", folder=clone)

    assert (valid.returncode, valid.stderr) == (0, "")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["size"]["users"] == 100
    assert document["scenario"]["end"] == "2026-10-01T00:00:00Z"
    # A base fee of 9.75 USD for 80 + 50 GB, and each hour 0.30 USD.
    assert float(document["cost"]["total"]) > 100 * 9.75
    assert (clone / "reports" / "small-office" / "report.html").exists()


@pytest.mark.slow
def test_the_python_shown_runs(clone: Path) -> None:
    (shown,) = blocks("python")
    looks = "assert longer.summary['cost']['total'] != office.summary['cost']['total']\n"
    looks += "assert len(office.charges) and len(office.logons)\n"

    done = subprocess.run(
        [sys.executable, "-c", shown + looks],
        cwd=clone,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_each_shipped_scenario_is_introduced_and_no_other() -> None:
    linked = re.findall(r"\]\(scenarios/([\w-]+)\.yaml\)", README)

    assert sorted(linked) == sorted(NAMES)


# --- links and the map


@pytest.mark.parametrize("file", PROSE, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_to_one(file: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$", "", file.read_text(encoding="utf-8"))
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [target.partition("#")[0] for target in targets if "://" not in target]

    assert [target for target in local if not (file.parent / target).exists()] == []


def map_rows() -> list[tuple[list[str], str]]:
    """The folders of each row of the map, and what is said of them."""
    table = README.partition("| folder | what lives there |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`([^`]+)`", folders), said) for folders, said in rows]


def test_every_folder_on_the_map_exists() -> None:
    folders = [folder for named, _ in map_rows() for folder in named]

    assert len(folders) >= 10
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_every_kind_of_test_on_the_map_exists() -> None:
    said = next(said for named, said in map_rows() if named == ["tests/"])
    kinds = re.findall(r"`(\w+)/`", said)

    assert kinds == ["unit", "property", "analytical", "golden", "architecture"]
    assert all(list((ROOT / "tests" / kind).glob("test_*.py")) for kind in kinds)


def test_every_package_is_on_the_map_or_below_one_that_is() -> None:
    """Three carry the others and are not named: they have no place in the flow of data."""
    packages = {path.parent.name for path in (ROOT / "sim").glob("*/__init__.py")}
    named = {Path(folder).name for folders, _ in map_rows() for folder in folders}

    assert packages - named == {"record", "storage", "units"}
