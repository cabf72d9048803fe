"""Dimensions of CloudWatch: of which desktops a question is, under the name that the service gives.

A value is written as the API of the service spells it (`POWER`, `WSP`); the scenario's own word for
it (`power`, `dcv`) is understood too.

Source: AWS WorkSpaces Administration Guide, "Dimensions for WorkSpaces metrics"; WorkSpaces API,
Compute and Protocol (botocore 1.44.5): DCV is spelled `WSP`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from sim.api.recorded import Recorded, unknown
from sim.record import RunningMode
from sim.scenario.bundles import Bundle
from sim.study.cloudwatch import OneDesktop, OneUser, Scope, While, streaming_by

_COMPUTE_TYPES = {bundle.upper().replace(".", "_"): bundle for bundle in get_args(Bundle)}
_PROTOCOLS = {"WSP": "dcv", "PCOIP": "pcoip"}


@dataclass(frozen=True)
class Dimension:
    """Of which desktops the samples count."""

    name: str
    value: str
    scope: Scope


def dimension(recorded: Recorded, given: Mapping[str, str]) -> Dimension:
    """The dimension that is meant.

    Args:
        recorded: the run.
        given: the value by the name of a question's field; all desktops when empty.

    Raises:
        ResultError: when there are several, or there is no such value.
    """
    if not given:
        return Dimension("DirectoryId", recorded.scenario, Scope())
    ((field, value),) = given.items()
    return _NARROWER[field](recorded, value)


def _workspace(recorded: Recorded, value: str) -> Dimension:
    desktop, desktops = recorded.desktop(value), recorded.names.desktops
    scope = OneDesktop(desktop, int(desktops["user"][desktop]))
    return Dimension("WorkspaceId", str(desktops["name"][desktop]), scope)


def _user_name(recorded: Recorded, value: str) -> Dimension:
    user = recorded.user(value)
    return Dimension("UserName", value, OneUser(user, recorded.desktops_of(user)))


def _running_mode(recorded: Recorded, value: str) -> Dimension:
    modes = {mode.label: mode for mode in RunningMode}
    name = _known("running mode", value, modes)
    return Dimension("RunningMode", name, While.term(recorded.facts, "running_mode", modes[name]))


def _compute_type(recorded: Recorded, value: str) -> Dimension:
    name = _known("compute type", value, _COMPUTE_TYPES)
    scope = While.term(recorded.facts, "bundle", _COMPUTE_TYPES[name])
    return Dimension("ComputeType", name, scope)


def _protocol(recorded: Recorded, value: str) -> Dimension:
    name = _known("protocol", value, _PROTOCOLS)
    owner = recorded.names.desktops["user"]
    scope = streaming_by(recorded.facts, _PROTOCOLS[name], recorded.protocols, owner)
    return Dimension("Protocol", name, scope)


_NARROWER: Mapping[str, Callable[[Recorded, str], Dimension]] = MappingProxyType(
    {
        "desktop": _workspace,
        "user": _user_name,
        "running_mode": _running_mode,
        "compute_type": _compute_type,
        "protocol": _protocol,
    }
)

FIELDS = tuple(_NARROWER)
"""Fields of a question that name some of the desktops."""


def _known(what: str, value: str, spellings: Mapping[str, object]) -> str:
    """The service's spelling of a value.

    Raises:
        ResultError: when there is none.
    """
    for name, word in spellings.items():
        if value in (name, word):
            return name
    raise unknown(what, value, list(spellings))
