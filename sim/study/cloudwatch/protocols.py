"""Which streaming protocol a desktop has, from the clients that its owner came with.

In the service a desktop has one protocol. Here a client may name its own, and people keep their
client, so a desktop has that of its owner's. Where a replayed plan has somebody change to a client
with another protocol, the desktop changes with the arrival of that session. Who never comes leaves
the desktop to the protocol of its fleet.
"""

import numpy as np
from numpy.typing import NDArray

from sim.record import SESSIONS
from sim.study.cloudwatch.scope import Recorded, While
from sim.study.concurrency import Instants
from sim.workload import Protocols

_EVER = np.iinfo(np.int64)


def streaming_by(
    facts: Recorded, protocol: str, protocols: Protocols, owner: NDArray[np.int32]
) -> While:
    """Desktops while they stream by a protocol.

    Args:
        facts: what was recorded.
        protocol: `dcv` or `pcoip`.
        protocols: those of users and clients.
        owner: code of the user of each desktop, by its code.
    """
    user, since, by = _changes(facts, protocols)
    last = np.append(user[1:] != user[:-1], True)[: len(user)]
    until = np.where(last, _EVER.max, np.roll(since, -1))
    mine = by == protocol
    ever = np.full(len(owner), _EVER.min), np.full(len(owner), _EVER.max)
    return While(*While(user[mine], since[mine], until[mine]).spans(owner, *ever))


def _changes(
    facts: Recorded, protocols: Protocols
) -> tuple[NDArray[np.int64], Instants, NDArray[np.str_]]:
    """From when on each user streams by what: the first row of each is for all the time before."""
    fleets = protocols.of_fleets()
    now = fleets.copy()
    came = np.zeros(len(now), dtype=np.bool_)
    users, instants, words = [], [], []
    for batch in facts.batches(SESSIONS, "user", "client", "arrival"):
        order = np.lexsort((batch["arrival"], batch["user"]))
        user, by = batch["user"][order], protocols.by_row(batch["user"], batch["client"])[order]
        again = np.append(False, user[1:] == user[:-1])[: len(user)]
        before = np.where(again, np.roll(by, 1), now[user])
        first = ~again & ~came[user]
        fleets[user[first]] = by[first]
        changed = ~first & (by != before)
        users.append(user[changed])
        instants.append(batch["arrival"][order][changed])
        words.append(by[changed])
        last = np.append(~again[1:], True)[: len(user)]
        now[user[last]] = by[last]
        came[user] = True
    user = np.concatenate([np.arange(len(fleets)), *users])
    since = np.concatenate([np.full(len(fleets), _EVER.min), *instants])
    by = np.concatenate([fleets, *words])
    order = np.lexsort((since, user))
    return user[order], since[order], by[order]
