"""How full the user volumes are at first, and how fast they fill: drawn once for each user."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.record import Table
from sim.scenario.growth import ConstantSize, LognormalSize, SizeLaw, UniformSize
from sim.scenario.schema import Scenario
from sim.workload.draws import Streams
from sim.workload.people import user_numbers
from sim.workload.streams import Uniforms

Sizes = NDArray[np.float64]


def make_growth(scenario: Scenario, users: Table, replication: int = 0) -> tuple[Sizes, Sizes]:
    """What is on each user's volume at first [MB], and what comes to it in 730 h [MB].

    NaN for users whose volumes do not fill.
    """
    used, per_month = np.full(len(users), np.nan), np.full(len(users), np.nan)
    if not any(fleet.volume_growth for fleet in scenario.fleets.values()):
        return used, per_month
    numbers = user_numbers(users)
    for population, fleet in dict.fromkeys(zip(users["population"], users["fleet"], strict=True)):
        growth = scenario.fleets[fleet].volume_growth if fleet in scenario.fleets else None
        if growth is not None:
            mine = (users["population"] == population) & (users["fleet"] == fleet)
            streams = Streams(scenario, replication, population)
            used[mine] = sizes(growth.used, streams["volume-used"].at(numbers[mine]))
            draws = streams["volume-growth"].at(numbers[mine])
            per_month[mine] = sizes(growth.per_month, draws)
    return used, per_month


def sizes(law: SizeLaw, uniforms: Uniforms) -> Sizes:
    """Turn each number in (0, 1) into a size [MB]; same shape."""
    match law:
        case ConstantSize():
            return np.full(len(uniforms), float(law.value))
        case UniformSize():
            return np.asarray(law.low + uniforms * (law.high - law.low))
        case LognormalSize():
            variance = math.log1p(law.cv**2)
            return np.asarray(
                law.mean * np.exp(math.sqrt(variance) * ndtri(uniforms) - variance / 2)
            )
