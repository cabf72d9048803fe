"""The way from the client to the desktop, before anything is started: checks, factors, the broker.

Each stage takes time and can turn people away; stages that share servers have a line. All of them
are off unless a scenario says otherwise, since no figure is published for any of them.

Source of the stages and their order: AWS WorkSpaces Administration Guide and the whitepaper "Best
practices for deploying Amazon WorkSpaces"; the order of trusted devices and IP access groups is not
published.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from sim.scenario.distributions import Stage
from sim.scenario.fields import Duration, Positive, Share, Specification, Switch, written
from sim.scenario.readings import whole_number
from sim.units import DAY


class NetworkCheck(Specification):
    """Registration code, ports and round-trip time, checked by the client."""

    time: Stage = written("500 ms")
    """Time it takes. Source: assumed; no figure is published."""
    refused: Share = 0.0
    """Share of people whose network fails it, drawn once for each."""


class TrustedDevices(Specification):
    """The certificate of a device that the directory trusts."""

    time: Stage = written("200 ms")
    """Time it takes. Source: assumed; no figure is published."""
    untrusted: Share = 0.0
    """Share of people whose device has no valid certificate, drawn once for each."""


class IpAccessGroups(Specification):
    """The addresses from which people may connect."""

    time: Stage = written("50 ms")
    """Time it takes. Source: assumed; no figure is published."""
    outside: Share = 0.0
    """Share of people who come from another address, drawn once for each."""


class SecondFactor(Specification):
    """A second factor by RADIUS.

    A second server is tried only when the first does not answer at all. Source: AWS Directory
    Service Administration Guide: time-out of 1-50 s, 0-10 retries.
    """

    servers: Positive = 10
    """Authentications that one RADIUS server takes at once. Source: assumed; no figure is
    published."""
    service_time: Stage = written({"lognormal": {"mean": "8 s", "cv": 0.5}})
    """Time of one, the user's own included. Source: assumed; no figure is published."""
    failed: Share = 0.0
    """Share of logons that fail it, drawn for each session; the user tries again."""
    timeout: Annotated[Duration, Field(ge=1_000, le=50_000)] = written("5 s")
    """Time after which a server that does not answer is given up. Source: assumed; AWS Directory
    Service Administration Guide 2023: 1-50 s."""
    retries: Annotated[int, Field(ge=0, le=10), BeforeValidator(whole_number)] = 3
    """How often it is asked again before that. Source: assumed; AWS Directory Service
    Administration Guide 2023: 0-10."""
    second_server: Switch = True
    """Whether there is a second server."""


class Broker(Specification):
    """What finds the desktop and has it started."""

    servers: Positive = 4
    """Requests that are worked on at once. Source: assumed; no figure is published."""
    service_time: Stage = written("200 ms")
    """Time of one. Source: assumed; no figure is published."""


class StartRate(Specification):
    """How many desktops can be started, by a token bucket."""

    per_minute: Positive
    """Starts a minute that are sustained."""
    burst: Positive = 1
    """Starts that may come at once. Source: assumed; no figure is published."""


class FipsEndpoints(Specification):
    """FIPS 140-2 validated mode in place of standard TLS for the endpoints of the directory.

    It is offered in US Regions, for directories all of whose desktops use it, and costs nothing.
    Clients that cannot do it (`fips` of a kind of client) are turned away. Source: WorkSpaces
    Administration Guide, "Configure FedRAMP authorization or DoD SRG compliance".
    """

    extra_time: Annotated[Duration, Field(le=DAY)] = written("0 s")
    """Time by which it lengthens the streaming connection. Source: assumed: none; no figure is
    published."""


class Access(Specification):
    """The stages of a logon before a desktop is started, each of them optional."""

    fips: FipsEndpoints | None = None
    """FIPS-validated encryption of the endpoints; standard TLS when absent."""
    network_check: NetworkCheck | None = None
    """Check of the client's network."""
    trusted_devices: TrustedDevices | None = None
    """Check of the device's certificate."""
    ip_access_groups: IpAccessGroups | None = None
    """Check of the client's address."""
    mfa: SecondFactor | None = None
    """Second factor, after the directory."""
    broker: Broker | None = None
    """The broker, after authentication."""
    start_rate: StartRate | None = None
    """Limit on starts; none when absent."""
