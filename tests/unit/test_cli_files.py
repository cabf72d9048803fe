"""`desksim validate`, `show`, `schema` and `plan`: scenario files before anything runs."""

import json
import re
from pathlib import Path

import pytest

from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.storage import read_table
from tests.small_office import TEXT, write_office

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    write_office(tmp_path)
    return tmp_path


# --- validate


def test_a_good_file_is_one_line(capsys: Capture) -> None:
    assert told(desksim, ["validate", "office.yaml"]) == 0

    out, err = capsys.readouterr()
    assert out == ("office.yaml: ok, <Scenario small-office: 8 users, 2026-09-01 to 2026-09-15>\n")
    assert err == ""


SIX_MISTAKES = (
    ("bundle: standard", "bundle: standart"),
    ("autostop_timeout: 1 h", "autostop_timeout: 90 min"),
    ("    users: 5\n", "    users: five\n"),
    ("servers: 1", "servers: 0"),
    ("cost_center: head office", "cost_centre: head office"),
    ("session_length: 8 h", "session_length: 8"),
)


def test_six_mistakes_are_told_at_once_each_with_its_place(capsys: Capture, tmp_path: Path) -> None:
    text = TEXT
    for right, wrong in SIX_MISTAKES:
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    write_office(tmp_path, text)
    lines = text.splitlines()
    wanted = {
        next(n for n, line in enumerate(lines, 1) if wrong.strip() in line)
        for _, wrong in SIX_MISTAKES
    }

    assert told(desksim, ["validate", "office.yaml"]) == 2

    out, err = capsys.readouterr()
    *problems, count = err.splitlines()
    assert out == ""
    assert {int(problem.split(":")[1]) for problem in problems} == wanted
    assert count == "6 problems"
    assert "did you mean 'cost_center'?" in err
    assert "Traceback" not in err


def test_a_missing_price_is_told_with_the_nearest_and_what_to_do(
    capsys: Capture, tmp_path: Path
) -> None:
    write_office(tmp_path, TEXT.replace("bundle: value", "bundle: value\n    os: rocky"))

    assert told(desksim, ["validate", "office.yaml"]) == 2

    err = capsys.readouterr().err
    assert re.search(
        r"office\.yaml:\d+:\d+: fleets\.part-time\.bundle: no price for "
        r"personal/autostop-hours/value/rocky/included in book us-east-1 .*; nearest known: "
        r"personal/autostop-hours/value/windows/included at 0\.22 USD per hour.*; "
        r"supply one under prices\.add with a source",
        err,
    )


def test_every_file_is_checked_even_after_a_wrong_one(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("version: 1\n", encoding="utf-8")

    assert told(desksim, ["validate", "wrong.yaml", "nowhere.yaml", "office.yaml"]) == 2

    out, err = capsys.readouterr()
    assert out.startswith("office.yaml: ok")
    assert "wrong.yaml:1:1: fleets: expected at least one fleet or pool, got none" in err
    assert "nowhere.yaml:1:1" in err


def test_settings_are_checked_with_the_file(capsys: Capture) -> None:
    assert told(desksim, ["validate", "office.yaml", "-s", "fleets.staff.bundle=huge"]) == 2
    assert "--set[0]:1:" in capsys.readouterr().err


def test_a_plan_to_replay_is_checked_row_by_row(capsys: Capture, tmp_path: Path) -> None:
    rows = (
        "user,arrival,connected_s,ending",
        "ann,2026-09-01T09:00:00Z,3600,logoff",
        "ann,tomorrow,3600,logoff",
        "ann,2026-09-02T09:00:00Z,3600,vanish",
        "ann,2027-09-02T09:00:00Z,3600,logoff",
    )
    (tmp_path / "plan.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_office(tmp_path, TEXT + "replay: {sessions: plan.csv, fleet: staff}\n")

    assert told(desksim, ["validate", "office.yaml"]) == 2

    err = capsys.readouterr().err
    for line in (3, 4, 5):
        assert re.search(rf"plan\.csv:{line}:", err), line
    assert not re.search(r"plan\.csv:2:", err)


# --- show and schema


def test_show_gives_the_situation_at_a_glance(capsys: Capture) -> None:
    assert told(desksim, ["show", "office.yaml"]) == 0

    out = capsys.readouterr().out
    assert out.startswith("small-office\nus-east-1, 2026-09-01 to 2026-09-15 UTC, 14 d\n")
    assert re.search(r"(?m)^part-time +value +windows +included +AutoStop +5$", out)
    assert re.search(r"(?m)^staff +staff +UTC +3$", out)


def test_show_counts_nobody_of_a_recorded_plan(capsys: Capture, tmp_path: Path) -> None:
    """Five users in two fleets, and whoever is in the plan."""
    recorded = "  field:\n    fleet: staff\n    workload: {replay: plan.csv}\n"
    (tmp_path / "plan.csv").touch()
    write_office(tmp_path, TEXT.replace("populations:\n", "populations:\n" + recorded))

    assert told(desksim, ["show", "office.yaml"]) == 0

    out = capsys.readouterr().out
    assert re.search(r"(?m)^staff .* replayed$", out)
    assert re.search(r"(?m)^field +staff +UTC +replayed$", out)
    assert re.search(r"(?m)^staff +staff +UTC +3$", out)


def test_show_resolved_is_a_scenario_file_with_every_setting(
    capsys: Capture, tmp_path: Path
) -> None:
    words = ["--resolved", "--no-origin"]
    assert told(desksim, ["show", "office.yaml", *words, "-s", "seed=9"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"(?m)^seed: 9$", out)
    assert re.search(r"(?m)^  rounding: per_run$", out)

    (tmp_path / "resolved.yaml").write_text(out, encoding="utf-8")
    assert told(desksim, ["show", "resolved.yaml", *words]) == 0
    assert capsys.readouterr().out == out


def test_show_resolved_says_where_each_value_was_written(capsys: Capture, tmp_path: Path) -> None:
    assert told(desksim, ["show", "office.yaml", "--resolved", "-s", "seed=9"]) == 0

    out = capsys.readouterr().out
    assert re.search(r"(?m)^seed: 9 +# --set\[0\]:1$", out)
    assert re.search(r"(?m)^region: us-east-1 +# office\.yaml:4$", out)
    assert re.search(r"(?m)^  rounding: per_run +# default$", out)

    words = ["show", "resolved.yaml", "--resolved", "--no-origin"]
    (tmp_path / "resolved.yaml").write_text(out, encoding="utf-8")
    assert told(desksim, words) == 0
    again = capsys.readouterr().out
    assert told(desksim, ["show", "office.yaml", *words[2:], "-s", "seed=9"]) == 0
    assert capsys.readouterr().out == again


def test_no_origin_alone_is_a_wrong_command(capsys: Capture) -> None:
    assert told(desksim, ["show", "office.yaml", "--no-origin"]) == 2
    assert "--no-origin goes with --resolved" in capsys.readouterr().err


def test_a_file_without_a_price_can_be_shown(capsys: Capture, tmp_path: Path) -> None:
    write_office(tmp_path, TEXT.replace("nat/hour", "nat/day"))

    assert told(desksim, ["show", "office.yaml"]) == 0
    assert told(desksim, ["validate", "office.yaml"]) == 2
    assert "no price for nat/day" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["sweep", "forecast"])
def test_studies_have_schemas_too(kind: str, capsys: Capture) -> None:
    assert told(desksim, ["schema", kind]) == 0
    docs = Path(__file__).resolve().parents[2] / "docs"
    committed = (docs / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == committed


def test_schema_is_one_json_document(capsys: Capture) -> None:
    assert told(desksim, ["schema"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["$schema"].startswith("https://json-schema.org/")
    assert "Fleet" in document["$defs"]


# --- plan


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_plan_is_written_and_runs_again_the_same(capsys: Capture, suffix: str) -> None:
    words = ["plan", "office.yaml", "-o", "people", "--format", suffix]
    assert told(desksim, words) == 0
    plan, users = f"people/plan.{suffix}", f"people/users.{suffix}"
    told_rows = dict(
        re.findall(r"(?m)^(\S+): (\d+) rows$", capsys.readouterr().out.replace(",", ""))
    )
    assert told_rows == {plan: str(len(read_table(plan))), users: "8"}

    assert told(desksim, ["run", "office.yaml", "--json"]) == 0
    drawn = json.loads(capsys.readouterr().out)
    replay = ["--plan", plan, "--users", users]
    assert told(desksim, ["run", "office.yaml", "--json", *replay]) == 0
    replayed = json.loads(capsys.readouterr().out)

    for part in ("size", "logons", "availability", "concurrency"):
        assert replayed[part] == drawn[part], part
    assert replayed["cost"] == drawn["cost"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_plan_goes_to_the_file_that_is_named(
    capsys: Capture, tmp_path: Path, suffix: str
) -> None:
    """Exactly that file, and the users beside it; with the bytes that a folder would get."""
    assert told(desksim, ["plan", "office.yaml", "--out", f"people/monday.{suffix}"]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"(?m)^(\S+): [\d,]+ rows$", out) == [
        f"people/monday.{suffix}",
        f"people/users.{suffix}",
    ]
    files = sorted(path.name for path in (tmp_path / "people").iterdir())
    assert files == [f"monday.{suffix}", f"users.{suffix}"]

    assert told(desksim, ["plan", "office.yaml", "-o", "folder", "--format", suffix]) == 0
    for one, other in (("monday", "plan"), ("users", "users")):
        named = tmp_path / "people" / f"{one}.{suffix}"
        assert named.read_bytes() == (tmp_path / "folder" / f"{other}.{suffix}").read_bytes()


def test_a_folder_may_be_called_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "all.csv").mkdir()
    assert told(desksim, ["plan", "office.yaml", "-o", "all.csv"]) == 0
    assert sorted(path.name for path in (tmp_path / "all.csv").iterdir()) == [
        "plan.csv",
        "users.csv",
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["-o", "plan.parquet", "--format", "csv"], "expected a file that ends in .csv"),
        (["-o", "users.csv"], "'users.csv' is that of its users"),
    ],
)
def test_files_that_would_be_something_else_are_refused(
    capsys: Capture, tmp_path: Path, words: list[str], problem: str
) -> None:
    before = sorted(tmp_path.iterdir())
    assert told(desksim, ["plan", "office.yaml", *words]) == 2
    assert problem in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_the_plan_of_another_replication_is_another(capsys: Capture) -> None:
    for number, folder in (("0", "a"), ("1", "b")):
        assert told(desksim, ["plan", "office.yaml", "-o", folder, "--replication", number]) == 0

    assert capsys.readouterr().err == ""
    assert Path("a/plan.csv").read_bytes() != Path("b/plan.csv").read_bytes()
    assert Path("a/users.csv").read_bytes() == Path("b/users.csv").read_bytes()


def test_a_plan_that_cannot_be_written_is_a_sentence(capsys: Capture) -> None:
    Path("file").touch()

    assert told(desksim, ["plan", "office.yaml", "-o", "file"]) == 1
    assert re.fullmatch(r"cannot write file/plan\.csv: .*\n", capsys.readouterr().err)
