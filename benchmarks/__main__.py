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
            same = same and job["outcome"] == textbook["outcome"]
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


STEPS = {
    "loading": "load the scenario",
    "drawing the people": "plan",
    "simulating": "model",
    "metering": "metering",
    "measuring": "measures",
    "writing": "pricing, report, files",
}
"""The steps of a run by the words with which it tells them."""


def growth(sizes: list[int]) -> list[Job]:
    """Whole runs with facts on disk and a shared directory, from small to large."""
    jobs = [measured("run", users, shared=True) for users in sizes]
    table = Table("step", box=None, title="desksim run, 30 days, one directory, facts on disk")
    for job in jobs:
        table.add_column(f"{job['users']:,} users\nCPU s", justify="right")
        table.add_column("peak MB\nso far", justify="right")
    for step, words in STEPS.items():
        cells = [(f"{j['seconds'][step]:.2f}", f"{j['peaks_mb'][step]:,.0f}") for j in jobs]
        table.add_row(words, *(cell for pair in cells for cell in pair))
    for part in ("pricing", "report"):
        cells = [(f"({j['within_writing'][part]:.2f})", "") for j in jobs]
        table.add_row(f"  of it {part}", *(cell for pair in cells for cell in pair))
    totals = [sum(job["seconds"].values()) for job in jobs]
    cells = [(f"{t:.2f}", f"{j['peak_mb']:,.0f}") for t, j in zip(totals, jobs, strict=True)]
    table.add_row("all", *(cell for pair in cells for cell in pair), style="bold")
    answer.print(table)
    answer.print(
        "Sessions: "
        + ", ".join(f"{j['sessions']:,} ({j['disk_mb']:,.0f} MB on disk)" for j in jobs),
        highlight=False,
    )
    models = [job["seconds"]["simulating"] for job in jobs]
    for name, values in (("the model", models), ("the whole run", totals)):
        exponent = math.log(values[-1] / values[0]) / math.log(sizes[-1] / sizes[0])
        words = f"Time of {name} grows with users to the {exponent:.2f} (aim <= {AIM_EXPONENT})"
        answer.print(words, highlight=False)
    if sizes[-1] >= 100_000:
        words = f"Peak memory {jobs[-1]['peak_mb']:,.0f} MB (aim < {AIM_MEMORY_MB:,.0f} MB)"
        answer.print(words, highlight=False)
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
