"""Many runs of a scenario: the same ones whoever does them, and how many, by which rule."""

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from typing_extensions import override

import sim
from sim.api.errors import ResultError, StudyError
from sim.api.folder import ESTIMATES, OBSERVATIONS, STUDY, is_result
from sim.api.observing import observations
from sim.api.page import contents
from sim.study.execution import Executor, Outcome, Processes, Serial, Task
from sim.study.execution.tasks import Work
from tests.small_office import TEXT, with_pools, write_office

SHORT = TEXT.replace("horizon: 14 d", "horizon: 2 d").replace("warm_up: 1 d\n", "")
"""Two days of the office."""
FILES = (STUDY, OBSERVATIONS, ESTIMATES)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    return sim.load(write_office(tmp_path_factory.mktemp("office"), SHORT))


@pytest.fixture(scope="module")
def study(office: sim.Scenario) -> sim.Study:
    return sim.replicate(office, 3, executor=Serial())


def study_files(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


# --- the same runs


@pytest.mark.parametrize("where", [Serial(), Processes(1), Processes(2)], ids=["here", "1", "2"])
def test_it_is_the_same_to_the_byte_wherever_the_runs_are_done(
    where: Executor, office: sim.Scenario, study: sim.Study, tmp_path: Path
) -> None:
    study.write(tmp_path / "one")
    sim.replicate(office, 3, executor=where, out=tmp_path / "other")
    assert study_files(tmp_path / "one") == study_files(tmp_path / "other")


def test_replication_k_is_the_run_that_has_this_number(
    office: sim.Scenario, study: sim.Study
) -> None:
    for number, seen in enumerate(study.runs):
        assert seen == observations(sim.run(office, replication=number, facts=False))
    assert study.runs[0] != study.runs[1] != study.runs[2]


def test_more_runs_change_no_earlier_one(office: sim.Scenario, study: sim.Study) -> None:
    assert sim.replicate(office, 2, executor=Serial()).runs == study.runs[:2]


def test_pools_and_a_function_of_the_users_own_go_with_a_run_to_another_process(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text("def decide(seen):\n    return 4\n")
    text = with_pools(SHORT).replace("{target_tracking: 75 %}", "{policy: 'mine:decide'}")
    file = write_office(tmp_path, text)
    here = sim.replicate(file, 2, executor=Serial())
    assert sim.replicate(file, 2, executor=Processes(1)).runs == here.runs


# --- how many


def test_a_scenario_says_how_many_runs_it_wants(office: sim.Scenario) -> None:
    asked = office.with_overrides("replications=2")
    assert len(sim.replicate(asked, executor=Serial()).runs) == 2
    assert len(sim.replicate(asked, 3, executor=Serial()).runs) == 3


def test_one_run_has_no_interval_and_says_so(office: sim.Scenario) -> None:
    alone = sim.replicate(office, 1, executor=Serial())
    assert alone.basis == "one run, no interval"
    assert alone.answer()[0].endswith(
        "USD (one run has no interval) from 2026-09-01 to 2026-09-03, over one run."
    )
    assert {*alone.estimates["n"]} == {1}
    assert alone.estimates["low"].isna().all()


@dataclass
class Told:
    """What was said of how far it is."""

    said: list[tuple[str, float]] = field(default_factory=list)

    def __call__(self, what: str, share: float) -> None:
        self.said.append((what, share))


def until(
    office: sim.Scenario, part: float, measures: Sequence[str] = ("cost",), *, least: int, most: int
) -> sim.Study:
    return sim.replicate(
        office, until=part, measures=measures, least=least, most=most, executor=Serial()
    )


def test_it_stops_at_the_first_look_when_all_is_known_well_enough(office: sim.Scenario) -> None:
    found = until(office, 0.5, least=13, most=40)
    assert len(found.runs) == 13
    assert found.rule == "runs were added until they gave cost to 50 %"
    assert "Runs were added until they gave cost to 50 %." in found.answer()
    assert found.basis == f"13 runs, 95 % intervals ({found.rule})"


def test_it_stops_at_the_most_runs_and_says_what_is_not_known(office: sim.Scenario) -> None:
    keys = ("cost", "wait_mean_s[staff]", "logon_success")
    found = until(office, 0.00001, keys, least=2, most=4)
    assert len(found.runs) == 4
    assert found.rule == "the most runs allowed do not give cost and mean wait of staff to 0.001 %"


def test_reaching_it_with_the_last_run_allowed_is_reaching_it(office: sim.Scenario) -> None:
    assert until(office, 0.5, least=13, most=13).rule.startswith("runs were added until")


def test_what_no_run_says_anything_about_is_not_waited_for_but_said(office: sim.Scenario) -> None:
    both = until(office, 0.5, ("cost", "cost_per_month"), least=13, most=40)
    unknown = "no run says anything about cost per month"
    assert both.rule == f"runs were added until they gave cost to 50 %, and {unknown}"
    none = until(office, 0.5, ("cost_per_month",), least=2, most=40)
    assert (len(none.runs), none.rule) == (2, unknown)


def test_a_looser_precision_takes_no_more_runs_and_the_same_ones(office: sim.Scenario) -> None:
    fine, coarse = (until(office, part, least=2, most=12) for part in (0.01, 0.2))
    assert len(coarse.runs) <= len(fine.runs)
    assert fine.runs[: len(coarse.runs)] == coarse.runs


@pytest.mark.parametrize(("number", "part"), [(4, None), (None, 0.001)])
def test_progress_is_of_all_runs_and_ends_at_the_whole(
    office: sim.Scenario, number: int | None, part: float | None
) -> None:
    told = Told()
    found = sim.replicate(
        office,
        number,
        until=part,
        measures=["cost"],
        least=2,
        most=14,
        executor=Serial(),
        progress=told,
    )
    runs = [(what, share) for what, share in told.said if what.endswith("runs")]
    assert runs[-1] == (f"{len(found.runs)} of {len(found.runs)} runs", 1.0)
    done = [int(what.split()[0]) for what, _ in runs]
    assert done == sorted(done)
    assert set(done) == set(range(1, len(found.runs) + 1))
    assert all(0 < share <= 1 for _, share in runs)


# --- what is refused, and what fails


def test_both_a_number_and_a_precision_are_refused(office: sim.Scenario) -> None:
    with pytest.raises(ValueError, match=r"^expected replications or until, got both$"):
        sim.replicate(office, 2, until=0.02)


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("wait_p59_s", "there is no measure 'wait_p59_s'; did you mean 'wait_p99_s'?"),
        (
            "cost[stuff]",
            "there is no fleet or pool 'stuff' for 'cost[stuff]'; did you mean 'staff'?",
        ),
    ],
)
def test_a_measure_that_there_is_not_is_refused_before_anything_is_run(
    office: sim.Scenario, measure: str, message: str
) -> None:
    told = Told()
    with pytest.raises(ResultError) as caught:
        sim.replicate(office, until=0.02, measures=[measure], progress=told)
    assert str(caught.value) == message
    assert not told.said


FAILS = """\
def decide(seen):
    import pathlib
    place = pathlib.Path(__file__).with_name("count")
    place.touch()
    return 3 if len(place.read_text()) < 1 else 1 / 0
"""


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """An office whose policy fails once a file beside it says so."""
    (tmp_path / "mine.py").write_text(FAILS)
    text = with_pools(SHORT).replace("{target_tracking: 75 %}", "{policy: 'mine:decide'}")
    return write_office(tmp_path, text)


class FailsLater(Serial):
    """Does tasks here, after something has happened that they do not survive."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @override
    def outcomes(self, work: Work, tasks: Iterable[Task]) -> Generator[Outcome, None, None]:
        self.place.write_text("x")
        yield from super().outcomes(work, tasks)


def test_a_run_that_fails_is_named_and_leaves_the_older_result(
    failing: Path, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    sim.run(failing, out=out)
    before = (out / "summary.json").read_bytes()
    with pytest.raises(StudyError, match=r"(?s)^replication 1 failed: .*division by zero"):
        sim.replicate(failing, 3, executor=FailsLater(tmp_path / "count"), out=out)
    assert (out / "summary.json").read_bytes() == before
    assert not (out / STUDY).exists()
    assert not list(tmp_path.glob(".*.part"))


# --- what it says


def test_its_tables_hold_what_it_says(study: sim.Study) -> None:
    frame = study.estimates.set_index(["measure", "fleet"])
    for fleet in ("", "staff", "part-time"):
        for measure, found in study.of(fleet):
            row = frame.loc[[(measure.name, fleet)]].iloc[0]
            assert (row["value"], row["n"], row["method"]) == (found.value, found.n, found.method)
            assert (row["unit"], row["level"]) == (measure.unit, found.level)
    told = study.observations
    assert len(told) == sum(len(run) for run in study.runs)
    costs = told[(told["measure"] == "cost") & (told["fleet"] == "")]
    assert list(costs["replication"]) == [0, 1, 2]
    assert costs["value"].mean() == pytest.approx(study.estimate("cost").value)
    assert study.estimate("cost", "staff").value == frame.loc[("cost", "staff"), "value"]
    assert [*study.quantiles.columns[:3]] == ["percent", "measure", "fleet"]
    with pytest.raises(KeyError):
        study.estimate("cost_per_month")


def test_it_is_shown_by_its_cost(study: sim.Study) -> None:
    assert repr(study).startswith("<Study small-office: ")
    assert "3 runs, 95 % intervals" in repr(study)
    assert study.answer()[0] in study._repr_html_()


def test_few_and_skewed_runs_are_minded_in_one_sentence(study: sim.Study) -> None:
    warned = [
        key
        for key in ("cost", "wait_p50_s", "wait_p95_s", "delivered_minutes")
        if study.estimate(key).has("skewed")
    ]
    minded = [sentence for sentence in study.answer() if sentence.startswith("Mind: ")]
    assert warned
    assert len(minded) == 1


def test_the_level_is_that_of_every_interval(office: sim.Scenario, study: sim.Study) -> None:
    wide, narrow = study.estimate("cost"), sim.Study(office, study.runs, level=0.8).estimate("cost")
    assert wide.low < narrow.low < narrow.high < wide.high  # type: ignore[operator] # there is one
    assert "80 % intervals" in sim.Study(office, study.runs, level=0.8).basis


# --- the folder


def test_its_folder_has_the_first_run_in_full_and_says_so(
    study: sim.Study, office: sim.Scenario, tmp_path: Path
) -> None:
    sim.replicate(office, 3, executor=Serial(), out=tmp_path / "many")
    sim.run(office, out=tmp_path / "one")
    assert is_result(tmp_path / "many")
    for name in ("charges.csv", "invoice.csv", "resolved.yaml", "facts/logons.parquet"):
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()
    one, many = (
        json.loads((tmp_path / name / "summary.json").read_text()) for name in ("one", "many")
    )
    assert one.pop("basis") == "one run, no interval"
    assert many.pop("basis") == "the first of 3 runs, which alone has no interval"
    assert one == many
    assert json.loads((tmp_path / "many" / STUDY).read_text()) == study.summary


def test_a_study_takes_the_place_of_a_run_and_a_run_that_of_a_study(
    office: sim.Scenario, tmp_path: Path
) -> None:
    out = tmp_path / "result"
    for _ in range(2):
        sim.replicate(office, 2, executor=Serial(), out=out, facts="all")
        assert is_result(out / "replication-0001")
        sim.run(office, out=out)
        assert {path.name for path in out.iterdir()}.isdisjoint({*FILES, "replication-0001"})


def test_what_somebody_put_into_the_folder_of_another_run_is_not_thrown_away(
    office: sim.Scenario, tmp_path: Path
) -> None:
    sim.replicate(office, 2, executor=Serial(), out=tmp_path / "a", facts="all")
    (tmp_path / "a/replication-0001/notes.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        sim.run(office, out=tmp_path / "a")


def test_all_runs_in_full_are_what_each_alone_would_be(
    office: sim.Scenario, study: sim.Study, tmp_path: Path
) -> None:
    sim.replicate(office, 3, executor=Processes(2), out=tmp_path / "all", facts="all")
    sim.run(office, replication=2, out=tmp_path / "two")
    kept = tmp_path / "all/replication-0002"
    for path in (tmp_path / "two").rglob("*.*"):
        assert path.read_bytes() == (kept / path.relative_to(tmp_path / "two")).read_bytes()
    assert json.loads((tmp_path / "all" / STUDY).read_text()) == study.summary


def test_without_facts_there_are_still_estimates(office: sim.Scenario, tmp_path: Path) -> None:
    found = sim.replicate(office, 2, executor=Serial(), out=tmp_path / "a", facts=False)
    assert not (tmp_path / "a/facts").exists()
    written = pd.read_csv(tmp_path / "a" / ESTIMATES, keep_default_na=False)
    assert list(written["text"]) == list(found.estimates["text"])


def test_facts_of_all_runs_need_a_folder(office: sim.Scenario) -> None:
    with pytest.raises(ValueError, match="expected a folder"):
        sim.replicate(office, 2, facts="all")


# --- the page


def test_the_page_of_the_first_run_begins_with_the_answer_of_all(study: sim.Study) -> None:
    assert study.first is not None
    page = contents(study.first)
    assert page.study is not None
    assert list(page.study.answer) == study.answer()
    assert page.basis == study.first.summary["basis"]
    assert len(page.study.estimates) == len(study.keys)
    assert [(row.fleet, row.measure) for row in page.study.at_most][:5] == [
        ("", "10 %"),
        ("", "50 %"),
        ("", "90 %"),
        ("", "95 %"),
        ("staff", "10 %"),
    ]
    pictures = [drawing for drawing in page.drawings if drawing.topic == "sure"]
    assert [drawing.title for drawing in pictures] == [
        "What each run costs",
        "What 95 % of the people of each run wait at most",
    ]  # what each delivers is the same in all


def test_a_run_alone_has_no_study(office: sim.Scenario) -> None:
    assert contents(sim.run(office)).study is None
