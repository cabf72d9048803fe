"""Populations side by side, some generated and some replayed: one plan of them all.

No draw of a population depends on another one, so each is planned by itself, and the tables are
laid one after the other: users keep the order of the scenario's populations, and sessions that of
the users.
"""

from collections.abc import Iterator

import numpy as np

from sim.record import PLAN, USERS, Table
from sim.scenario.errors import Problem, ScenarioError
from sim.scenario.schema import Scenario
from sim.workload.clients import client_names
from sim.workload.people import make_members
from sim.workload.plans import Workload, make_plan
from sim.workload.recordings import Recording
from sim.workload.replay import replayed

_NAMED = 5
"""Users named in a problem about many."""


def mixed(scenario: Scenario, replication: int = 0) -> Workload:
    """The workload of a scenario in which at least one population replays a plan.

    Raises:
        ScenarioError: with everything that is wrong with files, and users whom two populations
        claim.
    """
    parts: dict[str, Workload] = {}
    problems: dict[Problem, None] = {}
    for name in scenario.populations:
        try:
            parts[name] = _part(scenario, replication, name)
        except ScenarioError as error:
            problems.update(dict.fromkeys(error.problems))
    problems.update(dict.fromkeys(_claimed_twice(scenario, parts)))
    if problems:
        raise ScenarioError(list(problems))
    return _joined(list(parts.values()))


def _part(scenario: Scenario, replication: int, name: str) -> Workload:
    """The workload of one population, ids from 0."""
    if scenario.populations[name].workload is not None:
        return replayed(scenario, Recording.of_population(scenario, name), replication)
    users = make_members(scenario, name, replication)
    return Workload(users, make_plan(scenario, users, replication), client_names(scenario))


def _claimed_twice(scenario: Scenario, parts: dict[str, Workload]) -> Iterator[Problem]:
    """Users whom a replay and another population call theirs, told at the replay."""
    owner: dict[str, str] = {}
    for name, part in parts.items():
        claims: dict[str, list[str]] = {}
        for user in part.users["name"].tolist():
            if owner.setdefault(user, name) != name:
                claims.setdefault(owner[user], []).append(user)
        for other, users in claims.items():
            blamed = name if scenario.populations[name].workload is not None else other
            files = scenario.populations[blamed].workload
            assert files is not None, "names of generated users say their population"
            setting = ("populations", blamed, "workload", "users" if files.users else "replay")
            those = ", ".join(users[:_NAMED]) + ", ..." * (len(users) > _NAMED)
            message = f"expected users of one population, got {those} in '{other}' and '{name}'"
            hint = "" if files.users else "; a users file says who is whose"
            yield Problem.with_setting(setting, message + hint)


def _joined(parts: list[Workload]) -> Workload:
    clients = list(dict.fromkeys(name for part in parts for name in part.clients))
    users, plans = [Table.empty(USERS)], [Table.empty(PLAN)]
    people = sessions = 0
    for part in parts:
        users.append(_shifted(part.users, user=people))
        code = np.array([clients.index(name) for name in part.clients], dtype=np.int16)
        plan = _shifted(part.plan, session=sessions, user=people)
        plans.append(Table(PLAN, {**plan.columns, "client": code[plan["client"]]}))
        people += len(part.users)
        sessions += len(part.plan)
    return Workload(Table.concatenate(users), Table.concatenate(plans), clients)


def _shifted(table: Table, **columns: int) -> Table:
    """A table with ids moved up."""
    moved = {name: table[name] + table[name].dtype.type(by) for name, by in columns.items()}
    return Table(table.schema, {**table.columns, **moved})
