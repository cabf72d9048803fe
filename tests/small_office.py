"""A scenario small enough to run in a second, as the file that a user would write."""

from pathlib import Path

PRICES = Path(__file__).parents[1] / "scenarios" / "prices"

TEXT = f"""\
version: 1
name: small-office
description: Eight people in two fleets for two weeks.
region: us-east-1
start: 2026-09-01
horizon: 14 d
warm_up: 1 d
seed: 7
prices:
  book: {PRICES / "us-east-1.csv"}
zones:
  a: {{}}
  b: {{}}
directory:
  servers: 1
  service_time: 2 s
fleets:
  staff:
    bundle: standard
    user_volume: 50 GB
    running_mode: AlwaysOn
  part-time:
    bundle: value
    running_mode: AutoStop
    autostop_timeout: 1 h
populations:
  staff:
    users: 3
    fleet: staff
    cost_center: head office
    shift: {{start: 9:00, spread: {{normal: 10 min}}}}
    session_length: 8 h
  part-time:
    users: 5
    fleet: part-time
    shift: {{start: 9:00, spread: {{uniform: 30 min}}}}
    session_length: {{gamma: {{mean: 4 h, cv: 0.3}}}}
services:
  gateway: {{item: nat/hour, quantity: 1, per: hour, cost_center: network}}
"""


def write_office(folder: Path, text: str = TEXT) -> Path:
    """Write the scenario to a file of the folder."""
    file = folder / "office.yaml"
    file.write_text(text, encoding="utf-8")
    return file


POOLS = """\
pools:
  lab:
    bundle: power
    running_mode: AutoStop
    admission: queue
    minimum: 2
    maximum: 2
  agents:
    bundle: power
    running_mode: AlwaysOn
    minimum: 2
    desired: 3
    maximum: 4
    scaling:
      - {target_tracking: 75 %}
"""

POOL_PEOPLE = """\
  agents:
    users: 6
    fleet: agents
    time_zone: Asia/Singapore
    shift: {start: 9:00, spread: {uniform: 10 min}}
    session_length: 4 h
  students:
    users: 4
    fleet: lab
    shift: {start: 14:00, spread: {uniform: 10 min}}
    session_length: 15 min
"""

POOL_PRICES = """\
  add:
    pool/running-hour/power/included:
      {unit_price: 0.48, unit: hour, source: a price list, as_of: 2026-07-01}
    pool/stopped-hour: {unit_price: 0.025, unit: hour, source: a price list, as_of: 2026-07-01}
    pool/user-month: {unit_price: 4.19, unit: user-month, source: a price list, as_of: 2026-07-01}
"""


def with_pools(text: str = TEXT) -> str:
    """The office with two pools beside its fleets.

    Six agents find three places and are refused; four students stand in line for two.
    """
    text = text.replace("zones:\n", f"{POOL_PRICES}zones:\n", 1)
    text = text.replace("fleets:\n", f"{POOLS}fleets:\n", 1)
    return text.replace("services:\n", f"{POOL_PEOPLE}services:\n", 1)
