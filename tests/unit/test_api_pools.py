"""What a run with pools answers: tables by name, the summary, CloudWatch's metrics, the files."""

import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.api.folder import FILES, METRICS, SELDOM, is_result
from sim.api.page import contents
from sim.record import INSTANCES, POOL_CAPACITY, USER_SESSIONS
from sim.report.wording import share
from sim.storage import read_table
from tests.small_office import TEXT, with_pools, write_office

MINUTES = 14 * 24 * 60
TABLES = (
    "instances",
    "user_sessions",
    "pool_capacity",
    "scaling",
    "launch_failures",
    "pool_metrics",
    "pool_week",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pools")


@pytest.fixture(scope="module")
def run(folder: Path) -> sim.Run:
    """Six agents find three places from 09:00 in Singapore; four students queue for two."""
    return sim.run(write_office(folder, with_pools()), out=folder / "result")


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    """The same office without pools."""
    return sim.run(write_office(tmp_path_factory.mktemp("owned")))


def one(run: sim.Run, kind: str, name: str) -> dict[str, object]:
    """The row of a pool or fleet in the summary."""
    key = kind.removesuffix("s")
    (row,) = [row for row in run.summary[kind] if row[key] == name]
    return dict(row)


# --- tables


@pytest.mark.parametrize("name", TABLES)
def test_each_table_is_flat_and_names_its_pools(run: sim.Run, name: str) -> None:
    frame = getattr(run, name)

    assert frame.columns[0] == "replication"
    assert frame.columns.is_unique
    assert frame.index.equals(pd.RangeIndex(len(frame)))
    assert set(frame.pool.cat.categories) == {"lab", "agents"}


@pytest.mark.parametrize("name", TABLES)
def test_without_pools_each_table_is_there_and_empty(owned: sim.Run, name: str) -> None:
    frame = getattr(owned, name)

    assert len(frame) == 0
    assert {"replication", "pool"} <= set(frame.columns)


def test_tables_hold_what_the_model_recorded(run: sim.Run) -> None:
    assert run.facts is not None
    for schema, frame in (
        (INSTANCES, run.instances),
        (USER_SESSIONS, run.user_sessions),
        (POOL_CAPACITY, run.pool_capacity),
    ):
        table = run.facts.table(schema)
        assert len(frame) == len(table) > 0
        assert list(frame.pool) == [["lab", "agents"][code] for code in table["pool"]]
    sessions = run.user_sessions
    assert "fleet" not in sessions
    assert (sessions.population.astype(str) == sessions.user.str[:-6].astype(str)).all()
    assert set(run.instances.zone) == {"a", "b"}


def test_people_of_a_pool_have_no_desktop(run: sim.Run) -> None:
    logons = run.logons
    assert logons.desktop[logons.fleet == "agents"].isna().all()
    assert logons.desktop[logons.fleet == "staff"].notna().all()


def test_instances_without_hosts_have_no_group(run: sim.Run) -> None:
    assert (run.instances.host == -1).all()
    assert run.instances.group.isna().all()


def test_the_week_of_a_pool_is_its_utilisation_by_hour(run: sim.Run) -> None:
    """09:00 in Singapore is 01:00 UTC; from then on all places are taken for hours."""
    week = run.pool_week
    agents = week[week.pool == "agents"].set_index("hour").utilization

    assert len(week) == 2 * 168
    assert agents[26] > 0.9  # Tuesday 02:00
    assert agents[5 * 24 + 2] == 0
    assert agents.tolist() == [
        pytest.approx(share, abs=1e-6)
        for share in one(run, "pools", "agents")["utilization_by_hour"]  # type: ignore[attr-defined]
    ]


# --- the summary


def test_refusals_agree_with_the_logons(run: sim.Run) -> None:
    logons = run.logons[(run.logons.fleet == "agents") & (run.logons.arrival_ms >= 0)]
    refused = logons[logons.outcome == "refused"]
    pool = run.summary["pools"][1]

    assert pool["refused_attempts"]["refused"] == len(refused) > 0
    assert pool["refused_attempts"]["attempts"] == len(logons)
    assert pool["refused_people"]["people"] == refused.user.nunique()
    assert pool["refused_causes"] == {"no-pool-capacity": len(refused)}
    assert pool["in_line"] is None


def test_a_pool_with_a_line_refuses_nobody(run: sim.Run) -> None:
    lab = run.summary["pools"][0]

    assert lab["refused_attempts"]["value"] == 0
    assert lab["capacity"]["waiting"]["peak"] == 2
    assert lab["in_line"]["took"] > 0


def test_instance_hours_agree_with_the_bill(run: sim.Run) -> None:
    """Hours of AlwaysOn instances are billed started, and no instance is billed before it is up."""
    hours = run.summary["pools"][1]["instance_hours"]
    lines = run.invoice[(run.invoice.fleet == "agents") & (run.invoice.unit == "hour")]

    assert hours["billed_running"] == float(lines.quantity.sum()) >= hours["available"]
    assert 0 < hours["idle"] < hours["available"]
    # Students are on for what they use, rounded up; the rest waits stopped, at a rate of its own.
    lab = run.summary["pools"][0]["instance_hours"]
    assert lab["billed_stopped"] > lab["billed_running"] > 0


@pytest.mark.parametrize("number", [0, 1])
def test_instance_hours_are_what_lies_between_the_lines_of_capacity(
    run: sim.Run, number: int
) -> None:
    """With one session per instance, over 14 days: idle = actual - active, hour for hour."""
    pool = run.summary["pools"][number]
    actual, active = (14 * 24 * pool["capacity"][name]["mean"] for name in ("actual", "active"))

    assert pool["instance_hours"]["available"] == pytest.approx(actual, abs=1e-3)
    assert pool["instance_hours"]["idle"] == pytest.approx(actual - active, abs=1e-3)
    assert pool["utilization"] == pytest.approx(active / actual, abs=1e-5)


def test_fleets_and_pools_are_measured_alike(run: sim.Run) -> None:
    fleets = run.summary["fleets"]

    assert [row["fleet"] for row in fleets] == ["staff", "part-time", "lab", "agents"]
    assert [row["pooled"] for row in fleets] == [False, False, True, True]
    assert [row["users"] for row in fleets] == [3, 5, 4, 6]
    assert [row["user_months"] for row in fleets] == [3, 5, 4, 6]
    costs = run.invoice.groupby("fleet").amount.sum()
    for row in fleets:
        assert Decimal(row["cost"]) == costs[row["fleet"]]
    started = sum(row["logon_success"]["started"] for row in fleets)
    assert started == run.summary["availability"]["logon_success"]["started"]


def test_an_hour_of_work_in_a_pool_has_a_cost(run: sim.Run) -> None:
    agents = one(run, "fleets", "agents")
    delivered = agents["delivered_minutes"]
    assert isinstance(delivered, dict)
    hours = Decimal(str(delivered["delivered_min"])) / 60
    expected = Decimal(str(agents["cost"])) / hours

    assert Decimal(str(agents["per_connected_hour"])) == round(expected, 2)


def test_with_pools_nothing_is_divided_by_desktops(run: sim.Run, owned: sim.Run) -> None:
    cost, alone = run.summary["cost"], owned.summary["cost"]

    assert cost["per_desktop"] is None
    assert Decimal(cost["per_user"]) == round(Decimal(cost["total"]) / 18, 2)
    assert alone["per_desktop"] == alone["per_user"]
    assert repr(run).startswith("<Run small-office: 18 users, ")


def test_running_counts_instances(run: sim.Run, owned: sim.Run) -> None:
    """Two or three AlwaysOn instances more, at every instant but those of their replacement."""
    more = run.summary["concurrency"]["running"], owned.summary["concurrency"]["running"]

    assert 1.5 < more[0]["mean"] - more[1]["mean"] < 4
    assert owned.summary["pools"] == []


def test_without_facts_the_answer_is_the_same(run: sim.Run, folder: Path) -> None:
    bare = sim.run(folder / "office.yaml", facts=False)

    assert bare.summary == run.summary
    assert len(bare.pool_week) == 2 * 168
    with pytest.raises(LookupError, match="kept no facts, so there is no table pool_metrics"):
        bare.pool_metrics  # noqa: B018 # looking it up is the test


# --- CloudWatch's metrics


def test_metrics_are_those_of_every_minute(run: sim.Run) -> None:
    metrics = run.pool_metrics
    agents = metrics[metrics.pool == "agents"]

    assert len(metrics) == 2 * MINUTES
    assert agents.timestamp.iloc[0] == "2026-09-01T00:00:00Z"
    assert agents.timestamp.iloc[-1] == "2026-09-14T23:59:00Z"
    assert (
        metrics.ActualUserSessionCapacity
        == metrics.ActiveUserSessionCapacity + metrics.AvailableUserSessionCapacity
    ).all()
    assert (
        metrics.DesiredUserSessionCapacity
        == metrics.ActualUserSessionCapacity + metrics.PendingUserSessionCapacity
    ).all()
    some = metrics[metrics.ActualUserSessionCapacity > 0]
    np.testing.assert_allclose(
        some.UserSessionsCapacityUtilization,
        100 * some.ActiveUserSessionCapacity / some.ActualUserSessionCapacity,
        atol=1e-4,
    )


def test_errors_are_the_refusals_minute_by_minute(run: sim.Run) -> None:
    metrics = run.pool_metrics[run.pool_metrics.pool == "agents"]
    refused = run.logons[(run.logons.outcome == "refused") & (run.logons.fleet == "agents")]
    inside = refused[refused.done_ms >= 0]
    minute = run.instants(inside.done_ms).dt.strftime("%Y-%m-%dT%H:%M:00Z").value_counts()

    errors = metrics[metrics.InsufficientCapacityError > 0]
    assert dict(zip(errors.timestamp, errors.InsufficientCapacityError, strict=True)) == dict(
        minute
    )


def test_metrics_lie_beside_the_facts_as_parquet_and_csv(run: sim.Run, folder: Path) -> None:
    result = folder / "result"
    parquet = read_table(result / "pool_metrics.parquet")
    csv = pd.read_csv(result / "pool_metrics.csv")

    assert {path.name for path in result.iterdir()} == FILES - SELDOM | {*METRICS}
    assert is_result(result)
    assert list(csv.columns) == list(parquet.columns) == list(run.pool_metrics.columns)
    for name in csv.columns[3:]:
        np.testing.assert_array_equal(csv[name], parquet[name])
        np.testing.assert_array_equal(csv[name], run.pool_metrics[name])
    assert csv.timestamp.tolist() == run.pool_metrics.timestamp.tolist()


def test_where_there_is_no_capacity_the_cell_is_empty(tmp_path: Path) -> None:
    text = with_pools().replace("    minimum: 2\n    desired: 3\n", "    minimum: 0\n")
    sim.run(write_office(tmp_path, text), overrides=["horizon=1 h"], out=tmp_path / "result")

    rows = (tmp_path / "result" / "pool_metrics.csv").read_text(encoding="utf-8").splitlines()
    assert "0,agents,2026-09-01T00:30:00Z,0,0,0,0,0,,0" in rows


def test_metrics_go_with_the_facts(run: sim.Run, folder: Path, tmp_path: Path) -> None:
    bare = sim.run(folder / "office.yaml", facts=False, out=tmp_path / "bare")
    bare.write(tmp_path / "again")
    run.write(tmp_path / "whole")

    without = FILES - SELDOM - {"facts"}
    assert {path.name for path in (tmp_path / "bare").iterdir()} == without
    assert {path.name for path in (tmp_path / "again").iterdir()} == without
    assert {path.name for path in (tmp_path / "whole").iterdir()} == FILES - SELDOM | {*METRICS}
    for name in METRICS:
        assert (tmp_path / "whole" / name).read_bytes() == (folder / "result" / name).read_bytes()


# --- the page


def test_the_page_shows_each_pool_by_day_and_week(run: sim.Run, folder: Path) -> None:
    page = (folder / "result" / "report.html").read_text(encoding="utf-8")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)

    assert [caption for caption in captions if "agents" in caption] == [
        "Instances of the pool agents: time and money by state",
        "A week of the pool agents: 2026-09-07 to 2026-09-13",
        "The worst day of the pool agents: when there was no room, and why",
        "The average day of the pool agents: what is there, and what is used",
        "Utilisation of the pool agents by hour of the week",
    ]
    assert "Asia/Singapore" in page
    assert "Side by side" in page
    assert len(page.encode()) < 1_000_000


def test_the_page_says_what_the_summary_says(run: sim.Run) -> None:
    page = contents(run)
    agents, refused = page.pools[1], run.summary["pools"][1]["refused_attempts"]

    assert (agents.refused.part, agents.refused.whole) == (refused["refused"], refused["attempts"])
    assert [str(row.cost) for row in page.fleets] == [row["cost"] for row in run.summary["fleets"]]
    assert page.user_months == run.summary["cost"]["user_months"] == 18
    assert [stage.stage for stage in page.logon_stages].count("profile") == 0
    failures = {(row.what, row.cause): row.number for row in page.failures}
    assert failures["attempts refused", "no-pool-capacity"] == refused["refused"]
    gave_up = run.summary["availability"]["abandoned_sessions"]["patience"]
    assert failures["sessions never started", "patience"] == gave_up
    assert agents.in_line is None
    assert page.pools[0].in_line is not None
    assert [level.what for level in page.pools[0].levels][-1] == "waiting"


def test_a_page_without_pools_says_nothing_of_them(owned: sim.Run) -> None:
    page = contents(owned)

    assert page.pools == []
    assert len(page.drawings) == 8
    assert not any("pool" in drawing.title for drawing in page.drawings)
    assert json.dumps(owned.summary["pools"]) == "[]"
    assert "pools:" not in TEXT


# --- in a notebook


def test_the_card_of_pools_alone_speaks_of_users_and_refusals(tmp_path: Path) -> None:
    mine = ("fleets.staff", "fleets.part-time", "populations.staff", "populations.part-time")
    alone = [*(f"{name}=null" for name in mine), "horizon={months: 1}"]
    run = sim.run(write_office(tmp_path, with_pools()), overrides=alone, facts=False)

    card = run._repr_html_().partition("</style>")[2]
    numbers = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", card))
    assert numbers["per user and month"] == f"USD {run.summary['cost']['per_user_month']}"
    tried = [pool["refused_attempts"] for pool in run.summary["pools"]]
    refused = sum(some["refused"] for some in tried)
    assert numbers["logons refused by pools"] == share(
        refused / sum(some["attempts"] for some in tried)
    )
    assert refused > 0
    assert re.findall(r"<th [^>]*>(.*?)</th>", card) == ["fleet", "cost [USD]"]
    words = re.findall(r'<td class="word">(.*?)</td>', card)
    assert words == ["agents", "lab", "shared"]
