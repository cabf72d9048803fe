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
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

AIM_EXPONENT, AIM_MEMORY_MB, AIM_OVERHEAD = 1.1, 1_500.0, 1.02
AIM_SWEEP, AIM_SPEED_UP = 1.05, 1.9
SITUATIONS = {
    "directory": "one directory",
    "alone": "nothing shared",
    "pool": "one pool",
    "zone": "a zone lost",
    "calm": "no zone lost",
}
"""What a job is about, in words."""
AIMS = {"directory": 5.0, "alone": 20.0, "pool": 5.0}
"""How many times as fast as the textbook model the model is to be."""

Job = dict[str, Any]

told = Console(stderr=True)
answer = Console(width=100)


def measured(engine: str, situation: str, users: int) -> Job:
    """One job in a fresh process."""
    told.print(f"{engine}, {users:,} users, {SITUATIONS[situation]} ...", highlight=False)
    job = _in_a_process("benchmarks.job", engine, situation, users)
    return {"engine": engine, "users": users, "situation": situation, **job}


def _in_a_process(module: str, *words: object) -> Job:
    """The line of JSON that a module prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, words)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    job: Job = json.loads(done.stdout)
    return job


def compared(situation: str, users: int, table: Table) -> list[Job]:
    """The textbook model and the engines there are, on the same plan."""
    names = ("textbook", "model") if situation == "pool" else ("textbook", "agenda", "model")
    jobs = [measured(name, situation, users) for name in names]
    for job in jobs:
        seconds = job["seconds"]["model"]
        table.add_row(
            SITUATIONS[situation],
            job["engine"],
            f"{seconds:.2f}",
            f"{job['events']:,}",
            f"{job['events'] / job['sessions']:.4f}",
            f"{job['peak_mb']:,.0f}",
            f"{jobs[0]['seconds']['model'] / seconds:.1f}",
            f">= {AIMS[situation]:g}" if job["engine"] == "model" else "",
        )
    return jobs


def engines(situations: Sequence[str], users: int) -> tuple[list[Job], bool]:
    """All engines on the same plans; whether their facts and usage agree."""
    table = Table("situation", "engine", box=None, title=f"Simulating {users:,} users for 30 days")
    for heading in ("CPU s", "events", "per session", "peak MB", "times as fast", "aim"):
        table.add_column(heading, justify="right")
    groups = [compared(situation, users, table) for situation in situations]
    answer.print(table)
    same = all(job["outcome"] == group[0]["outcome"] for group in groups for job in group)
    words = "are the same, row by row" if same else "DIFFER"
    answer.print(f"Facts and usage of the engines {words}.\n", highlight=False)
    return [job for group in groups for job in group], same


def pool_growth(sizes: list[int], largest: Job) -> list[Job]:
    """The model of one pool from small to large; the largest has been measured already."""
    jobs = [*(measured("model", "pool", users) for users in sizes[:-1]), largest]
    table = Table("users", box=None, title="One pool, 30 days")
    for heading in ("sessions", "attempts", "CPU s", "peak MB"):
        table.add_column(heading, justify="right")
    for job in jobs:
        counts = (f"{job[name]:,}" for name in ("sessions", "attempts"))
        seconds, peak = job["seconds"]["model"], job["peak_mb"]
        table.add_row(f"{job['users']:,}", *counts, f"{seconds:.2f}", f"{peak:,.0f}")
    answer.print(table)
    _tell_exponent("the model of a pool", sizes, [job["seconds"]["model"] for job in jobs])
    answer.print()
    return jobs[:-1]


def _tell_exponent(name: str, sizes: list[int], seconds: list[float]) -> None:
    exponent = math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0])
    words = f"Time of {name} grows with users to the {exponent:.2f} (aim <= {AIM_EXPONENT})"
    answer.print(words, highlight=False)


STEPS = {
    "loading": "load the scenario",
    "drawing the people": "plan",
    "simulating": "model",
    "metering": "metering",
    "measuring": "measures",
    "writing": "pricing, report, files",
}
"""The steps of a run by the words with which it tells them."""


def growth(sizes: list[int], situation: str = "directory") -> list[Job]:
    """Whole runs with facts on disk, from small to large."""
    jobs = [measured("run", situation, users) for users in sizes]
    title = f"desksim run, 30 days, {SITUATIONS[situation]}, facts on disk"
    table = Table("step", box=None, title=title)
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
        _tell_exponent(name, sizes, values)
    if sizes[-1] >= 100_000:
        words = f"Peak memory {jobs[-1]['peak_mb']:,.0f} MB (aim < {AIM_MEMORY_MB:,.0f} MB)"
        answer.print(words, highlight=False)
    return jobs


def zone_loss(sizes: list[int]) -> list[Job]:
    """Half of everything is lost for six hours, beside the same month in which nothing is."""
    table = Table("users", "", box=None, title="A zone lost for six hours, and a plan; 30 days")
    for heading in ("sessions", "attempts", "CPU s", "events", "peak MB", "times as long"):
        table.add_column(heading, justify="right")
    pairs = [[measured("model", name, users) for name in ("calm", "zone")] for users in sizes]
    for pair in pairs:
        for job in pair:
            seconds = job["seconds"]["model"]
            counts = (f"{job[name]:,}" for name in ("sessions", "attempts"))
            times = f"{seconds / pair[0]['seconds']['model']:.2f}"
            cells = (f"{seconds:.2f}", f"{job['events']:,}", f"{job['peak_mb']:,.0f}", times)
            table.add_row(f"{job['users']:,}", SITUATIONS[job["situation"]], *counts, *cells)
    answer.print(table)
    _tell_exponent("the model", sizes, [zone["seconds"]["model"] for _, zone in pairs])
    answer.print()
    return [job for pair in pairs for job in pair] + growth(sizes, "zone")


def overhead(users: int, pairs: int) -> tuple[list[Job], bool]:
    """What the possibility of outages and checks costs where there are none; whether it is all."""
    table = Table("situation", box=None, title=f"The agenda, {users:,} users, nothing breaks")
    for heading in ("with, CPU s", "without", "ratio", "quartiles", "aim"):
        table.add_column(heading, justify="right")
    jobs = []
    for situation in ("directory", "pool"):
        told.print(f"{pairs} pairs, {users:,} users, {SITUATIONS[situation]} ...", highlight=False)
        job = _in_a_process("benchmarks.overhead", situation, users, pairs)
        seconds = (f"{job['seconds'][name]:.2f}" for name in ("with", "without"))
        lower, upper = job["quartiles"]
        cells = (f"{job['ratio']:.3f}", f"{lower:.3f} to {upper:.3f}", f"<= {AIM_OVERHEAD}")
        table.add_row(SITUATIONS[situation], *seconds, *cells)
        jobs.append({"engine": "overhead", "users": users, "situation": situation, **job})
    answer.print(table)
    same = all(job["same"] for job in jobs)
    answer.print(f"Facts of both {'are the same' if same else 'DIFFER'}.\n", highlight=False)
    return jobs, same


def sweeps(users: int, runs: int, rounds: int) -> list[Job]:
    """What a sweep takes beyond its runs, what a second core gains, and a worker's memory."""
    told.print(f"{rounds} rounds of {runs} runs, three ways ...", highlight=False)
    job = _in_a_process("benchmarks.sweeps", users, runs, rounds)
    title = f"A sweep of {runs} runs of {job['seconds_per_run']:.1f} s"
    table = Table("way", box=None, title=title)
    for heading in ("clock s", "ratio", "aim"):
        table.add_column(heading, justify="right")
    ratios = {
        "alone": ("1", ""),
        "one worker": (f"{job['overhead']:.3f}", f"<= {AIM_SWEEP}"),
        "two workers": (f"1 / {job['speed_up']:.2f}", f"<= 1 / {AIM_SPEED_UP}"),
    }
    for way, ratio in ratios.items():
        table.add_row(way, f"{job['seconds'][way]:.1f}", *ratio)
    answer.print(table)
    answer.print(f"A worker has at most {job['worker_peak_mb']:,.0f} MB.\n", highlight=False)
    return [{"engine": "sweep", "users": users, "situation": "directory", **job}]


PARTS = ("engines", "pools", "runs", "zone-loss", "overhead", "sweeps")


def main() -> int:
    """Measure, print the tables, and write the numbers if asked; 1 when the engines disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 users: about two minutes")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    parser.add_argument("--output", type=Path, help="write all numbers to this JSON file")
    chosen = parser.parse_args()
    found = [_part(name, quick=chosen.quick) for name in chosen.only or PARTS]
    if chosen.output:
        jobs = [job for part, _ in found for job in part]
        chosen.output.write_text(json.dumps(jobs, indent=1) + "\n", encoding="utf-8")
    return 0 if all(same for _, same in found) else 1


def _part(name: str, *, quick: bool) -> tuple[list[Job], bool]:
    """Measure a part; whether all that should agree did."""
    match name:
        case "engines":
            return engines(("directory", "alone"), 1_000 if quick else 10_000)
        case "pools":
            sizes = [250, 500, 1_000] if quick else [1_000, 4_000, 20_000]
            jobs, same = engines(("pool",), sizes[-1])
            return jobs + pool_growth(sizes, jobs[-1]), same
        case "runs":
            return growth([300, 1_000] if quick else [1_000, 10_000, 100_000]), True
        case "zone-loss":
            return zone_loss([300, 1_000] if quick else [2_000, 20_000]), True
        case "sweeps":
            return (sweeps(100, 8, 1) if quick else sweeps(400, 60, 2)), True
    return overhead(300 if quick else 2_000, 5 if quick else 20)


if __name__ == "__main__":
    sys.exit(main())
