"""What `import sim` promises, and how little it costs."""

import json
import subprocess
import sys

import pytest

import sim

HEAVY = ("pandas", "matplotlib", "scipy", "pyarrow", "simpy", "pydantic", "ruamel", "numpy")


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after a statement."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(names)


def test_the_public_names_are_these() -> None:
    """Adding one is a decision, and removing one breaks somebody's notebook."""
    assert sim.__all__ == [
        "Comparison", "Forecast", "Run", "Scenario", "Study", "SweepFolder", "compare", "forecast",
        "load", "replicate", "run", "sweep",
    ]  # fmt: skip


@pytest.mark.parametrize("name", sim.__all__)
def test_each_name_is_there_documented_and_listed(name: str) -> None:
    assert (getattr(sim, name).__doc__ or "").strip()
    assert name in dir(sim)


def test_another_name_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'simulate'"):
        sim.simulate  # noqa: B018 # looking it up is the test


def test_importing_sim_loads_nothing_heavy() -> None:
    assert not modules_after("import sim") & set(HEAVY)


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "run --help", "prices --help", "runn"]
)
def test_help_and_typing_mistakes_answer_without_heavy_libraries(arguments: str) -> None:
    statement = (
        f"import sys; sys.argv = ['desksim', *{arguments.split()!r}]\n"
        "from sim.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass"
    )

    assert not modules_after(statement) & set(HEAVY)


def test_checking_a_scenario_needs_neither_model_nor_tables() -> None:
    loaded = modules_after("import sim; sim.load")

    assert not loaded & {"pandas", "pyarrow", "simpy", "scipy", "matplotlib", "jinja2"}


def test_drawing_waits_until_there_is_something_to_draw() -> None:
    assert not modules_after("import sim; sim.run") & {"matplotlib", "jinja2"}
