"""`desksim cloudwatch`: a written result, asked as CloudWatch is asked."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.api.datapoints import COLUMNS
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.storage import read_table
from sim.study.cloudwatch import ABSENT, OF_DESKTOPS, OF_DIRECTORY, OF_POOLS, STATISTICS
from tests.commands import DESKSIM, environment
from tests.small_office import TEXT, with_pools, write_office

Capture = pytest.CaptureFixture[str]
Row = dict[str, str]

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small office with its pools, run and written: eight desktops, two weeks."""
    folder = tmp_path_factory.mktemp("cloudwatch")
    text = TEXT.replace("horizon: 14 d", "horizon: 3 d")
    sim.run(write_office(folder, with_pools(text)), out=folder / "result")
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return folder / "result"


def ask(capsys: Capture, *words: object) -> str:
    """The answer to a question that makes sense."""
    code = told(desksim, ["cloudwatch", *map(str, words)])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text)))


def wrong(capsys: Capture, *words: object) -> str:
    """What is said of a question that does not."""
    code = told(desksim, ["cloudwatch", *map(str, words)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    return err.strip()


# --- rows


def test_everything_is_asked_by_default(capsys: Capture, run: Path) -> None:
    """All metrics of the directory, then those of each pool, in 300 s."""
    found = rows(ask(capsys, run))

    assert list(found[0]) == list(COLUMNS)
    assert {row["period_s"] for row in found} == {"300"}
    named = list(dict.fromkeys((row["dimension"], row["resource"], row["metric"]) for row in found))
    # Nobody's device is checked, and so nothing is to be told of the three metrics of devices.
    desktops = [("DirectoryId", "small-office", name) for name in OF_DESKTOPS]
    pools = [("Pool", pool, name) for pool in ("lab", "agents") for name in OF_POOLS]
    assert named == desktops + pools


def test_timestamps_are_the_beginnings_of_periods(capsys: Capture, run: Path) -> None:
    found = rows(ask(capsys, run, "--metric", "Available"))
    start = datetime(2026, 9, 1, tzinfo=UTC)

    assert [row["timestamp"] for row in found] == [
        (start + timedelta(minutes=5 * n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(3 * 288)
    ]


def test_all_desktops_are_the_sum_of_each(capsys: Capture, run: Path) -> None:
    """And of those of each user, running mode, compute type and protocol."""
    names = list(facts(run, "desktops")["name"])
    assert len(names) == 8
    sums: dict[str, defaultdict[tuple[str, str], float]] = {}
    for what, options in {
        "all": [[]],
        "each": [["--desktop", name] for name in names],
        "users": [["--user", name.removeprefix("ws-")] for name in names],
        "modes": [["--running-mode", mode] for mode in ("AlwaysOn", "AutoStop")],
        "types": [["--compute-type", name] for name in ("STANDARD", "VALUE")],
        "protocols": [["--protocol", name] for name in ("WSP", "PCOIP")],
    }.items():
        total: defaultdict[tuple[str, str], float] = defaultdict(float)
        for one in options:
            for row in rows(ask(capsys, run, *one)):
                for statistic in ("SampleCount", "Sum"):
                    if row["metric"] in OF_DESKTOPS and row[statistic]:
                        key = (f"{row['metric']} {statistic}", row["timestamp"])
                        total[key] += float(row[statistic])
        sums[what] = total

    for parts in ("each", "users", "modes", "types", "protocols"):
        assert sums[parts] == pytest.approx(sums["all"]), parts


def facts(run: Path, name: str) -> Any:
    return read_table(run / "facts" / f"{name}.parquet")


def test_user_connected_covers_the_sessions(capsys: Capture, run: Path) -> None:
    """Of each desktop: no session without its slots, and none in slots without a session.

    Each slot of a session is 1, so there are at least as many of them as 5 min fit into it, and at
    most two more.
    """
    sessions = facts(run, "sessions")
    for number, name in enumerate(facts(run, "desktops")["name"]):
        found = rows(ask(capsys, run, "--metric", "UserConnected", "--desktop", name))
        touched = {row["timestamp"] for row in found if float(row["Maximum"])}
        mine = sessions[(sessions["desktop"] == number) & (sessions["disconnected_ms"] > 0)]
        spans = [
            (max(begin, 0), end)
            for begin, end in zip(mine["connected_ms"], mine["disconnected_ms"], strict=True)
        ]
        expected = {
            (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=5 * slot)).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )
            for begin, end in spans
            for slot in range(int(begin) // 300_000, (int(end) - 1) // 300_000 + 1)
        }
        assert touched == expected
        whole = sum((end - begin) / 300_000 for begin, end in spans)
        assert whole <= len(touched) <= whole + 2 * len(spans)


def test_a_window_and_a_statistic_are_as_asked(capsys: Capture, run: Path) -> None:
    words = (
        "-m Stopped --statistic Sum --period 3600 --from 2026-09-02T06:00Z --to 2026-09-02T08:00Z"
    )
    found = rows(ask(capsys, run, *words.split()))

    assert [row["timestamp"] for row in found] == ["2026-09-02T06:00:00Z", "2026-09-02T07:00:00Z"]
    # five desktops of part-timers, twelve samples an hour
    assert [row["Sum"] for row in found] == ["60.0", "60.0"]
    assert all(row[name] == "" for row in found for name in STATISTICS if name != "Sum")


def test_a_desktop_may_be_named_by_its_user(capsys: Capture, run: Path) -> None:
    by_name = ask(capsys, run, "-m", "Available", "--desktop", "ws-staff-00001")
    by_user = ask(capsys, run, "-m", "Available", "--desktop", "staff-00001")

    assert by_user == by_name
    assert rows(by_user)[0]["resource"] == "ws-staff-00001"
    assert rows(by_user)[0]["dimension"] == "WorkspaceId"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Part-timers become Power on the second day; three clients in five stream by PCoIP."""
    folder = tmp_path_factory.mktemp("mixed")
    clients = "clients: {laptop: {share: 40 %}, zero: {share: 60 %, protocol: pcoip}}"
    whom = "fleet: part-time, share: 100 %"
    change = f"{{at: 2026-09-02T06:30Z, {whom}, operation: change-compute, to: power}}"
    text = TEXT.replace("horizon: 14 d", "horizon: 3 d")
    text = text.replace("    fleet: part-time\n", f"    fleet: part-time\n    {clients}\n")
    sim.run(write_office(folder, f"{text}operations:\n  - {change}\n"), out=folder / "result")
    return folder / "result"


def counted(run: Path, desktops: dict[int, list[tuple[int, int]]]) -> dict[str, float]:
    """How many of some desktops are available in each hour, counted sample by sample (x 12).

    Args:
        run: a result of three days.
        desktops: for each the times in which it counts [ms].
    """
    states = facts(run, "desktop_states")
    mine = states[(states["state"] == "available") & states["desktop"].isin(list(desktops))]
    spans = mine[["desktop", "begin_ms", "end_ms"]].to_numpy().tolist()
    found: defaultdict[str, float] = defaultdict(float)
    for slot in range(3 * 288):
        last = (slot + 1) * 300_000 - 1
        hour = (datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=slot // 12)).isoformat()
        for desktop, begin, end in spans:
            held = any(since <= last < until for since, until in desktops[desktop])
            found[hour.replace("+00:00", "Z")] += held and begin <= last < end
    return {hour: number for hour, number in found.items() if number}


def by_compute_type(run: Path, name: str) -> dict[int, list[tuple[int, int]]]:
    terms = facts(run, "desktop_terms")
    held: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    mine = terms[terms["bundle"] == name.lower()][["desktop", "begin_ms", "end_ms"]]
    for desktop, begin, end in mine.to_numpy().tolist():
        held[desktop].append((begin, end))
    return held


def by_protocol(run: Path, name: str) -> dict[int, list[tuple[int, int]]]:
    """All of the run, of those whose user's client streams by it: the staff's by DCV."""
    sessions = facts(run, "sessions")
    clients = json.loads((run / "summary.json").read_text(encoding="utf-8"))["size"]["clients"]
    zero = set(sessions[sessions["client"] == clients.index("zero")]["desktop"])
    assert 0 < len(zero) < 5
    mine = zero if name == "PCOIP" else set(range(8)) - zero
    return {desktop: [(-(10**9), 10**9)] for desktop in mine}


def by_user(run: Path, name: str) -> dict[int, list[tuple[int, int]]]:
    names = list(facts(run, "desktops")["name"])
    return {names.index(f"ws-{name}"): [(-(10**9), 10**9)]}


@pytest.mark.parametrize(
    ("dimension", "value", "holding"),
    [
        ("ComputeType", "STANDARD", by_compute_type),
        ("ComputeType", "VALUE", by_compute_type),
        ("ComputeType", "POWER", by_compute_type),
        ("Protocol", "WSP", by_protocol),
        ("Protocol", "PCOIP", by_protocol),
        ("UserName", "part-time-00002", by_user),
    ],
)
def test_a_dimension_counts_what_one_would_count(
    capsys: Capture, mixed: Path, dimension: str, value: str, holding: Any
) -> None:
    """Sample by sample, in rows and in the form of the service's answers."""
    expected = counted(mixed, holding(mixed, value))
    options = {"ComputeType": "--compute-type", "Protocol": "--protocol", "UserName": "--user"}
    option = options[dimension]
    words = (mixed, "-m", "Available", option, value, "--period", "3600", "--statistic", "Sum")
    found = rows(ask(capsys, *words))
    assert {(row["dimension"], row["resource"]) for row in found} == {(dimension, value)}
    told = {row["timestamp"]: float(row["Sum"]) for row in found if float(row["Sum"])}
    assert told == expected

    (result,) = answered(capsys, *words)
    points = zip(result["Timestamps"], result["Values"], strict=True)
    assert {when: number for when, number in points if number} == expected
    assert expected


def test_the_scenarios_words_are_understood_too(capsys: Capture, mixed: Path) -> None:
    for option, word, value in (
        ("--protocol", "dcv", "WSP"),
        ("--protocol", "pcoip", "PCOIP"),
        ("--compute-type", "power", "POWER"),
        ("--compute-type", "generalpurpose.4xlarge", "GENERALPURPOSE_4XLARGE"),
    ):
        assert ask(capsys, mixed, option, word) == ask(capsys, mixed, option, value)


def test_pools_say_what_their_table_says(capsys: Capture, run: Path) -> None:
    """In periods of a minute each sample stands for itself."""
    metrics = rows((run / "pool_metrics.csv").read_text(encoding="utf-8"))
    found = rows(ask(capsys, run, "--pool", "agents", "--period", "60"))
    seen = {(row["metric"], row["timestamp"]): row["Average"] for row in found}
    written = {
        (name, row["timestamp"]): row[name]
        for row in metrics
        for name in OF_POOLS
        if row["pool"] == "agents" and row[name]
    }

    assert {key: float(value) for key, value in seen.items()} == {
        key: float(value) for key, value in written.items()
    }


# --- JSON, as get-metric-data prints it


def answered(capsys: Capture, *words: object) -> list[dict[str, Any]]:
    """The results of a document that has the documented shape, and nothing else.

    Response syntax of GetMetricData (CloudWatch API reference): a list of results and one of
    messages; a result has Id, Label, Timestamps, Values, StatusCode and, seldom, Messages.
    """
    document = json.loads(ask(capsys, *words, "--format", "json"))
    assert set(document) == {"MetricDataResults", "Messages"}
    assert document["Messages"] == []
    results: list[dict[str, Any]] = document["MetricDataResults"]
    for result in results:
        assert list(result) == ["Id", "Label", "Timestamps", "Values", "StatusCode"]
        # MetricDataQuery: an Id begins with a lower-case letter; letters, numbers, underscores.
        assert re.fullmatch(r"[a-z][a-zA-Z0-9_]{0,254}", result["Id"])
        assert result["StatusCode"] == "Complete"
        assert len(result["Timestamps"]) == len(result["Values"])
        assert all(type(value) is float for value in result["Values"])
        instants = [datetime.fromisoformat(at) for at in result["Timestamps"]]
        assert all(at.tzinfo is not None and at.second == 0 for at in instants)
    assert len({result["Id"] for result in results}) == len(results)
    return results


def test_the_document_has_the_documented_shape(capsys: Capture, run: Path) -> None:
    results = answered(capsys, run)

    each = sum(len(metric.statistics) for metric in {**OF_DESKTOPS, **OF_DIRECTORY}.values())
    pools = 2 * sum(len(metric.statistics) for metric in OF_POOLS.values())
    assert len(results) == each + pools


def test_the_newest_point_comes_first_as_it_does_from_the_service(
    capsys: Capture, run: Path
) -> None:
    """ScanBy is TimestampDescending when nobody says otherwise."""
    words = (run, "-m", "UserConnected", "--statistic", "Maximum", "--desktop", "ws-staff-00001")
    (newest,) = answered(capsys, *words)
    (oldest,) = answered(capsys, *words, "--scan-by", "TimestampAscending")

    assert newest["Timestamps"] == sorted(newest["Timestamps"], reverse=True)
    assert oldest["Timestamps"] == newest["Timestamps"][::-1]
    assert oldest["Values"] == newest["Values"][::-1]
    assert newest["Label"] == "UserConnected"


def test_labels_say_what_tells_results_apart(capsys: Capture, run: Path) -> None:
    found = answered(capsys, run, "-m", "InsufficientCapacityError", "--statistic", "Sum")
    assert [(result["Id"], result["Label"]) for result in found] == [
        ("insufficientCapacityError_sum", "lab InsufficientCapacityError"),
        ("insufficientCapacityError_sum_2", "agents InsufficientCapacityError"),
    ]

    found = answered(capsys, run, "-m", "Stopped", "--statistic", "Sum", "--statistic", "Average")
    assert [result["Label"] for result in found] == ["Stopped Sum", "Stopped Average"]


def test_a_reader_made_for_the_service_counts_connected_hours(capsys: Capture, run: Path) -> None:
    """As AWS's Cost Optimizer does: the 5-minute points with Maximum 1, twelve to the hour."""
    (result,) = answered(
        capsys, run, "-m", "UserConnected", "--statistic", "Maximum", "--desktop", "ws-staff-00001"
    )
    points = dict(zip(result["Timestamps"], result["Values"], strict=True))
    hours = sum(value == 1 for value in points.values()) / 12

    sessions = facts(run, "sessions")
    mine = sessions[(sessions["desktop"] == 1) & (sessions["arrival_ms"] >= 0)]
    truth = (mine["disconnected_ms"] - mine["connected_ms"]).sum() / 3_600_000
    assert truth < hours < truth + len(mine) / 6


def test_rows_and_document_say_the_same(capsys: Capture, run: Path) -> None:
    words = (run, "-m", "SessionLaunchTime", "--statistic", "Average")
    found = rows(ask(capsys, *words))
    (result,) = answered(capsys, *words, "--scan-by", "TimestampAscending")

    assert [row["timestamp"] for row in found] == result["Timestamps"]
    assert [float(row["Average"]) for row in found] == result["Values"]


# --- files


def test_a_file_is_what_would_be_printed(capsys: Capture, run: Path, tmp_path: Path) -> None:
    printed = ask(capsys, run, "-m", "Available")
    assert ask(capsys, run, "-m", "Available", "-o", tmp_path / "points.csv") == ""
    assert (tmp_path / "points.csv").read_text(encoding="utf-8") == printed

    assert ask(capsys, run, "-m", "Available", "-o", tmp_path / "points.json") == ""
    document = json.loads((tmp_path / "points.json").read_text(encoding="utf-8"))
    assert len(document["MetricDataResults"]) == 5


def test_a_question_that_makes_no_sense_leaves_the_file_as_it_was(
    capsys: Capture, run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "points.csv"
    file.write_text("mine", encoding="utf-8")

    wrong(capsys, run, "--period", "90", "-o", file)

    assert file.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("words", [["-o", "points.txt"], ["-o", "a.csv", "--format", "json"]])
def test_a_file_of_another_kind_is_refused(capsys: Capture, run: Path, words: list[str]) -> None:
    assert "expected a file that ends in ." in wrong(capsys, run, *words)


def test_whoever_reads_the_answer_may_stop_early(run: Path) -> None:
    """`desksim cloudwatch RUN | head -1` complains about nothing."""
    command = [*DESKSIM, "cloudwatch", str(run)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == ",".join(COLUMNS) + "\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


# --- what is refused


def test_an_unknown_metric_is_refused_with_the_nearest(capsys: Capture, run: Path) -> None:
    assert wrong(capsys, run, "-m", "UserConected") == (
        "unknown metric 'UserConected'; nearest: UserConnected"
    )


@pytest.mark.parametrize("metric", list(ABSENT))
def test_a_metric_that_a_run_cannot_tell_is_refused_and_said_so(
    capsys: Capture, run: Path, metric: str
) -> None:
    assert wrong(capsys, run, "-m", metric).startswith(f"{metric} is not determined by a run: ")


@pytest.mark.parametrize("period", ["0", "-60", "1", "90", "299"])
def test_a_period_is_a_number_of_minutes(capsys: Capture, run: Path, period: str) -> None:
    assert wrong(capsys, run, "--period", period) == (
        f"expected a period of 60 s or a multiple of it, got {period}"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--desktop ws-staff-0001", "unknown desktop 'ws-staff-0001'; nearest: ws-staff-00001"),
        ("--desktop agents-00001", "agents-00001 is a user of the pool agents and has no desktop"),
        ("--pool agent", "unknown pool 'agent'; nearest: agents"),
        ("--running-mode Auto", "unknown running mode 'Auto'; nearest: AutoStop"),
        ("--statistic average", "unknown statistic 'average'; nearest: Average"),
        (
            "-m SessionLaunchTime --statistic Sum",
            "CloudWatch has no Sum of SessionLaunchTime; it has SampleCount, Average, Minimum",
        ),
        ("--user agents-00001", "agents-00001 is a user of the pool agents and has no desktop"),
        ("--user staff-9", "unknown user 'staff-9'; nearest: staff-0000"),
        ("--compute-type POWRE", "unknown compute type 'POWRE'; nearest: POWER"),
        ("--protocol rdp", "unknown protocol 'rdp'; known: WSP, PCOIP"),
        ("--pool agents --desktop ws-staff-00001", "got several of them: desktop and pool"),
        ("--compute-type POWER --protocol WSP", "several of them: compute type and protocol"),
        ("-m UserConnected --pool agents", "UserConnected is a metric of desktops, not of"),
        ("-m InsufficientCapacityError --running-mode AutoStop", "is a metric of pools, not of"),
        (
            "-m TrustedDeviceValidationAttempt --desktop ws-staff-00001",
            "is a metric of the whole directory, not of",
        ),
        ("--from 2026-08-01", "expected an instant from 2026-08-31T00:00:00Z to"),
        ("--from 2026-08-31", "nothing was measured before 2026-09-01T00:00:00Z, got 2026-08-31"),
        ("--from 2026-09-02 --to 2026-09-02", "expected a beginning before the end"),
        ("--from 09:00", "expected a date such as 2026-09-01"),
    ],
)
def test_what_makes_no_sense_is_refused(capsys: Capture, run: Path, words: str, said: str) -> None:
    assert said in wrong(capsys, run, *words.split())


def test_a_run_without_pools_has_no_metrics_of_pools(capsys: Capture, tmp_path: Path) -> None:
    sim.run(write_office(tmp_path), out=tmp_path / "result")

    assert wrong(capsys, tmp_path / "result", "-m", "InsufficientCapacityError") == (
        "InsufficientCapacityError is a metric of pools, and this run has none"
    )


def test_a_folder_must_be_a_result(capsys: Capture, run: Path, tmp_path: Path) -> None:
    expected = "expected a folder that `desksim run` wrote, found"
    assert wrong(capsys, tmp_path) == f"{tmp_path}: {expected} no summary.json in it"
    assert wrong(capsys, tmp_path / "no") == f"{tmp_path / 'no'}: {expected} nothing"
    file = run / "summary.json"
    assert wrong(capsys, file) == f"{file}: {expected} a file"

    (tmp_path / "summary.json").write_text('{"schema": "other/1"}', encoding="utf-8")
    assert wrong(capsys, tmp_path).endswith("expected the schema desksim/run/1, found other/1")
    (tmp_path / "summary.json").write_text("no JSON", encoding="utf-8")
    assert wrong(capsys, tmp_path).endswith("expected the schema desksim/run/1, found None")


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """A result to be damaged."""
    shutil.copytree(run, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_result_without_facts_cannot_be_asked(capsys: Capture, copy: Path) -> None:
    shutil.rmtree(copy / "facts")

    assert wrong(capsys, copy) == (
        f"{copy}: this result has no facts; run the scenario again with --facts full"
    )


def test_damaged_files_are_told_by_name(capsys: Capture, copy: Path) -> None:
    (copy / "facts" / "sessions.parquet").write_bytes(b"nonsense")
    assert "sessions.parquet: expected facts as Parquet" in wrong(
        capsys, copy, "-m", "InSessionLatency"
    )
    assert ask(capsys, copy, "-m", "Available")

    document = json.loads((copy / "summary.json").read_text(encoding="utf-8"))
    del document["scenario"]["start"]
    (copy / "summary.json").write_text(json.dumps(document), encoding="utf-8")
    assert wrong(capsys, copy).endswith("summary.json: expected 'start', which is not there")


def test_run_is_missing_only_where_it_is_needed(capsys: Capture) -> None:
    assert "Missing argument 'RUN'" in wrong(capsys)


# --- the list, and the page about it


def test_the_list_names_all_and_what_is_absent(capsys: Capture) -> None:
    found = ask(capsys, "--list")

    for name in (*OF_DESKTOPS, *OF_DIRECTORY, *OF_POOLS, *ABSENT):
        assert re.search(rf"(?m)^{name} ", found), name


def test_the_page_names_all_and_what_is_absent() -> None:
    page = (DOCS / "cloudwatch.md").read_text(encoding="utf-8")

    for metric in {**OF_DESKTOPS, **OF_DIRECTORY, **OF_POOLS}.values():
        (line,) = re.findall(rf"(?m)^\| `{metric.name}` \|.*$", page)
        assert f"| {metric.unit} |" in line
        offered = re.findall(r"SampleCount|Average|Sum|Minimum|Maximum", line.split("|")[3])
        assert sorted(offered) == sorted(metric.statistics)
    for name in ABSENT:
        assert f"`{name}`" in page


# --- in Python


def test_a_run_in_memory_gives_the_same_table(capsys: Capture, folder: Path, run: Path) -> None:
    """What is in memory and what was written are two ways to the same facts."""
    again = sim.run(folder / "office.yaml")
    table = again.cloudwatch("UserConnected", "ConnectionFailure", period=3600)
    printed = ask(capsys, run, "-m", "UserConnected", "-m", "ConnectionFailure", "--period", "3600")

    assert table.to_csv(index=False, lineterminator="\n") == printed


def test_a_run_without_facts_and_a_wrong_question_are_refused(folder: Path) -> None:
    run = sim.run(folder / "office.yaml", facts=False)
    with pytest.raises(LookupError, match="kept no facts"):
        run.cloudwatch()

    run = sim.run(folder / "office.yaml")
    with pytest.raises(ValueError, match="unknown metric 'Availabel'; nearest: Available"):
        run.cloudwatch("Availabel")
    assert list(run.cloudwatch("TrustedDeviceValidationAttempt").columns) == list(COLUMNS)
