"""The fate of each logon: how long its stages take, once its turn has come.

A logon's fate is drawn with the plan, not when the model gets there. It does not depend on who
else logs on, on the policy in force, or on whether the plan was generated or replayed. Its address
in the streams is the user's number, the UTC date of the intended arrival, and the position among
the user's sessions of that date. A session that follows the one before by a gap has no date: its
address is day 0 and its position in the user's plan.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Cause, Table
from sim.scenario.access import Access
from sim.scenario.distributions import Constant, Law
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario
from sim.units import DAY, Millis
from sim.workload.distributions import sample
from sim.workload.draws import Streams
from sim.workload.people import user_numbers
from sim.workload.streams import Numbers, Stream, Uniforms

STAGES = (
    "network_check",
    "trusted_device",
    "ip_access",
    "directory_service",
    "directory_link",
    "mfa",
    "broker",
    "resume",
    "cold_start",
    "profile",
    "streaming",
    "os_logon",
    "retry_after",
    "patience",
)
"""Columns of a plan that hold the fate of its logons."""

LONGEST = int(np.iinfo(np.int32).max)
"""Longest stage [ms], 24 days: plans hold stages in 32 bits, and what is longer is cut to this."""


@dataclass(frozen=True)
class Logons:
    """The logons of one population on one fleet, and where each one's draws are found."""

    population: str
    fleet: str
    rows: Numbers
    """Positions in the plan, by day and ordinal."""
    groups: list[tuple[int, int, int, int]]
    """`(begin, end, day, ordinal)`: the stretches of `rows` that share a day and an ordinal."""
    user: NDArray[np.int32]
    """User of each row of the plan."""
    numbers: Numbers
    """Number of each user within the population."""

    def by_address(self) -> Iterator["Addressed"]:
        """The rows in groups of one day and ordinal."""
        for begin, end, day, ordinal in self.groups:
            rows = self.rows[begin:end]
            yield Addressed(rows, self.numbers[self.user[rows]], day, ordinal)


@dataclass(frozen=True)
class Addressed:
    """Rows of a plan whose draws share a day and an ordinal."""

    rows: Numbers
    numbers: Numbers
    """Number of the user of each row."""
    day: int
    ordinal: int

    def uniforms(self, stream: Stream) -> Uniforms:
        """One number for each row."""
        return stream.at(self.numbers, day=self.day, ordinal=self.ordinal)


def addressed(
    scenario: Scenario, users: Table, user: NDArray[np.int32], arrival: Numbers
) -> list[Logons]:
    """Sort the rows of a plan by population, fleet and address.

    `user` is sorted; `arrival` [ms] is NEVER for rows with a gap.
    """
    key, width = _addresses(scenario, user, arrival)
    numbers = user_numbers(users)
    kinds: dict[tuple[str, str], int] = {}
    pairs = zip(users["population"], users["fleet"], strict=True)
    kind = np.array([kinds.setdefault(pair, len(kinds)) for pair in pairs], dtype=np.int64)
    found = []
    for (population, fleet), code in kinds.items():
        rows = np.flatnonzero(kind[user] == code)
        rows = rows[np.argsort(key[rows], kind="stable")]
        cuts = np.flatnonzero(np.diff(key[rows], prepend=-1)).tolist()
        groups = [
            (begin, end, *divmod(int(key[rows[begin]]), width))
            for begin, end in pairwise([*cuts, len(rows)])
        ]
        found.append(Logons(population, fleet, rows, groups, user, numbers))
    return found


def draw_fates(
    scenario: Scenario,
    replication: int,
    logons: Sequence[Logons],
    client: NDArray[np.int16],
    names: Sequence[str],
) -> dict[str, NDArray[Any]]:
    """The columns of a plan from `barrier` on [ms], from the addresses of its rows.

    `client` is the kind of client of each row of the plan, as a position in `names`.

    A stage that takes nobody any time takes no room either: its column is one zero, seen many
    times.
    """
    count = sum(len(alike.rows) for alike in logons)
    timed = {stage for one in logons for stage in _laws(scenario, one.population, one.fleet)}
    fates: dict[str, NDArray[Any]] = {
        stage: np.zeros(count, dtype=np.int32) if stage in timed else _nothing(count, np.int32)
        for stage in STAGES
    }
    fates["barrier"] = _barriers(scenario, replication, logons, client, names)
    for alike in logons:
        streams = Streams(scenario, replication, alike.population)
        laws = _laws(scenario, alike.population, alike.fleet)
        drawn = {stage: law for stage, law in laws.items() if not isinstance(law, Constant)}
        for stage, law in laws.items():
            if isinstance(law, Constant):
                fates[stage][alike.rows] = min(law.value, LONGEST)
        for group in alike.by_address():
            for stage, law in drawn.items():
                duration = sample(law, group.uniforms(streams[stage]))
                fates[stage][group.rows] = np.minimum(duration, LONGEST)
        for stage, more in _more(scenario, alike.fleet).items():
            longer = fates[stage][alike.rows].astype(np.int64) + more
            fates[stage][alike.rows] = np.minimum(longer, LONGEST)
    return fates


def _nothing(count: int, dtype: type) -> NDArray[Any]:
    """So many zeros in the room of one."""
    return np.broadcast_to(np.zeros(1, dtype=dtype), count)


def _barriers(
    scenario: Scenario,
    replication: int,
    logons: Sequence[Logons],
    client: NDArray[np.int16],
    names: Sequence[str],
) -> NDArray[Any]:
    """What turns each logon away on its way through the checks, the first of them; codes `Cause`.

    A network, a device and an address are a user's, and the same every day; a second factor is
    wrong now and then.
    """
    access = scenario.access
    if access.fips is None and not any(share for share, *_ in _shares_refused(access)):
        return _nothing(len(client), np.int8)
    barriers = np.zeros(len(client), dtype=np.int8)
    for alike in logons:
        streams = Streams(scenario, replication, alike.population)
        uses_directory = scenario.served_by[alike.fleet].uses_directory
        for share, purpose, cause, every_session in reversed(_shares_refused(access)):
            if every_session and not uses_directory:
                continue
            if every_session:
                for group in alike.by_address():
                    turned = group.uniforms(streams[purpose]) < share
                    barriers[group.rows[turned]] = cause
            else:
                numbers = alike.numbers[alike.user[alike.rows]]
                turned = streams[purpose].at(numbers) < share
                barriers[alike.rows[turned]] = cause
        if access.fips is not None:
            incapable = _incapable(scenario, alike.population, names)[client[alike.rows]]
            barriers[alike.rows[incapable]] = Cause.FIPS_REQUIRED
    return barriers


def _incapable(scenario: Scenario, population: str, names: Sequence[str]) -> NDArray[np.bool_]:
    """Which kinds of client cannot do FIPS-validated encryption; of unknown ones all can."""
    described = scenario.populations.get(population)
    kinds = described.clients if described else {}
    return np.array([name in kinds and not kinds[name].fips for name in names], dtype=np.bool_)


def _shares_refused(access: Access) -> list[tuple[float, str, Cause, bool]]:
    """Share, purpose of the draws, cause, and whether it is drawn for each session, in order."""
    checks, devices, groups = access.network_check, access.trusted_devices, access.ip_access_groups
    return [
        (checks.refused if checks else 0.0, "network-refused", Cause.NETWORK_CHECK, False),
        (devices.untrusted if devices else 0.0, "untrusted", Cause.UNTRUSTED_DEVICE, False),
        (groups.outside if groups else 0.0, "outside", Cause.IP_NOT_ALLOWED, False),
        (access.mfa.failed if access.mfa else 0.0, "mfa-failed", Cause.MFA_FAILED, True),
    ]


def _laws(scenario: Scenario, population: str, fleet: str) -> dict[str, Law]:
    """The law of each stage; a stage that takes no time has none."""
    serving, people = scenario.served_by[fleet], scenario.behaviour(population)
    laws: dict[str, Law] = {
        "streaming": serving.logon.streaming,
        "os_logon": serving.logon.os_logon,
        "retry_after": people.retry_after,
        "patience": people.patience,
    }
    if isinstance(serving, Pool):
        laws["cold_start"] = serving.logon.start
        laws["profile"] = serving.logon.home_folder
    else:
        laws["resume"] = serving.logon.resume
        laws["cold_start"] = serving.logon.cold_start
    if scenario.directory is not None and serving.uses_directory:
        laws["directory_service"] = scenario.directory.service_time
        laws["directory_link"] = scenario.directory.link
    return laws | _access_laws(scenario.access, uses_directory=serving.uses_directory)


def _access_laws(access: Access, *, uses_directory: bool) -> dict[str, Law]:
    laws: dict[str, Law] = {}
    if access.network_check:
        laws["network_check"] = access.network_check.time
    if access.trusted_devices:
        laws["trusted_device"] = access.trusted_devices.time
    if access.ip_access_groups:
        laws["ip_access"] = access.ip_access_groups.time
    if access.mfa and uses_directory:
        laws["mfa"] = access.mfa.service_time
    if access.broker:
        laws["broker"] = access.broker.service_time
    return laws


def _more(scenario: Scenario, fleet: str) -> dict[str, Millis]:
    """By how much stages take longer for everybody [ms]: settings to fetch, other encryption."""
    found: dict[str, Millis] = {}
    pool, fips = scenario.pools.get(fleet), scenario.access.fips
    if pool and pool.logon.application_settings:
        found["profile"] = pool.logon.application_settings.download
    if fips and fips.extra_time:
        found["streaming"] = fips.extra_time
    return found


def _addresses(
    scenario: Scenario, user: NDArray[np.int32], arrival: Numbers
) -> tuple[Numbers, int]:
    """Day and ordinal of each row as one number, `day * width + ordinal`, and that width."""
    timed = arrival != NEVER
    start = scenario.start
    midnight = scenario.calendar.millis(start.replace(hour=0, minute=0, second=0, microsecond=0))
    day = np.where(timed, (arrival - midnight) // DAY + start.date().toordinal(), 0)
    ordinal = _positions(user, np.zeros_like(day))
    ordinal[timed] = _positions(user[timed], day[timed])
    width = int(ordinal.max(initial=0)) + 1
    return day * width + ordinal, width


def _positions(user: NDArray[np.int32], day: Numbers) -> Numbers:
    """Position of each row among its neighbours with the same user and day."""
    row = np.arange(len(user))
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (day[1:] != day[:-1])
    return row - np.maximum.accumulate(np.where(begins, row, 0))
