"""`python -m benchmarks`: what desksim's main jobs take, as ratios within one run of this program.

Seconds of one machine say little about another; ratios, event counts, memory and the exponent of
growth say something everywhere. Every job runs in a process of its own, one after another.
"""

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

AIM_SHARED, AIM_ALONE, AIM_EXPONENT, AIM_MEMORY_MB = 5.0, 20.0, 1.1, 1_500.0

Job = dict[str, Any]

told = Console(stderr=True)
answer = Console(width=100)


def measured(engine: str, users: int, *, shared: bool) -> Job:
    """One job in a fresh process."""
    told.print(f"{engine}, {users:,} users, {_situation(shared)} ...", highlight=False)
    command = [sys.executable, "-m", "benchmarks.job", engine, str(users)]
    done = subprocess.run(
        command + ["--shared"] * shared,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    job: Job = json.loads(done.stdout)
    return {"engine": engine, "users": users, "shared": shared, **job}


def _situation(shared: bool) -> str:
    return "one directory" if shared else "nothing shared"


def engines(users: int) -> tuple[list[Job], bool]:
    """Model, readable agenda and textbook model on the same plans; whether their facts agree."""
    table = Table("situation", "engine", box=None, title=f"Simulating {users:,} users for 30 days")
    for heading in ("CPU s", "events", "per session", "peak MB", "times as fast", "aim"):
        table.add_column(heading, justify="right")
    jobs, same = [], True
    for shared, aim in ((True, AIM_SHARED), (False, AIM_ALONE)):
        group = [measured(name, users, shared=shared) for name in ("textbook", "agenda", "model")]
        textbook = group[0]
        for job in group:
            same = same and job["digests"] == textbook["digests"]
            seconds = job["seconds"]["model"]
            table.add_row(
                _situation(shared),
                job["engine"],
                f"{seconds:.2f}",
                f"{job['events']:,}",
                f"{job['events'] / job['sessions']:.4f}",
                f"{job['peak_mb']:,.0f}",
                f"{textbook['seconds']['model'] / seconds:.1f}",
                f">= {aim:g}" if job["engine"] == "model" else "",
            )
        jobs += group
    answer.print(table)
    words = "are the same, row by row" if same else "DIFFER"
    answer.print(f"Facts and usage of the three engines {words}.\n", highlight=False)
    return jobs, same


def growth(sizes: list[int]) -> list[Job]:
    """Whole runs with facts on disk and a shared directory, from small to large."""
    jobs = [measured("run", users, shared=True) for users in sizes]
    steps = list(dict.fromkeys(step for job in jobs for step in job["seconds"]))
    table = Table("users", "sessions", box=None, title="desksim run, facts on disk [CPU s]")
    for heading in (*steps, "total", "peak MB", "disk MB"):
        table.add_column(heading, justify="right")
    totals = [sum(job["seconds"].values()) for job in jobs]
    for job, total in zip(jobs, totals, strict=True):
        cells = [f"{job['seconds'].get(step, 0):.2f}" for step in steps]
        sizes_of = [f"{job['peak_mb']:,.0f}", f"{job['disk_mb']:,.0f}"]
        table.add_row(
            f"{job['users']:,}", f"{job['sessions']:,}", *cells, f"{total:.2f}", *sizes_of
        )
    answer.print(table)
    if len(jobs) > 1:
        ratio = jobs[-1]["users"] / jobs[0]["users"]
        for name, values in (
            ("simulating", [job["seconds"]["simulating"] for job in jobs]),
            ("the whole run", totals),
        ):
            exponent = math.log(values[-1] / values[0]) / math.log(ratio)
            answer.print(
                f"Time of {name} grows with users to the {exponent:.2f} (aim <= {AIM_EXPONENT})"
            )
    if jobs[-1]["users"] >= 100_000:
        answer.print(f"Peak memory {jobs[-1]['peak_mb']:,.0f} MB (aim < {AIM_MEMORY_MB:,.0f} MB)")
    return jobs


def main() -> int:
    """Measure, print the tables, and write the numbers if asked; 1 when the engines disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 users: under a minute")
    parser.add_argument("--output", type=Path, help="write all numbers to this JSON file")
    chosen = parser.parse_args()
    sizes = [300, 1_000] if chosen.quick else [1_000, 10_000, 100_000]
    jobs, same = engines(1_000 if chosen.quick else 10_000)
    jobs += growth(sizes)
    if chosen.output:
        chosen.output.write_text(json.dumps(jobs, indent=1) + "\n", encoding="utf-8")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
