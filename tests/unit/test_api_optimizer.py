"""What a run answers of the Cost Optimizer: its report as released, hours beside the bill's."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import sim
from sim import Run
from sim.api.folder import FILES, OPTIMIZED, SELDOM, is_result
from sim.cli.screen import screen, situation
from tests.small_office import TEXT, write_office

HEADER = (
    "WorkspaceID,Billable Hours,Usage Threshold,Change Reported,Bundle Type,Initial Mode,New Mode,"
    "Username,Computer Name,DirectoryId,WorkspaceTerminated,insessionlatency,cpuusage,memoryusage,"
    "rootvolumediskusage,uservolumediskusage,udppacketlossrate,Tags,WorkspaceType,ReportDate"
)
"""Source: the release's `workspace_record.py`, and its guide for `WorkspaceType`."""

OPTIMIZED_TEXT = (
    TEXT.replace("horizon: 14 d", "horizon: {months: 1}")
    .replace(
        "running_mode: AlwaysOn",
        "running_mode: AlwaysOn\n    running_mode_policy:"
        " {cost-optimizer: {dry_run: true, limits: {standard: 400}}}",
    )
    .replace(
        "running_mode: AutoStop",
        "running_mode: AutoStop\n    running_mode_policy:"
        " {cost-optimizer: {limits: {value: 40}, skip: [part-time-00004]}}",
    )
)
"""Three AlwaysOn desktops in a dry run, whose limit is never reached; five AutoStop ones, whose
limit is, on some day of September; one of them has the tag."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sim.run(write_office(tmp_path_factory.mktemp("optimizer"), OPTIMIZED_TEXT))


@pytest.fixture(scope="module")
def written(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run.write(tmp_path_factory.mktemp("written") / "result")


# --- tables


def test_the_facts_have_names_and_the_warm_up(run: Run) -> None:
    """Eight desktops on 31 evenings, that of the warm-up included."""
    frame = run.cost_optimizer
    assert len(frame) == 8 * 31
    assert set(frame.fleet) == {"staff", "part-time"}
    assert frame.desktop.iloc[0] == "ws-staff-00000"
    assert (frame.at_ms < 0).sum() == 8
    assert set(frame.bundle) == {"STANDARD", "VALUE"}


def test_the_report_is_that_of_the_release(run: Run) -> None:
    frame = run.optimizer_report
    assert ",".join(frame.columns) == HEADER
    assert len(frame) == 8 * 30, "the warm-up is not reported"
    assert set(frame["Change Reported"]) == {"No Change", "ToMonthly", "ToHourly", "Skipped"}
    assert set(frame["Bundle Type"]) == {"STANDARD", "VALUE"}
    assert set(frame["Initial Mode"]) == set(frame["New Mode"]) == {"ALWAYS_ON", "AUTO_STOP"}
    assert frame.ReportDate.iloc[0] == "09/01/26"
    assert frame.ReportDate.iloc[-1] == "09/30/26"
    assert (frame.WorkspaceType == "PRIMARY").all()
    for column in ("Computer Name", "DirectoryId", "cpuusage", "insessionlatency"):
        assert (frame[column] == "").all()


def test_a_desktop_with_the_tag_is_reported_as_skipped(run: Run) -> None:
    frame = run.optimizer_report
    tagged = frame[frame.Tags == "Skip_Convert"]
    assert set(tagged.Username) == {"part-time-00004"}
    assert set(tagged["Change Reported"]) == {"Skipped"}
    assert len(tagged) == 30


def test_a_dry_run_reports_what_it_would_do(run: Run) -> None:
    """On the last evening all three of the staff are below 400 h, and stay AlwaysOn."""
    frame = run.optimizer_report
    last = frame[(frame.ReportDate == "09/30/26") & (frame["Bundle Type"] == "STANDARD")]
    assert last["Change Reported"].tolist() == ["ToHourly"] * 3
    assert last["New Mode"].tolist() == ["AUTO_STOP"] * 3
    assert "staff" not in set(run.operations.fleet)


def test_what_is_reported_is_among_the_operations(run: Run) -> None:
    frame = run.optimizer_report
    changed = frame[(frame["Change Reported"] == "ToMonthly")]
    assert len(changed) == len(run.operations) > 0
    assert set(changed.Username) == set(run.operations.user)
    assert (changed["Billable Hours"] > changed["Usage Threshold"]).all()


def test_a_bundle_without_a_limit_has_none_in_the_report(tmp_path: Path) -> None:
    text = OPTIMIZED_TEXT.replace("bundle: value", "bundle: graphics.g4dn").replace(
        "limits: {value: 40}", "limits: {value: 1}, dry_run: true"
    )
    text = text.replace("graphics.g4dn", "generalpurpose.4xlarge\n    root_volume: 175 GB")
    text = text.replace("root_volume: 175 GB", "root_volume: 175 GB\n    user_volume: 100 GB")
    frame = sim.run(write_office(tmp_path, text)).optimizer_report
    large = frame["Bundle Type"] == "GENERALPURPOSE_4XLARGE"
    assert frame[large]["Usage Threshold"].isna().all()
    assert frame[~large]["Usage Threshold"].tolist() == [400] * 90


# --- hours measured and hours billed


def test_billed_hours_are_those_of_the_bill(run: Run) -> None:
    frame, charges = run.optimizer_hours, run.charges
    hours = charges[charges.charge.isin(["autostop-hours", "autostop-maintenance-hours"])]
    assert frame.billed_hours.sum() == float(hours.quantity.sum())
    months = charges[charges.charge == "alwayson-month"]
    assert frame.alwayson_months.sum() == pytest.approx(float(months.quantity.sum()))
    assert frame.columns.tolist() == [
        "replication",
        "desktop",
        "user",
        "population",
        "fleet",
        "month",
        "measured_hours",
        "billed_hours",
        "alwayson_months",
    ]
    assert set(frame.month) == {"2026-09"}
    assert len(frame) == 8


def test_measured_hours_are_those_of_the_last_report(run: Run) -> None:
    """September lies in the run whole, and the warm-up in another month."""
    frame, report = run.optimizer_hours, run.optimizer_report
    last = report[report.ReportDate == "09/30/26"].set_index("WorkspaceID")["Billable Hours"]
    measured = frame.set_index("desktop").measured_hours
    assert measured.to_dict() == last.to_dict()


def test_where_the_month_began_in_the_warm_up_only_the_measured_part_counts(
    tmp_path: Path,
) -> None:
    """From the 10th on, with nine days before it, of which the memory of the hours has some."""
    text = OPTIMIZED_TEXT.replace("start: 2026-09-01", "start: 2026-09-10")
    text = text.replace("horizon: {months: 1}", "horizon: 5 d").replace("1 d", "9 d")
    run = sim.run(write_office(tmp_path, text))
    facts = run.cost_optimizer
    before = facts[facts.at_ms < 0].groupby("desktop", observed=True).hours.last()
    after = facts.groupby("desktop", observed=True).hours.last()
    assert before.sum() > 0
    measured = run.optimizer_hours.set_index("desktop").measured_hours
    assert measured.to_dict() == (after - before).to_dict()


# --- the summary and the screen


def test_the_summary_counts_what_was_done(run: Run) -> None:
    staff, part_time = run.summary["cost_optimizer"]
    report = run.optimizer_report
    mine = report[report["Bundle Type"] == "VALUE"]
    words = {"No Change": "no-change", "ToMonthly": "to-monthly", "Skipped": "skipped"}
    counts = mine["Change Reported"].value_counts()
    assert part_time["changes"] == {words[str(word)]: n for word, n in counts.items()}
    assert (part_time["fleet"], part_time["dry_run"], part_time["reports"]) == (
        "part-time",
        False,
        150,
    )
    assert part_time["modes"] == {"AlwaysOn": 4, "AutoStop": 1}
    assert part_time["terminated"] == {}
    # Only the tagged desktop was billed by the hour all month.
    hours = run.optimizer_hours[run.optimizer_hours.alwayson_months == 0]
    assert part_time["hourly_months"] == len(hours) == 1
    assert part_time["measured_hours"] == hours.measured_hours.iloc[0]
    assert part_time["billed_hours"] == hours.billed_hours.iloc[0]
    assert (staff["dry_run"], staff["hourly_months"], staff["billed_hours"]) == (True, 0, 0)
    json.dumps(run.summary)


def test_the_screen_shows_each_fleet_it_looks_after(run: Run) -> None:
    console = Console(width=100)
    with console.capture() as captured:
        for part in screen(run.summary):
            console.print(part)
    text = captured.get()
    table = text.partition("Cost Optimizer")[2].partition("\n\n")[0]
    assert "staff" in table
    assert "dry run" in table
    assert "to AlwaysOn" in table
    assert "deleted" not in table, "nothing was"
    assert "limits value: 40, skip [part-time-00004]" in " ".join(text.split())


def test_the_policy_is_shown_before_a_run(run: Run) -> None:
    console = Console(width=100)
    with console.capture() as captured:
        for part in situation(run.scenario):
            console.print(part)
    assert "AlwaysOn, cost-optimizer" in captured.get()
    assert "AutoStop, cost-optimizer" in run.scenario._repr_html_()


def test_without_the_policy_there_is_nothing(tmp_path: Path) -> None:
    run = sim.run(write_office(tmp_path))
    assert run.summary["cost_optimizer"] == []
    assert len(run.optimizer_hours) == len(run.cost_optimizer) == len(run.optimizer_report) == 0


# --- files


def test_the_files_hold_the_same(run: Run, written: Path) -> None:
    report, hours = (
        list(csv.reader((written / name).read_text(encoding="utf-8").splitlines()))
        for name in OPTIMIZED
    )
    assert ",".join(report[0]) == HEADER
    assert len(report) == 1 + len(run.optimizer_report)
    frame = pd.read_csv(written / OPTIMIZED[1])
    assert frame.measured_hours.tolist() == run.optimizer_hours.measured_hours.tolist()
    assert len(hours) == 1 + 8
    assert {path.name for path in written.iterdir()} == FILES - SELDOM | {*OPTIMIZED}
    assert (written / "facts" / "cost_optimizer.parquet").is_file()
    assert is_result(written)


def test_without_facts_the_hours_remain(tmp_path: Path) -> None:
    run = sim.run(write_office(tmp_path, OPTIMIZED_TEXT), facts=False, out=tmp_path / "result")
    written = {path.name for path in (tmp_path / "result").iterdir()}
    assert written == FILES - SELDOM - {"facts"} | {OPTIMIZED[1]}
    assert len(run.optimizer_hours) == 8
    with pytest.raises(LookupError, match="kept no facts, so there is no table optimizer_report"):
        _ = run.optimizer_report


def test_other_prices_change_no_hour(run: Run) -> None:
    again = run.reprice("us-east-1")
    assert again.optimizer_hours.equals(run.optimizer_hours)
    assert again.summary["cost_optimizer"] == run.summary["cost_optimizer"]
    assert Decimal(again.summary["cost"]["total"]) == Decimal(run.summary["cost"]["total"])
