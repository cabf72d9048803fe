"""A pool's capacity in words: how many sessions it has room for, and what changes that."""

from collections import Counter

from sim.report.wording import count
from sim.scenario.pools import Pool
from sim.scenario.readings import share_text
from sim.scenario.scaling import (
    Predictive,
    RampPlan,
    ScalingPolicy,
    ScheduledAction,
    Spare,
    StepScaling,
    TargetTracking,
)


def bounds(pool: Pool) -> str:
    """`10-120`, and how many to an instance when that is not one [user sessions]."""
    least, most = count(pool.minimum), count(pool.maximum)
    span = most if pool.minimum == pool.maximum else f"{least}-{most}"
    each = pool.sessions_per_instance
    return span if each == 1 else f"{span}, {each} to an instance"


def scaling(pool: Pool) -> str:
    """`2 schedules, target tracking 75 %`, each policy in the order of the file; else `fixed`."""
    words = Counter(_word(policy) for policy in pool.scaling)
    if pool.edits:
        words["edit"] = len(pool.edits)
    return ", ".join(_several(word, number) for word, number in words.items()) or "fixed"


def _word(policy: ScalingPolicy) -> str:
    match policy:
        case ScheduledAction():
            word = "schedule"
        case StepScaling():
            word = f"step on {policy.metric}"
        case TargetTracking():
            word = f"target tracking {share_text(policy.utilization)}"
        case RampPlan():
            word = "ramp plan"
        case Predictive():
            word = f"predictive {share_text(policy.quantile)}"
        case Spare():
            word = f"{count(policy.sessions)} spare"
        case _:
            word = f"policy {policy.function.rpartition(':')[2]}"
    return word


def _several(word: str, number: int) -> str:
    if word in ("schedule", "edit"):
        return f"{number} {word}s" if number > 1 else f"1 {word}"
    return f"{number} x {word}" if number > 1 else word
