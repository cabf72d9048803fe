"""`desksim sweep`: a scenario at many points, done on all cores or a cluster, and kept."""

from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli import options
from sim.cli.errors import DONE, INTERRUPTED, Terminated
from sim.cli.sweep_arguments import (
    RunByDefault,
    WithParameters,
    executor_of,
    parameters_of,
    shard_of,
)
from sim.cli.sweep_findings import frontier, sensitivity
from sim.cli.sweep_screen import rehearsal, results, standing, telling
from sim.cli.terminal import complain, progress

if TYPE_CHECKING:
    from sim.api.sweep_plan import SweepPlan
    from sim.study.execution import Executor


_EXECUTOR = click.option(
    "--executor",
    metavar="WHERE",
    default="processes",
    show_default=True,
    callback=executor_of,
    help="processes, serial (in this process), or a Dask cluster as dask://HOST:PORT.",
)
_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


@click.group(cls=RunByDefault, short_help="Run a scenario at many points; resume, share out.")
def sweep() -> None:
    """Run a scenario at many points, and say which is the cheapest that is good enough.

    \b
    desksim sweep scenarios/studies/autostop-timeout.yaml
    desksim sweep scenarios/remote-office.yaml -P fleets.part-time.autostop_timeout "1 h" "4 h"
    """  # noqa: D301 # \b keeps what follows it as it is


@sweep.command(cls=WithParameters, short_help="Run what is missing of a sweep.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-P",
    "parameters",
    multiple=True,
    callback=parameters_of,
    metavar="KEY VALUE...",
    help="Vary a setting: fleets.office.autostop_timeout '1 h' '2 h'. May be repeated.",
)
@options.overrides("the scenario at each point")
@click.option(
    "--replications", type=click.IntRange(1, 10_000), metavar="NUMBER", help="Runs of each point."
)
@options.out("Where results go, by default reports/NAME. What it has is not done again.")
@options.WORKERS
@_EXECUTOR
@click.option(
    "--shard",
    callback=shard_of,
    default="1/1",
    metavar="I/N",
    help="Do the I-th of N parts; `desksim sweep collect` makes the table of all.",
)
@click.option("--dry-run", is_flag=True, help="Show the points and how long it would take.")
@options.QUIET
@options.NO_PROGRESS
def run(
    *,
    file: Path,
    parameters: list[tuple[str, list[str]]],
    overrides: tuple[str, ...],
    replications: int | None,
    out: Path | None,
    workers: int | None,
    executor: str,
    shard: tuple[int, int],
    dry_run: bool,
    quiet: bool,
    no_progress: bool,
) -> int:
    """Run a sweep FILE, or a scenario FILE with -P, and print its answer.

    A folder keeps the result of each run. The same command again does only what is missing, so an
    interrupted sweep goes on, and an enlarged one does what is new.
    """  # fmt: skip
    from sim.api.sweeping import plan_sweep

    shown = not (quiet or no_progress)
    with progress(shown=shown) as told:
        plan = plan_sweep(
            file, parameters, overrides=overrides, replications=replications, progress=told
        )
    folder = out or Path("reports") / plan.sweep.spec.name
    if dry_run:
        rehearsal(plan, folder, workers)
        return DONE
    return _carry_out(
        plan, folder, _where(executor, workers), shard, quiet=quiet, shown=shown, again=False
    )


@sweep.command(short_help="Try anew what failed, and do what is missing.")
@_FOLDER
@options.WORKERS
@_EXECUTOR
@options.QUIET
@options.NO_PROGRESS
def retry(
    *, folder: Path, workers: int | None, executor: str, quiet: bool, no_progress: bool
) -> int:
    """Try anew what failed in the FOLDER of a sweep, and do what is missing."""  # fmt: skip
    from sim.api.sweeping import SweepFolder, plan_again

    plan = plan_again(SweepFolder(folder))
    shown = not (quiet or no_progress)
    return _carry_out(
        plan, folder, _where(executor, workers), (1, 1), quiet=quiet, shown=shown, again=True
    )


@sweep.command(short_help="Say how far a sweep is, and what failed.")
@_FOLDER
def status(folder: Path) -> int:
    """Say how far the sweep in the FOLDER is, and what failed."""  # fmt: skip
    from sim.api.sweeping import SweepFolder

    found = SweepFolder(folder)
    return standing(found, quiet=False)


@sweep.command(short_help="Make one table of what shards have done.")
@_FOLDER
@click.argument("others", nargs=-1, type=click.Path(path_type=Path), metavar="[OTHER]...")
@options.QUIET
def collect(folder: Path, others: tuple[Path, ...], quiet: bool) -> int:
    """Make one table of what shards have done in the FOLDER of a sweep, and print the answer.

    Shards that wrote to folders of their own are named behind it; what they have is copied.
    """  # fmt: skip
    from sim.api.sweeping import SweepFolder

    found = SweepFolder(folder).collect(others)
    return results(found, quiet=quiet)


sweep.add_command(frontier)
sweep.add_command(sensitivity)


# --- doing it


def _where(executor: str, workers: int | None) -> "AbstractContextManager[Executor]":
    from sim.study.execution import Cluster, Processes, Serial

    match executor:
        case "processes":
            return nullcontext(Processes(workers))
        case "serial":
            return nullcontext(Serial())
        case _:
            return closing(Cluster(executor))


def _carry_out(
    plan: "SweepPlan",
    folder: Path,
    where: "AbstractContextManager[Executor]",
    shard: tuple[int, int],
    *,
    quiet: bool,
    shown: bool,
    again: bool,
) -> int:
    """Do what is missing and print the answer; the exit code."""
    from sim.api.sweeping import SweepFolder, run_sweep

    try:
        with where as executor, progress(shown=shown) as told:
            found = run_sweep(
                plan, folder, executor=executor, shard=shard, again=again, progress=telling(told)
            )
    except (KeyboardInterrupt, Terminated):
        kept = SweepFolder(folder) if (folder / "sweep.json").is_file() else None
        done = f"{kept.done:,} of {len(kept.keys):,} runs are" if kept else "nothing is"
        complain(f"interrupted; {done} kept in {folder}, and the same command goes on from there")
        return INTERRUPTED
    if shard[1] > 1:
        return standing(found, quiet=quiet)
    return results(found, quiet=quiet)
