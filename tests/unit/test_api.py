"""Loading, running, looking at a result, writing it, pricing it again."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim import __version__
from sim.api import check, read
from sim.api.folder import FILES, SELDOM, is_result
from sim.record import DESKTOP_STATES, LOGONS, SESSIONS
from sim.scenario import ScenarioError
from sim.storage import FactStore, read_table
from tests.small_office import PRICES, TEXT, write_office

FACTS = (
    "desktop_states",
    "desktop_terms",
    "desktops",
    "host_load",
    "logons",
    "operations",
    "plan",
    "runs",
    "sessions",
    "users",
)
TABLES = {*FACTS, "charges", "invoice", "week"} - {"desktop_terms"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenarios")


@pytest.fixture(scope="module")
def office(folder: Path) -> sim.Scenario:
    return sim.load(write_office(folder))


@pytest.fixture(scope="module")
def run(office: sim.Scenario) -> sim.Run:
    return sim.run(office)


# --- loading


def test_a_scenario_says_in_a_line_what_it_is(office: sim.Scenario) -> None:
    assert repr(office) == "<Scenario small-office: 8 users, 2026-09-01 to 2026-09-15>"
    assert office.spec.fleets["staff"].bundle == "standard"


def test_overrides_make_another_scenario(office: sim.Scenario) -> None:
    other = office.with_overrides("fleets.part-time.autostop_timeout=4 h")
    third = other.with_overrides("seed=8")

    assert other.spec.fleets["part-time"].autostop_timeout == 4 * 3_600_000
    assert office.spec.fleets["part-time"].autostop_timeout == 3_600_000
    assert third.overrides == ("fleets.part-time.autostop_timeout=4 h", "seed=8")
    assert len({office.hash, other.hash, third.hash}) == 3


def test_the_hash_knows_contents_and_not_places(tmp_path: Path, office: sim.Scenario) -> None:
    """The same text with the same prices elsewhere is the same scenario; another price is not."""
    book = (PRICES / "us-east-1.csv").read_text(encoding="utf-8")
    moved = TEXT.replace(str(PRICES / "us-east-1.csv"), "us-east-1.csv")
    (tmp_path / "us-east-1.csv").write_text(book, encoding="utf-8")
    assert sim.load(write_office(tmp_path, moved)).hash == office.hash

    (tmp_path / "us-east-1.csv").write_text(book.replace(",0.22,", ",0.23,"), encoding="utf-8")
    assert sim.load(write_office(tmp_path, moved)).hash != office.hash


def test_a_missing_price_is_found_before_anything_runs(tmp_path: Path) -> None:
    text = TEXT.replace("bundle: value", "bundle: value\n    license: byol")
    file = write_office(tmp_path, text)

    with pytest.raises(ScenarioError) as raised:
        sim.load(file)

    line = next(n for n, row in enumerate(text.splitlines(), 1) if "bundle: value" in row)
    (problem,) = raised.value.problems
    assert (problem.file, problem.line) == (str(file), line)
    assert problem.path == "fleets.part-time.bundle"
    assert "no price for personal/autostop-hours/value/windows/byol" in problem.message
    assert "nearest known: personal/autostop-hours/" in problem.message
    assert problem.message.endswith("supply one under prices.add with a source")
    # What is wrong with the prices does not keep anybody from looking at the rest.
    assert read(file).name == "small-office"


def test_a_price_with_a_source_of_its_own_fills_the_gap(tmp_path: Path) -> None:
    text = TEXT.replace("bundle: value", "bundle: value\n    license: byol")
    item = "personal/autostop-hours/value/windows/byol"
    known = "{unit_price: 0.18, unit: hour, source: our contract, as_of: 2026-08-01}"
    supplied = f'prices.add={{"{item}": {known}}}'
    with pytest.raises(ScenarioError, match=item):
        sim.load(write_office(tmp_path, text))

    run = sim.run(write_office(tmp_path, text), overrides=[supplied])

    hours = run.invoice[run.invoice.item == item]
    assert set(hours.unit_price) == {Decimal("0.18")}
    assert run.summary["provenance"]["prices"]["supplied"] == [item]
    own = run.charges[run.charges.charge == "autostop-hours"].price_source
    assert set(own) == {"our contract (2026-08-01)"}


def test_a_service_without_a_price_is_told_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"office.yaml:\d+:\d+: services.gateway.item: no price for nat/day"
    ):
        sim.load(write_office(tmp_path, TEXT.replace("nat/hour", "nat/day")))


def test_a_book_that_is_no_price_book_is_told_at_the_setting_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "book.csv").write_text("item,price\nnat/hour,1\n", encoding="utf-8")
    text = TEXT.replace(str(PRICES / "us-east-1.csv"), "book.csv")

    with pytest.raises(ScenarioError) as raised:
        sim.load(write_office(tmp_path, text))

    assert {problem.path for problem in raised.value.problems} == {"prices.book"}
    assert {problem.line for problem in raised.value.problems} == {10}
    assert any("unknown column 'price'" in problem.message for problem in raised.value.problems)


def test_check_reads_the_plan_to_replay(tmp_path: Path, office: sim.Scenario) -> None:
    (tmp_path / "plan.csv").write_text(
        "user,arrival,connected_s,ending\nann,today,5,logoff\n", encoding="utf-8"
    )
    text = TEXT + "replay: {sessions: plan.csv, fleet: staff}\n"

    with pytest.raises(ScenarioError, match=r"plan\.csv:2:"):
        check(write_office(tmp_path, text))
    assert check(office.resolved.file).hash == office.hash


# --- tables


@pytest.mark.parametrize("name", sorted(TABLES))
def test_each_table_is_flat_and_says_which_replication_it_is(run: sim.Run, name: str) -> None:
    frame = getattr(run, name)

    assert frame.columns[0] == "replication"
    assert frame.columns.is_unique
    assert frame.columns.nlevels == frame.index.nlevels == 1
    assert frame.index.equals(pd.RangeIndex(len(frame)))
    assert (frame.replication == 0).all()


def test_users_and_desktops_are_shown_by_name(run: sim.Run) -> None:
    assert set(run.users.user) == {
        *(f"staff-{i:05d}" for i in range(3)),
        *(f"part-time-{i:05d}" for i in range(5)),
    }
    assert set(run.logons.user) <= set(run.users.user)
    assert set(run.sessions.desktop) <= set(run.desktops.desktop)
    assert set(run.desktop_states.fleet) == {"staff", "part-time"}
    owners = run.logons.merge(run.users, on="user")
    assert (owners.population_x == owners.population_y).all()
    assert (owners.fleet_x == owners.fleet_y).all()


def test_tables_hold_what_the_model_recorded(run: sim.Run) -> None:
    """Names are joined and units appended; not a row or a number is lost."""
    assert run.facts is not None
    for schema, frame in (
        (LOGONS, run.logons),
        (SESSIONS, run.sessions),
        (DESKTOP_STATES, run.desktop_states),
    ):
        table = run.facts.table(schema)
        assert len(frame) == len(table) > 0
        users = run.names.users["name"]
        if "user" in schema.names:
            assert list(frame.user) == [users[code] for code in table["user"]]
    logons = run.facts.table(LOGONS)
    assert run.logons.arrival_ms.tolist() == logons["arrival"].tolist()
    assert run.logons.start_ms.tolist() == logons["start"].tolist()


def test_milliseconds_become_instants(run: sim.Run) -> None:
    instants = run.instants(run.sessions.arrival_ms)

    assert str(instants.dt.tz) == "UTC"
    assert instants.min() >= pd.Timestamp("2026-08-31", tz="UTC")
    first = int(run.sessions.arrival_ms.iloc[0])
    assert instants.iloc[0] == pd.Timestamp("2026-09-01", tz="UTC") + pd.Timedelta(
        milliseconds=first
    )


def test_the_bill_adds_up(run: sim.Run) -> None:
    """14 of September's 30 days: 3 AlwaysOn months of 35 USD are 3 x 14/30 x 35 = 49.00."""
    invoice, cost = run.invoice, run.summary["cost"]
    alwayson = invoice[invoice.charge == "alwayson-month"]
    gateway = invoice[invoice.charge == "gateway"]

    assert alwayson.amount.tolist() == [Decimal("49.00")]
    # 14 days of 24 hours at 0.045 USD.
    assert gateway.amount.tolist() == [Decimal("15.12")]
    assert invoice.amount.sum() == Decimal(cost["total"])
    assert sum(run.charges.amount) == Decimal(cost["total_unrounded"])
    assert sum(Decimal(row["amount"]) for row in cost["by_fleet_and_month"]) == Decimal(
        cost["total"]
    )
    assert set(run.charges[run.charges.charge == "gateway"].cost_center) == {"network"}
    assert set(run.charges[run.charges.fleet == "staff"].cost_center) == {"head office"}


def test_charges_have_the_documented_columns(run: sim.Run) -> None:
    names = (
        "replication fleet resource user population cost_center month charge item quantity unit "
        "unit_price amount currency price_source"
    )
    assert list(run.charges.columns) == names.split()
    assert all(isinstance(amount, Decimal) for amount in run.charges.amount)


def test_the_week_is_the_picture_of_the_sessions(run: sim.Run) -> None:
    """Three of staff and up to five part-timers, from about 09:00 UTC on work days."""
    week = run.week.set_index("hour")

    assert week.connected_mean[10.5] > 3
    assert week.connected_max.max() == run.summary["concurrency"]["connected"]["peak"] == 8
    assert week.connected_mean[3.0] == 0
    assert week.running_mean[3.0] == 3
    assert week.connected_mean[5 * 24 + 12.0] == 0


# --- summary


def test_the_summary_is_json_and_identifies_the_result(run: sim.Run, office: sim.Scenario) -> None:
    document = run.summary

    assert json.loads(json.dumps(document)) == document
    assert document["schema"] == "desksim/run/1"
    assert document["basis"] == "one run, no interval"
    assert document["scenario"]["hash"] == office.hash
    assert document["scenario"]["start"] == "2026-09-01T00:00:00Z"
    assert document["scenario"]["end"] == "2026-09-15T00:00:00Z"
    prices = {"book": "us-east-1", "as_of": office.prices.as_of, "supplied": []}
    assert document["provenance"] == {
        "desksim": __version__,
        "seed": 7,
        "replication": 0,
        "prices": prices,
    }


def test_the_summary_agrees_with_the_tables(run: sim.Run) -> None:
    document = run.summary
    inside = run.logons[run.logons.arrival_ms >= 0]
    connected = inside[inside.outcome == "connected"]
    total = np.sort((connected.done_ms - connected.arrival_ms).to_numpy(dtype=np.int64))

    assert document["logons"]["connected"] == len(total)
    for percent in (50, 95, 99):
        rank = -(-percent * len(total) // 100)
        assert document["logons"]["total"][f"p{percent}_s"] == total[rank - 1] / 1000
    assert document["availability"]["logon_success"]["value"] == 1
    assert document["size"] == {"users": 8, "desktops": 8, "clients": ["client"]}


def test_nothing_in_the_summary_tells_where_it_was_made(run: sim.Run, folder: Path) -> None:
    text = json.dumps(run.summary)

    assert str(folder) not in text
    assert str(PRICES) not in text


def test_part_months_are_not_called_months(run: sim.Run) -> None:
    cost = run.summary["cost"]

    assert cost["whole_months"] is False
    assert cost["per_desktop_month"] is None
    assert Decimal(cost["per_desktop"]) == round(Decimal(cost["total"]) / 8, 2)


def test_whole_months_have_a_cost_per_desktop_and_month(office: sim.Scenario) -> None:
    """A fleet of AlwaysOn desktops at 35 USD costs 35 USD per desktop and month."""
    cost = sim.run(
        office,
        overrides=[
            "horizon={months: 2}",
            "fleets.part-time=null",
            "populations.part-time=null",
            "services.gateway=null",
        ],
    ).summary["cost"]

    assert cost["desktop_months"] == 3 * 2
    assert cost["per_desktop_month"] == "35.00"
    assert [row["amount"] for row in cost["by_month"]] == ["105.00", "105.00"]


def test_assumptions_say_whether_anybody_stated_them(run: sim.Run) -> None:
    stated = dict(zip(run.assumptions.path, run.assumptions.stated, strict=True))

    assert stated["directory.service_time"]
    assert not stated["billing.rounding"]
    assert {"path", "value", "meaning", "source", "stated"} == set(run.assumptions.columns)
    assert all(run.assumptions.source[~run.assumptions.stated])


# --- running


def test_the_same_run_twice_is_the_same(office: sim.Scenario, run: sim.Run) -> None:
    again = sim.run(office)

    assert again.summary == run.summary
    for name in sorted(TABLES):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(run, name))


def test_another_replication_is_another_run_of_the_same_scenario(
    office: sim.Scenario, run: sim.Run
) -> None:
    other = sim.run(office, replication=1)

    assert (other.logons.replication == 1).all()
    assert other.summary["provenance"]["replication"] == 1
    assert other.summary["scenario"] == run.summary["scenario"]
    assert not np.array_equal(other.logons.arrival_ms, run.logons.arrival_ms)


def test_a_path_and_overrides_do_as_well_as_a_scenario(office: sim.Scenario) -> None:
    by_path = sim.run(office.resolved.file, overrides=["seed=9"])
    by_scenario = sim.run(office, overrides=["seed=9"])

    assert by_path.summary == by_scenario.summary


def test_without_facts_the_answer_is_the_same(office: sim.Scenario, run: sim.Run) -> None:
    bare = sim.run(office, facts=False)

    assert bare.summary == run.summary
    assert len(bare.users) == 8
    with pytest.raises(LookupError, match="kept no facts, so there is no table logons"):
        bare.logons  # noqa: B018 # looking it up is the test


def test_progress_is_told_and_ends_at_the_end(office: sim.Scenario) -> None:
    told: list[tuple[str, float]] = []
    sim.run(office, progress=lambda what, share: told.append((what, share)))

    assert all(0 <= share <= 1 for _, share in told)
    assert ("simulating", 1) in told


def test_a_plan_written_and_replayed_gives_the_same_bill(
    office: sim.Scenario, run: sim.Run, tmp_path: Path
) -> None:
    from sim.api.plans import write_plan

    write_plan(office, tmp_path)
    again = sim.run(office, plan=tmp_path / "plan.csv", users=tmp_path / "users.csv")

    assert again.invoice.amount.tolist() == run.invoice.amount.tolist()
    pd.testing.assert_frame_equal(again.sessions, run.sessions)


def test_users_alone_are_no_plan(office: sim.Scenario) -> None:
    with pytest.raises(ValueError, match="expected a plan with the users"):
        sim.run(office, users="users.csv")


# --- pricing again


def test_a_run_is_priced_again_without_being_simulated(
    run: sim.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At twice the price of an AutoStop hour the hours cost twice as much, all else the same."""
    text = (PRICES / "us-east-1.csv").read_text(encoding="utf-8")
    dearer = re.sub(r"(?m)^(personal/autostop-hours/value/.*,)0\.22,", r"\g<1>0.44,", text)
    assert dearer != text
    (tmp_path / "dearer.csv").write_text(dearer, encoding="utf-8")
    monkeypatch.setattr("sim.api.running.simulate", None)

    other = run.reprice(tmp_path / "dearer.csv")

    def spent(of: sim.Run, charge: str) -> Any:
        return of.invoice[of.invoice.charge == charge].amount.sum()

    assert spent(other, "autostop-hours") == 2 * spent(run, "autostop-hours")
    assert spent(other, "alwayson-month") == spent(run, "alwayson-month")
    assert other.summary["provenance"]["prices"]["book"] == "dearer"
    assert other.summary["logons"] == run.summary["logons"]
    assert run.prices.name == "us-east-1"


def test_a_shipped_book_is_known_by_its_name(run: sim.Run) -> None:
    assert run.reprice("us-east-1").summary == run.summary


def test_a_book_that_lacks_a_price_is_refused(run: sim.Run) -> None:
    with pytest.raises(ScenarioError, match=r"no price for .* in book eu-west-1"):
        run.reprice("eu-west-1")


# --- on disk


@pytest.fixture(scope="module")
def written(office: sim.Scenario, folder: Path) -> Path:
    sim.run(office, out=folder / "reports" / "small-office")
    return folder / "reports" / "small-office"


def test_a_written_run_has_these_files(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == FILES - SELDOM
    assert sorted(path.stem for path in (written / "facts").iterdir()) == sorted(FACTS)
    assert is_result(written)


def test_streaming_to_disk_and_writing_from_memory_are_the_same_bytes(
    run: sim.Run, written: Path, tmp_path: Path
) -> None:
    run.write(tmp_path / "result")

    for path in sorted(written.rglob("*.*")):
        assert (
            tmp_path / "result" / path.relative_to(written)
        ).read_bytes() == path.read_bytes(), path


def test_no_file_tells_where_or_when_it_was_made(written: Path, folder: Path) -> None:
    for path in written.rglob("*.*"):
        assert str(folder).encode() not in path.read_bytes(), path


def test_what_is_written_is_what_the_run_says(run: sim.Run, written: Path) -> None:
    document = json.loads((written / "summary.json").read_text(encoding="utf-8"))
    charges = pd.read_csv(written / "charges.csv", dtype=str, keep_default_na=False)

    assert document == run.summary
    assert list(charges.columns) == list(run.charges.columns)
    assert [Decimal(text) for text in charges.amount] == run.charges.amount.tolist()
    assert not charges.amount.str.contains("E").any()
    assert len(read_table(written / "facts" / "logons.parquet")) == len(run.logons)
    resolved = (written / "resolved.yaml").read_text(encoding="utf-8")
    assert "name: small-office" in resolved
    assert "Cost by month and charge" in (written / "report.html").read_text(encoding="utf-8")


def test_the_tables_of_a_written_run_are_read_from_its_files(
    office: sim.Scenario, run: sim.Run, tmp_path: Path
) -> None:
    streamed = sim.run(office, out=tmp_path / "result")

    assert streamed.facts is not None
    assert streamed.facts.folder == tmp_path / "result" / "facts"
    for name in sorted(TABLES):
        pd.testing.assert_frame_equal(getattr(streamed, name), getattr(run, name))


def test_without_facts_none_are_left_on_disk(office: sim.Scenario, tmp_path: Path) -> None:
    bare = sim.run(office, out=tmp_path / "result", facts=False)

    assert {path.name for path in (tmp_path / "result").iterdir()} == FILES - {*SELDOM, "facts"}
    assert bare.facts is None
    assert is_result(tmp_path / "result")


def test_a_newer_result_takes_the_place_of_an_older_one(
    office: sim.Scenario, tmp_path: Path
) -> None:
    sim.run(office, out=tmp_path / "result")
    sim.run(office, out=tmp_path / "result", overrides=["seed=8"], facts=False)

    document = json.loads((tmp_path / "result" / "summary.json").read_text(encoding="utf-8"))
    assert document["provenance"]["seed"] == 8
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
    assert not (tmp_path / "result" / "facts").exists()


def test_a_run_whose_result_was_replaced_does_not_show_the_newer_one(
    office: sim.Scenario, tmp_path: Path
) -> None:
    older = sim.run(office, out=tmp_path / "result")
    newer = sim.run(office, out=tmp_path / "result", overrides=["seed=8"])

    assert len(newer.logons) > 0
    assert older.summary != newer.summary
    with pytest.raises(LookupError, match="another result has taken the place of these facts"):
        older.logons  # noqa: B018 # looking it up is the test


@pytest.mark.parametrize("place", ["notes.txt", "facts/notes.txt"])
def test_a_result_with_somebodys_notes_in_it_is_not_replaced(
    office: sim.Scenario, tmp_path: Path, place: str
) -> None:
    sim.run(office, out=tmp_path / "result")
    (tmp_path / "result" / place).write_text("remember", encoding="utf-8")

    with pytest.raises(FileExistsError, match="it holds files that no run has written"):
        sim.run(office, out=tmp_path / "result")
    assert (tmp_path / "result" / place).exists()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that breaks after it has recorded half of its facts."""
    from sim.model import simulate

    def half(spec: Any, workload: Any, store: FactStore[Any], *rest: Any, **more: Any) -> None:
        simulate(spec, workload, store, *rest, **more)
        raise MemoryError("no more of it")

    monkeypatch.setattr("sim.api.running.simulate", half)


@pytest.mark.usefixtures("failing")
def test_a_run_that_fails_half_way_leaves_nothing(office: sim.Scenario, tmp_path: Path) -> None:
    with pytest.raises(MemoryError, match="no more of it"):
        sim.run(office, out=tmp_path / "result")

    assert list(tmp_path.iterdir()) == []


# --- in a notebook


def test_a_run_says_in_a_line_what_it_is(run: sim.Run) -> None:
    assert re.fullmatch(
        r"<Run small-office: 8 desktops, 2026-09-01 to 2026-09-15, USD [0-9,.]+, "
        r"logon p95 [0-9a-z. ]+ \(one run, no interval\)>",
        repr(run),
    )


def test_a_run_in_which_nothing_happens_says_so(office: sim.Scenario) -> None:
    empty = sim.run(
        office, overrides=["populations.staff.users=0", "populations.part-time.users=0"]
    )

    assert "0 desktops" in repr(empty)
    assert empty.summary["logons"]["total"]["p95_s"] is None
    assert empty.summary["availability"]["logon_success"]["value"] is None
    assert "none intended" in empty._repr_html_()


def test_cards_escape_what_comes_from_files(tmp_path: Path) -> None:
    text = TEXT.replace(
        "Eight people in two fleets for two weeks.", "'<script>alert(1)</script> & co'"
    )
    scenario = sim.load(write_office(tmp_path, text))

    for card in (scenario._repr_html_(), sim.run(scenario, facts=False)._repr_html_()):
        assert "<script>" not in card
        assert card.count("<div") == card.count("</div>")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in scenario._repr_html_()


def test_a_card_sets_no_colour_without_its_background(run: sim.Run) -> None:
    """What reads in light must read in dark: colours come from the theme, in pairs."""
    style = run._repr_html_().partition("</style>")[0]

    for rule in re.findall(r"\{([^}]*)\}", style):
        colour, background = re.search(r"(?:^|;)\s*color:", rule), "background:" in rule
        assert bool(colour) == background, rule
    assert not re.search(r"#[0-9a-fA-F]{3,6}\b", style)
    assert "var(--jp-content-font-color0" in style
