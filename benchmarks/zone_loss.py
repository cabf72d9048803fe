"""The shipped scenario of a lost zone and a plan for it, for any number of people."""

from pathlib import Path

FILE = Path(__file__).parents[1] / "scenarios" / "zone-loss-with-recovery.yaml"

SHIPPED = {
    "populations.staff.users": 120,
    "populations.field.users": 80,
    "populations.agents.users": 90,
    "pools.agents.maximum": 110,
    "zones.apse1-az1.ip_addresses": 507,
    "zones.apse1-az2.ip_addresses": 507,
    "directory.servers": 2,
}
"""Settings that grow with the number of people, and what they are for `PEOPLE`."""

PEOPLE = 290


def settings(users: int, *, lost: bool) -> list[str]:
    """What is laid over the file: more of everything, and no outage unless the zone is `lost`."""
    grown = [f"{name}={max(1, number * users // PEOPLE)}" for name, number in SHIPPED.items()]
    day = (_capacity("15 8", 100 * users // PEOPLE), _capacity("0 19", 0))
    grown.append(f"pools.agents.scaling=[{', '.join(day)}]")
    return grown if lost else [*grown, "outages=[]"]


def _capacity(clock: str, sessions: int) -> str:
    """A scheduled action of the pool on working days."""
    cron = f"cron: {clock} * * mon-fri, time_zone: Asia/Singapore"
    return f"{{schedule: {{{cron}, capacity: {sessions}}}}}"
