"""The house speaks one language: no machine, no registry, no empty name, and a word on everything.

The words that may not stand anywhere are put together here from pieces, so that this file, too, can
be read by its own tests.
"""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from tests.shipped import ROOT

LEFT_OUT = {"__pycache__", "build", "dist", "results"}
"""Folders that tools and runs make; those whose name begins with a dot are left out too."""

BINARY = {".parquet", ".pyc", ".png", ".xlsx", ".gz"}

MACHINE_PATHS = [f"/{top}/" for top in ("work", "tmp", "root", "home", "Users", "private", "mnt")]
MACHINE_PATHS += [f"C:{separator}Users" for separator in ("\\", "/")]

REGISTRIES = [
    ".".join(pieces)
    for pieces in (
        ("py" + "pi", "org"),
        ("py" + "pi", "python", "org"),
        ("files", "python" + "hosted", "org"),
        ("python" + "hosted", "org"),
        ("npm" + "js", "com"),
        ("npm" + "js", "org"),
        ("crates", "io"),
        ("ana" + "conda", "org"),
        ("conda", "ana" + "conda", "org"),
        ("proxy", "go" + "lang", "org"),
        ("ruby" + "gems", "org"),
    )
]

EMPTY_NAMES = {
    word + ending
    for word in ("util", "helper", "manager", "common", "base", "handler")
    for ending in ("", "s")
}


def tree() -> Iterator[Path]:
    """Every file of the project: what git keeps, not what tools and runs leave behind."""
    for folder, inner, files in os.walk(ROOT):
        here = Path(folder)
        inner[:] = [n for n in inner if not n.startswith(".") and n not in LEFT_OUT]
        if here == ROOT / "reports":
            inner[:] = [name for name in inner if name == "reference"]
        kept = (here / name for name in files if not name.startswith("."))
        yield from (file for file in kept if file.suffix not in BINARY)
    yield ROOT / ".ci" / "run"
    yield ROOT / ".gitignore"


TEXTS = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in sorted(tree())
}
MODULES = [name for name in TEXTS if name.endswith(".py")]
SIM = [name for name in MODULES if name.startswith("sim/")]


def holders(needle: str) -> list[str]:
    """The places where a text stands as a word of its own: `file:line`."""
    word = re.compile(rf"(?<![\w.*-]){re.escape(needle)}", re.IGNORECASE)
    return [
        f"{name}:{number}"
        for name, text in TEXTS.items()
        if needle.lower() in text.lower()
        for number, line in enumerate(text.splitlines(), 1)
        if word.search(line)
    ]


def test_the_whole_house_is_read() -> None:
    assert {"README.md", "Makefile", "sim/__init__.py", "requirements.txt", ".ci/run"} <= set(TEXTS)
    assert {"scenarios/remote-office.yaml", "docs/scenario.schema.json"} <= set(TEXTS)
    assert "reports/reference/report.html" in TEXTS
    assert len(SIM) > 50


@pytest.mark.parametrize("path", MACHINE_PATHS)
def test_no_file_knows_a_path_of_one_machine(path: str) -> None:
    assert holders(path) == []


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_package_registry(host: str) -> None:
    assert holders(host) == []


def test_requirements_are_pinned_with_hashes_and_without_addresses() -> None:
    text = TEXTS["requirements.txt"]
    pins = re.findall(r"(?m)^([\w.-]+(?:\[[\w,-]+\])?)==\S+", text)

    assert len(pins) > 40
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "index-url" not in re.sub(r"(?m)^#.*$", "", text)
    assert not (ROOT / "uv.lock").exists()


def test_what_would_be_noticed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in prose, in quotes and after a colon; but not one that is part of something else."""
    path, host = MACHINE_PATHS[0], REGISTRIES[0]
    text = f"see {path}x\n'{path}y'\nfile:{path}z\nhome{path}a\nhttps://{host}/simple\n"
    monkeypatch.setitem(TEXTS, "a.md", text)

    assert holders(path) == ["a.md:1", "a.md:2", "a.md:3"]
    assert holders(host) == ["a.md:5"]


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_a_name_of_the_field(name: str) -> None:
    for part in Path(name).with_suffix("").parts:
        assert not EMPTY_NAMES & set(re.split(r"[_-]", part)), part


@pytest.mark.parametrize("name", SIM)
def test_each_module_says_what_it_is(name: str) -> None:
    said = ast.get_docstring(ast.parse(TEXTS[name]))

    assert said, name
    assert len(said) >= 20
    assert said.splitlines()[0].strip()


def test_each_folder_of_code_is_a_package() -> None:
    folders = {str(Path(name).parent) for name in SIM}

    assert [folder for folder in sorted(folders) if f"{folder}/__init__.py" not in TEXTS] == []


def test_the_changelog_speaks_of_this_version() -> None:
    headings = re.findall(r"(?m)^## (.+)$", TEXTS["CHANGELOG.md"])

    assert headings
    assert re.search(rf"\b{re.escape(sim.__version__)}\b", TEXTS["CHANGELOG.md"].partition("\n")[2])


def test_results_and_changelog_speak_of_the_same_version() -> None:
    assert f'"desksim": "{sim.__version__}"' in TEXTS["reports/reference/summary.json"]
