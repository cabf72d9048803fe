"""A run's states, weeks and hours: as tables, as figures, on the page, from a folder."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest

import sim
from sim.api.errors import ResultError
from sim.api.page import contents
from sim.api.pictures import Pictured, stored_pictures
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.report.picture import ShownAxes, Surface, as_svg
from sim.report.style import figure
from sim.units import HOUR
from tests.small_office import TEXT, with_pools, write_office

Capture = pytest.CaptureFixture[str]

PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def run(folder: Path) -> sim.Run:
    """The small office with its pools for two weeks."""
    return sim.run(write_office(folder, with_pools(TEXT)), out=folder / "result")


# --- tables


def test_the_states_of_each_fleet_add_up_to_its_bill_and_its_time(run: sim.Run) -> None:
    """Two weeks of 3 desktops are 1008 h, of 5 desktops 1680 h."""
    states, invoice = run.states, run.invoice
    assert set(states.fleet) == {"staff", "part-time", "lab", "agents"}
    for fleet, rows in states.groupby("fleet"):
        amounts = invoice.loc[invoice.fleet == fleet, "amount"]
        assert sum(rows["amount"], Decimal(0)) == sum(amounts, Decimal(0))
        assert rows.share_of_bill.sum() == pytest.approx(1)
        spent = rows[rows.paid_for == "state"]
        assert spent.share_of_time.sum() == pytest.approx(1)
    hours = states.groupby("fleet").time_h.sum()
    assert hours["staff"] == pytest.approx(3 * 14 * 24)
    assert hours["part-time"] == pytest.approx(5 * 14 * 24)


def test_alwayson_is_paid_by_the_month_and_autostop_by_what_went_on(run: sim.Run) -> None:
    states = run.states.set_index(["fleet", "paid_for"])
    assert {*states.loc["staff"].index} == {"state", "fee"}
    by_the_hour = run.states.query("fleet == 'staff' and paid_for == 'state'")
    assert sum(by_the_hour["amount"], Decimal(0)) == 0
    part_time = run.states[run.states.fleet == "part-time"].set_index("name")
    delivered = run.sessions[run.sessions.fleet == "part-time"].delivered_ms.sum() / HOUR
    assert part_time.time_h["connected"] == pytest.approx(delivered, abs=24)  # with the warm-up
    # 0.22 a started hour of a Value desktop on Windows
    assert float(part_time.amount["connected"]) == pytest.approx(
        0.22 * part_time.time_h["connected"], rel=0.02
    )


def test_changes_are_flat_and_made_as_often_as_desktops_started(run: sim.Run) -> None:
    changes = run.state_changes
    assert list(changes) == ["replication", "fleet", "before", "after", "number"]
    starts = changes[(changes.fleet == "part-time") & (changes.before == "stopped")]
    logons = run.logons[(run.logons.fleet == "part-time") & (run.logons.arrival_ms >= 0)]
    began = int((logons.start_kind != "none").sum())
    assert starts.set_index("after").number["starting"] == began


def test_a_replay_has_a_row_a_minute_in_which_all_are_somewhere(run: sim.Run) -> None:
    table = run.replay()
    assert len(table) == 60
    names = [str(name) for name in table]
    places = [name for name in names if name.endswith("_people") and name != "came_people"]
    assert (table[places].sum(axis=1) == table.came_people).all()
    assert (np.diff(table.minute_begins) == np.timedelta64(1, "m")).all()
    begin = run.summary["worst_hour"]["begin"]
    assert table.minute_begins[0].isoformat() == begin.replace("Z", "+00:00")
    assert int(table.arriving_per_min.sum()) == run.summary["worst_hour"]["arriving"]["people"]
    assert all(name.rpartition("_")[2] in ("people", "min") for name in names[2:])


def test_any_hour_can_be_replayed(run: sim.Run) -> None:
    """Staff begin at nine, UTC: three come, and are connected by ten."""
    table = run.replay("2026-09-03T08:30Z")
    assert table.minute_begins[0].isoformat() == "2026-09-03T08:30:00+00:00"
    assert table.came_people.iloc[-1] == table.connected_people.iloc[-1] > 0
    with pytest.raises(ValueError, match="expected an hour that begins from 2026-09-01T00:00:00Z"):
        run.replay("2026-08-31T23:30Z")
    with pytest.raises(ValueError, match="to 2026-09-14T23:00:00Z, got 2026-09-14T23:30:00Z"):
        run.replay("2026-09-14T23:30Z")


# --- figures


def test_figures_are_drawn_where_one_says(run: sim.Run) -> None:
    for draw in (partial(run.draw_states, "staff"), partial(run.draw_week, "lab"), run.draw_replay):
        ax = figure(3).add_subplot()
        assert draw(ax=ax) is ax
        assert ax.get_title(loc="left") == ""
        assert ax.texts


def test_without_a_place_they_have_a_figure_that_a_notebook_shows(run: sim.Run) -> None:
    ax = run.draw_states("part-time")
    assert ax.get_title(loc="left") == "Desktops of the fleet part-time: time and money by state"
    assert isinstance(ax, ShownAxes)
    assert ax._repr_png_().startswith(PNG)
    with mpl.rc_context({"figure.facecolor": "black"}):
        whole = run.draw_states("part-time").get_figure(root=True)
    assert whole is not None
    assert whole.get_facecolor() == (0, 0, 0, 1)


def test_any_week_can_be_chosen(run: sim.Run) -> None:
    """From Monday on, by the clock of the people: those of the agents live in Singapore."""
    title = run.draw_week("staff").get_title(loc="left")
    assert title == "A week of the fleet staff: 2026-09-07 to 2026-09-13"
    first = run.draw_week("agents", "2026-09-02")
    assert first.get_title(loc="left") == "A week of the pool agents: 2026-08-31 to 2026-09-06"
    assert first.get_xlabel() == (
        "time of Asia/Singapore, 2026; a column is 15 min; run from 09-01 08:00"
    )
    last = run.draw_week("staff", "2026-09-14")
    assert last.get_xlabel() == "time of UTC, 2026; a column is 15 min; run to 09-15 00:00"
    with pytest.raises(ValueError, match="expected a week of 2026-09-01 to 2026-09-14"):
        run.draw_week("staff", "2026-10-01")


@pytest.mark.parametrize(
    ("week", "monday"),
    [
        ("2026-09-14", "2026-09-14"),  # a Monday, wherever one is
        ("2026-09-14T00:30+08:00", "2026-09-14"),  # Monday there, and Sunday still in UTC
        ("2026-09-13T16:00Z", "2026-09-14"),  # midnight there
        ("2026-09-13T15:59Z", "2026-09-07"),
    ],
)
def test_an_instant_is_in_the_week_that_it_is_for_the_people(
    week: str, monday: str, run: sim.Run, folder: Path, capsys: Capture
) -> None:
    """The agents live in Singapore, eight hours before UTC."""
    assert f"pool agents: {monday}" in run.draw_week("agents", week).get_title(loc="left")
    said = ask(capsys, folder / "result", folder / "w.svg", "--week", "agents", "--from", week)
    assert f"A week of the pool agents: {monday} to" in said


def test_what_is_no_day_is_told(run: sim.Run, folder: Path, capsys: Capture) -> None:
    with pytest.raises(ValueError, match="expected a date such as 2026-09-01"):
        run.draw_week("staff", "monday")
    with pytest.raises(ValueError, match="expected an offset such as Z"):
        run.draw_week("staff", "2026-09-03T09:00")
    with pytest.raises(ValueError, match="expected a year from 1970 to 2199, got 1"):
        run.draw_week("staff", "0001-01-01")
    file = folder / "none.svg"
    told = wrong(capsys, folder / "result", file, "--week", "staff", "--from", "monday")
    assert "expected a date such as 2026-09-01" in told
    told = wrong(capsys, folder / "result", file, "--replay", "--from", "2026-10-01")
    assert "to 2026-09-14T23:00:00Z, got 2026-10-01T00:00:00Z" in told
    assert not file.exists()


def test_what_keeps_people_off_their_desktops_is_marked_in_the_hour(tmp_path: Path) -> None:
    """All five of the part-timers are rebuilt at 09:00, and one of staff is rebooted at 09:30."""
    operations = """operations:
  - {at: 2026-09-01T09:00Z, fleet: part-time, share: 100 %, operation: rebuild}
  - {at: 2026-09-01T09:30Z, fleet: staff, share: 33.3 %, operation: reboot}
"""
    run = sim.run(write_office(tmp_path, TEXT.replace("14 d", "1 d") + operations))
    said = texts(run.draw_replay("2026-09-01T08:45Z"))
    rebuilt = run.desktop_states[run.desktop_states.state == "rebuilding"].desktop.nunique()
    assert f"{rebuilt} desktops being rebuilt" in said
    assert "1 desktop being rebooted" in said


def test_an_unknown_fleet_is_told_with_the_nearest(run: sim.Run) -> None:
    with pytest.raises(ResultError, match="unknown fleet or pool 'staf'; nearest: staff"):
        run.draw_states("staf")
    with pytest.raises(ResultError, match="unknown fleet or pool 'labs'; nearest: lab"):
        run.draw_week("labs")


def test_a_run_without_facts_has_nothing_to_draw(folder: Path) -> None:
    bare = sim.run(write_office(folder, with_pools(TEXT)), facts=False)
    for draw in (lambda: bare.states, bare.replay, lambda: bare.draw_week("staff")):
        with pytest.raises(LookupError, match="kept no facts"):
            draw()


def test_the_page_shows_the_worst_hour_and_what_desktops_were_in(run: sim.Run) -> None:
    drawn = {drawing.title: drawing for drawing in contents(run).drawings}
    hour = "The worst hour, minute by minute: where people are on their way"
    assert drawn[hour].topic == "waiting"
    states = [title for title in drawn if title.endswith("time and money by state")]
    assert len(states) == 2
    assert all(drawn[title].topic == "cost" for title in states)
    [week] = [title for title in drawn if title.startswith("A week of the")]
    assert drawn[week].topic == "capacity"
    assert len(drawn[week].svg) < 100_000


# --- from a folder


def test_a_written_result_gives_the_same_pictures(run: sim.Run, folder: Path) -> None:
    def pictures(source: Pictured) -> Iterator[str]:
        hour = source.replay_picture()
        assert hour is not None
        for place in ("staff", "part-time", "lab", "agents"):
            yield (found := source.state_picture(place)).description
            assert found.title
            yield source.week_picture(place, date(2026, 9, 8)).description
        yield hour.description
        yield as_svg(hour.draw, title=hour.title, description="", height=hour.height)

    assert list(pictures(stored_pictures(folder / "result"))) == list(pictures(Pictured.of(run)))


def texts(ax: Surface) -> list[str]:
    return [text.get_text() for text in ax.texts]


def ask(capsys: Capture, *words: object) -> str:
    code = told(desksim, ["draw", *map(str, words)])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def wrong(capsys: Capture, *words: object) -> str:
    code = told(desksim, ["draw", *map(str, words)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    return err.strip()


def test_pictures_are_drawn_on_the_command_line(
    run: sim.Run, folder: Path, capsys: Capture
) -> None:
    """The words of each are printed, so that they can be read where no picture is shown."""
    result = folder / "result"
    svg, png = folder / "states.svg", folder / "week.png"
    said = ask(capsys, result, svg, "--states", "part-time")
    assert "States as boxes" in said
    root = ET.fromstring(svg.read_text(encoding="utf-8"))
    assert root.get("role") == "img"
    said = ask(capsys, result, png, "--week", "lab", "--from", "2026-09-08")
    assert "A week from 2026-09-07 on" in said
    assert png.read_bytes().startswith(PNG)
    said = ask(capsys, result, svg, "--replay", "--from", "2026-09-03T08:30Z")
    assert "over the hour from 08:30 on 2026-09-03" in said
    assert "have come" in svg.read_text(encoding="utf-8")


def test_what_cannot_be_drawn_is_told(run: sim.Run, folder: Path, capsys: Capture) -> None:
    result, file = folder / "result", folder / "p.svg"
    assert "expected one of --states, --week and --replay" in wrong(capsys, result, file)
    assert "ends in .svg or .png" in wrong(capsys, result, folder / "p.pdf", "--replay")
    assert "nearest: staff" in wrong(capsys, result, file, "--states", "staf")
    assert "--from says nothing of --states" in wrong(
        capsys, result, file, "--states", "staff", "--from", "2026-09-03"
    )
    assert not file.exists()
