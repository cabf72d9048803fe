"""Facts as people read them: names for numbers, one flat table each.

Inside a run a user is a number. In these frames `user` and `desktop` are names (categories, so that
a million rows stay small), and what people group by, `population` and `fleet`, stands beside them.
Times keep their unit in the name of the column: `arrival_ms` counts from the scenario's start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record import Table
from sim.storage import table_to_frame


@dataclass(frozen=True)
class Names:
    """What the numbers of a run stand for."""

    users: Table
    desktops: Table
    clients: Sequence[str]
    """Kinds of client, by code."""
    hosts: Sequence[str]
    """Group of each host, by number."""
    pools: Sequence[str] = ()
    """Pools, by number."""
    zones: Sequence[str] = ()
    """Availability Zones, by number."""


def named(table: Table, names: Names, replication: int) -> pd.DataFrame:
    """A table with names in place of codes, and the columns that people group by."""
    columns: dict[str, Any] = {}
    own = table.schema.name.removesuffix("s")
    for name, values in table_to_frame(table, replication).items():
        if name == "name":
            columns[own] = values  # in place of the number
        elif name != own or "name" not in table.columns:
            columns |= _shown(str(name), values, table, names)
    return pd.DataFrame(columns)


def _shown(name: str, values: Any, table: Table, names: Names) -> dict[str, Any]:
    """The columns that stand for one column."""
    codes = table.columns.get(name)
    match name:
        case "user":
            return {name: _categories(codes, names.users["name"]), **_owner(table, names)}
        case "desktop" | "lost":
            word = _categories(codes, names.desktops["name"])
            beside = {} if "user" in table.columns else _fleet(codes, names.desktops)
            return {name: word, **beside}
        case "client":
            return {name: _repeated(codes, names.clients)}
        case "host":
            return {"group": _repeated(codes, names.hosts), name: values}
        case "pool" | "zone" if table.schema.column(name).dtype != object:
            return {name: _categories(codes, names.pools if name == "pool" else names.zones)}
    return {name: values}


def _owner(table: Table, names: Names) -> dict[str, Any]:
    codes = table["user"]
    population = {"population": _repeated(codes, names.users["population"])}
    if {"fleet", "pool"} & set(table.columns):
        return population
    return {**population, **_fleet(codes, names.users)}


def _fleet(codes: Any, owners: Table) -> dict[str, Any]:
    return {"fleet": _repeated(codes, owners["fleet"])}


def _categories(codes: Any, words: NDArray[Any] | Sequence[str]) -> Any:
    """Words by code, all different; code -1 is nothing."""
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(words), dtype="str"))


def _repeated(codes: Any, words: NDArray[Any] | Sequence[str]) -> Any:
    """Words by code, of which some are alike; code -1 is nothing."""
    kinds, kind = np.unique(np.asarray(words, dtype=str), return_inverse=True)
    return _categories(np.append(kind, -1)[codes], kinds)
