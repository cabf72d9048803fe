"""`desksim explain`: one desktop's story on the screen, as a document, as a picture."""

import csv
import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.storage import read_table
from tests.small_office import TEXT, with_pools, write_office

Capture = pytest.CaptureFixture[str]

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small office with its pools for two weeks, written."""
    folder = tmp_path_factory.mktemp("explain")
    sim.run(write_office(folder, with_pools(TEXT)), out=folder / "result")
    return folder / "result"


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def ask(capsys: Capture, *words: object) -> str:
    code = told(desksim, ["explain", *map(str, words)])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def wrong(capsys: Capture, *words: object) -> str:
    code = told(desksim, ["explain", *map(str, words)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    return err.strip()


def document(capsys: Capture, *words: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(capsys, *words, "--json"))
    return found


DESKTOP = ("--desktop", "ws-part-time-00001")


# --- the screen


def test_the_screen_fits_eighty_columns_and_a_pipe(capsys: Capture, run: Path) -> None:
    out = ask(capsys, run, *DESKTOP)

    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in out
    assert lines[0] == "ws-part-time-00001"
    for words in ("fleet part-time", "2026-09-01 to 2026-09-15 UTC", "AutoStop", "Month", "State"):
        assert words in out, words
    for title in ("Charge ", "Nothing went wrong.", "Logon [s]", "Session ", "Metered run"):
        assert re.search(rf"(?m)^{re.escape(title)}", out), title


def test_the_screen_says_what_the_document_says(capsys: Capture, run: Path) -> None:
    out, found = ask(capsys, run, *DESKTOP), document(capsys, run, *DESKTOP)
    total = found["totals"]

    cells = (
        "total",
        str(total["started_sessions"]),
        f"{total['connected_s'] / 3600:,.1f}",
        f"{total['waited_s'] / 60:,.1f}",
        "0",
        f"{total['metered_s'] / 3600:,.1f}",
        total["amount"],
    )
    assert re.search(rf"(?m)^{' +'.join(map(re.escape, cells))}$", out)


def test_long_lists_are_cut_off_and_say_so(capsys: Capture, run: Path) -> None:
    states = len(document(capsys, run, *DESKTOP)["states"])
    assert states > 5

    cut = ask(capsys, run, *DESKTOP, "--rows", "3")
    assert f"and {states - 3} more: --rows 0 shows all, --from and --to a part" in cut
    whole = ask(capsys, run, *DESKTOP, "--rows", "0")
    assert "more: --rows 0" not in whole
    assert len(
        re.findall(r"(?m)^2026-0[89]-\d\d .* (available|stopped|starting|maintenance)$", whole)
    ) == (states)


def test_charges_of_a_part_are_those_of_whole_months(capsys: Capture, run: Path) -> None:
    words = (run, *DESKTOP, "--from", "2026-09-02", "--to", "2026-09-03")

    assert "of whole months, as they are billed" in ask(capsys, *words)


def test_a_pools_user_has_a_story_too(capsys: Capture, run: Path) -> None:
    """One of six agents for whom there are three places."""
    out = ask(capsys, run, "--user", "agents-00001")

    assert max(map(len, out.splitlines())) <= 80
    assert "user, agents, pool agents" in out
    assert "Held from" in out
    assert "pool-user-month" in out
    assert "State from" not in out


# --- what it says is what was recorded


@pytest.mark.parametrize("desktop", ["ws-staff-00000", "ws-part-time-00004"])
def test_the_bill_is_that_of_the_charges(capsys: Capture, run: Path, desktop: str) -> None:
    with (run / "charges.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["resource"] == desktop]
    found = document(capsys, run, "--desktop", desktop)

    assert [(row["charge"], row["amount"]) for row in found["charges"]] == [
        (row["charge"], row["amount"]) for row in rows
    ]
    assert Decimal(found["totals"]["amount_unrounded"]) == sum(Decimal(r["amount"]) for r in rows)


def test_all_stories_together_are_the_whole_run(capsys: Capture, run: Path) -> None:
    """Sessions, work and desktops' charges of the measured time add up to the summary's."""
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    desktops = read_table(run / "facts" / "desktops.parquet")["name"]
    users = read_table(run / "facts" / "users.parquet")
    pooled = users.loc[users["fleet"].isin(["lab", "agents"]), "name"]
    told = [
        *(document(capsys, run, "--desktop", name) for name in desktops),
        *(document(capsys, run, "--user", name) for name in pooled),
    ]
    totals = [one["totals"] for one in told]

    started = summary["availability"]["logon_success"]
    assert sum(t["started_sessions"] for t in totals) == started["started"]
    assert (
        sum(t["attempts"] for t in totals) == summary["availability"]["attempt_success"]["attempts"]
    )
    work = summary["availability"]["delivered_minutes"]["delivered_min"]
    assert sum(t["connected_s"] for t in totals) / 60 == pytest.approx(work)
    refused = [one["refused_attempts"].get("no-pool-capacity", 0) for one in totals]
    assert sum(refused) == summary["availability"]["refused_attempts"]["no-pool-capacity"]
    owned = [
        t["amount_unrounded"] for one, t in zip(told, totals, strict=True) if not one["pooled"]
    ]
    with (run / "charges.csv").open(encoding="utf-8") as file:
        billed = [row for row in csv.DictReader(file) if row["resource"].startswith("ws-")]
    assert sum(map(Decimal, owned)) == sum(Decimal(row["amount"]) for row in billed)


def test_states_fill_the_time_and_months_the_total(capsys: Capture, run: Path) -> None:
    found = document(capsys, run, *DESKTOP)

    assert sum(found["totals"]["states_s"].values()) == pytest.approx(14 * 24 * 3600)
    for name in ("started_sessions", "connected_s", "metered_s", "attempts"):
        assert sum(month[name] for month in found["months"]) == pytest.approx(found["totals"][name])


def test_python_tells_the_same_story(capsys: Capture, run: Path) -> None:
    again = sim.run(run.parent / "office.yaml")

    assert again.explain("part-time-00001").document == document(capsys, run, *DESKTOP)
    assert again.explain(user="agents-00001", begin="2026-09-02").document == document(
        capsys, run, "--user", "agents-00001", "--from", "2026-09-02"
    )
    with pytest.raises(ValueError, match="unknown desktop 'nobody'"):
        again.explain("nobody")


# --- the picture


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_picture_is_written_and_the_same_each_time(
    capsys: Capture, run: Path, tmp_path: Path, suffix: str
) -> None:
    for name in ("a", "b"):
        file = tmp_path / f"{name}.{suffix}"
        out = ask(capsys, run, *DESKTOP, "--picture", file)
        assert out.endswith(f"\nDrawn in {file}.\n")

    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second
    assert first.startswith(b"\x89PNG" if suffix == "png" else b"<svg")
    if suffix == "svg":
        assert b"ws-part-time-00001 of part-time-00001" in first
        assert b"Rows of 14 days from 2026-09-01 (UTC)" in first


def test_json_and_a_picture_go_together(capsys: Capture, run: Path, tmp_path: Path) -> None:
    json.loads(ask(capsys, run, *DESKTOP, "--json", "--picture", tmp_path / "a.svg"))

    assert (tmp_path / "a.svg").exists()


def test_a_picture_of_another_kind_or_of_too_many_days_is_refused(
    capsys: Capture, run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.gif"
    assert wrong(capsys, run, *DESKTOP, "--picture", file) == (
        f"expected a picture that ends in .svg or .png, got '{file}'"
    )
    assert not file.exists()

    text = TEXT.replace("horizon: 14 d", "horizon: 101 d").replace(
        "    users: 5\n", "    users: 1\n"
    )
    sim.run(write_office(tmp_path, text), out=tmp_path / "long")
    long = wrong(capsys, tmp_path / "long", *DESKTOP[:1], "ws-staff-00000", "--picture", "a.svg")
    assert long == "a picture holds at most 100 days, got 101; choose some with --from and --to"


# --- what is refused


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--desktop ws-staff-0001", "unknown desktop 'ws-staff-0001'; nearest: ws-staff-00001"),
        (
            "--desktop agents-00001",
            "is a user of the pool agents and has no desktop; `desksim explain",
        ),
        ("--user agent-1", "unknown user 'agent-1'; nearest: agents-00001"),
        ("", "expected one of --desktop and --user"),
        ("--desktop a --user b", "expected one of --desktop and --user"),
        ("--desktop ws-staff-00001 --from yesterday", "expected a date such as 2026-09-01"),
        ("--desktop ws-staff-00001 --from 2027-01-01", "expected an instant from 2026-08-31"),
    ],
)
def test_what_makes_no_sense_is_refused(capsys: Capture, run: Path, words: str, said: str) -> None:
    assert said in wrong(capsys, run, *words.split())


def test_a_folder_must_be_a_result_with_facts(capsys: Capture, run: Path, tmp_path: Path) -> None:
    assert "found no summary.json in it" in wrong(capsys, tmp_path, *DESKTOP)

    shutil.copytree(run, tmp_path / "bare", ignore=shutil.ignore_patterns("facts"))
    assert "this result has no facts" in wrong(capsys, tmp_path / "bare", *DESKTOP)

    shutil.copytree(run, tmp_path / "unbilled", ignore=shutil.ignore_patterns("charges.csv"))
    assert wrong(capsys, tmp_path / "unbilled", *DESKTOP).endswith("no charges.csv")


# --- the page about it


def test_every_field_of_the_document_is_explained(capsys: Capture, run: Path) -> None:
    page = (
        (DOCS / "results.md").read_text(encoding="utf-8").partition("`desksim explain --json`")[2]
    )
    found = [document(capsys, run, *DESKTOP), document(capsys, run, "--user", "agents-00001")]

    for name in {name for one in found for name in one}:
        assert f"`{name}" in page, name
    for name in {name for one in found for name in one["totals"]}:
        assert f"`{name}`" in page, name
