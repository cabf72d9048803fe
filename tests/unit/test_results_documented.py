"""`docs/results.md` and `docs/cli.md` leave out nothing that is written or can be said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import sim
from sim.api.folder import FILES, SWINGS, WEEKS
from sim.api.weeks import COLUMNS
from sim.cli.commands import desksim
from sim.cli.errors import DONE, FAILED, INTERRUPTED, MISSED, TERMINATED, WRONG
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    INSTANCES,
    INTERRUPTIONS,
    LAUNCH_FAILURES,
    LOGONS,
    OPERATIONS,
    OUTAGES,
    PLAN,
    POOL_CAPACITY,
    RECOVERIES,
    RUNS,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    USERS,
    Column,
    Schema,
)
from sim.record.cost_optimizer import COST_OPTIMIZER
from sim.storage import column_name
from sim.study.execution import Serial
from tests.documented import RESULTS, documented_fields, fields, section
from tests.small_office import TEXT, with_pools, write_office

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = (DOCS / "cli.md").read_text(encoding="utf-8")

SCHEMAS = (
    USERS,
    PLAN,
    DESKTOPS,
    DESKTOP_TERMS,
    LOGONS,
    SESSIONS,
    DESKTOP_STATES,
    RUNS,
    HOST_LOAD,
    OPERATIONS,
    INSTANCES,
    USER_SESSIONS,
    POOL_CAPACITY,
    SCALING,
    LAUNCH_FAILURES,
    OUTAGES,
    INTERRUPTIONS,
    RECOVERIES,
    COST_OPTIMIZER,
)


def row(column: Column) -> str:
    words = column.codes.labels() if column.codes else []
    listed = ": " + ", ".join(f"`{word}`" for word in words) if words else ""
    meaning = column.meaning.replace("NEVER", "null")
    return f"| `{column_name(column)}` | {meaning}{listed} |"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_column_of_the_facts_is_there_with_its_meaning(schema: Schema) -> None:
    rows = [line for line in section(f"facts/{schema.name}.parquet").splitlines() if "`" in line]

    assert rows == [row(column) for column in schema.columns]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs with hosts, operations, pools, a site, an outage and an optimizer: nothing empty."""
    folder = tmp_path_factory.mktemp("documented")
    hosts = "host_groups: {rack: {zone: a, count: 1, vcpu: 64, memory: 256 GB}}\n"
    resize = "{at: 2026-09-03, fleet: staff, share: 100 %, operation: delete}"
    text = TEXT.replace("autostop_timeout: 1 h", "autostop_timeout: 1 h\n    hosts: [rack]")
    text = text.replace("AlwaysOn", "AlwaysOn\n    running_mode_policy: cost-optimizer")
    text = text.replace("    running_mode: AutoStop", "    zones: [a]\n    running_mode: AutoStop")
    breaks = "outages: [{zone: {zone: b, at: 2026-09-08T10:00Z, lasts: 1 h}}]\n"
    clients = "    clients: {thin: {share: 100 %, site: hq}}\n"
    text = text.replace(
        "    cost_center: head office\n", f"    cost_center: head office\n{clients}"
    )
    sites = "sites: {hq: {capacity: 1 Mbit/s}}\n"
    text = with_pools(f"{text}{hosts}operations: [{resize}]\n{breaks}{sites}")
    sim.replicate(write_office(folder, text), 2, executor=Serial(), out=folder / "result")
    return folder / "result"


def test_every_file_is_there(written: Path) -> None:
    for path in written.iterdir():
        assert f"`{path.name}" in RESULTS
    assert {path.name for path in written.iterdir()} == FILES - {WEEKS, SWINGS}
    assert f"`{WEEKS}`" in RESULTS
    assert f"`{SWINGS}`" in RESULTS
    facts = {path.stem for path in (written / "facts").iterdir()}
    assert facts == {schema.name for schema in SCHEMAS}


TABLES = (
    "charges.csv",
    "invoice.csv",
    "pool_metrics.csv",
    "cost_optimizer.csv",
    "cost_optimizer_hours.csv",
    "estimates.csv",
    "observations.csv",
)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_the_bill_and_of_the_metrics_is_there(written: Path, name: str) -> None:
    header = (written / name).read_text(encoding="utf-8").splitlines()[0].split(",")
    rows = [line.split(" | ")[0] for line in section(name).splitlines()]
    named = re.findall(r"`(\w[\w ]*)`", "\n".join(rows))

    assert sorted(named) == sorted(header)


def test_every_field_of_the_summary_is_there(written: Path) -> None:
    document = json.loads((written / "summary.json").read_text(encoding="utf-8"))
    assert document["hosts"]
    assert document["operations"]
    assert document["pools"][0]["in_line"]
    assert document["outages"]
    assert document["worst_hour"]

    assert set(fields(document)) - documented_fields() == set()


def test_every_column_of_weeks_is_there() -> None:
    rows = [line.split(" | ")[0] for line in section(WEEKS).splitlines()]

    assert sorted(re.findall(r"`(\w+)`", "\n".join(rows))) == sorted(COLUMNS)


def test_every_field_of_the_study_is_there(written: Path) -> None:
    document = json.loads((written / "study.json").read_text(encoding="utf-8"))
    assert document["estimates"]
    assert document["quantiles"]

    assert set(fields(document)) - documented_fields("study.json") == set()


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of an office, of one with dearer services, and of people in another fleet."""
    folder = tmp_path_factory.mktemp("compared")
    office = sim.load(write_office(folder), ("horizon=1 d", "warm_up=0 d"))
    other = office.with_overrides(
        "services.gateway.quantity=2",
        "fleets.more={bundle: value, running_mode: AlwaysOn}",
        "populations.staff.fleet=more",
    )
    result = folder / "result"
    sim.compare(office, other, replications=2, bridge=True, executor=Serial(), out=result)
    return result


@pytest.mark.parametrize("name", ["differences.csv", "bridge.csv"])
def test_every_column_of_a_comparison_is_there(compared: Path, name: str) -> None:
    header = (compared / name).read_text(encoding="utf-8").splitlines()[0].split(",")
    rows = [line.split(" | ")[0] for line in section(name).splitlines()]

    assert sorted(re.findall(r"`(\w+)`", "\n".join(rows))) == sorted(header)


def test_every_field_and_file_of_a_comparison_is_there(compared: Path) -> None:
    document = json.loads((compared / "comparison.json").read_text(encoding="utf-8"))
    assert document["alone"]
    assert document["bridge"]

    assert set(fields(document)) - documented_fields("comparison.json") == set()
    assert all(f"`{path.name}`" in RESULTS for path in compared.iterdir())


def commands() -> Iterator[tuple[str, click.Command]]:
    for name, command in desksim.commands.items():
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", below) for inner, below in command.commands.items())
        yield name, command


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_is_there(name: str, command: click.Command) -> None:
    assert f"desksim {name.split(maxsplit=1)[0]}" in COMMANDS
    for option in command.params:
        if isinstance(option, click.Option):
            assert any(word in COMMANDS for word in option.opts), f"{name} {option.opts}"


def test_the_exit_codes_are_there() -> None:
    codes = [DONE, FAILED, WRONG, MISSED, INTERRUPTED, TERMINATED]
    assert re.findall(r"(?m)^\| (\d+) \|", COMMANDS) == [str(code) for code in codes]
