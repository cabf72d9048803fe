"""Where desktops go: hosts as bins, zones as shares.

Starting desktops on hosts is online bin packing in two dimensions. First-fit has an exact answer
for every instance; the other rules have bounds that no rule can break. Placing desktops in zones
is apportionment, with an exact answer too.

Source: `oracles/README.md`, section 1.2 (packing; the optima are proven by integer programming);
`packing_instances.json` and `az_balanced.csv`.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pytest

from sim.model.placement import Zones
from sim.record import DESKTOPS, HOST_LOAD, LOGONS, PLAN, Cause, Outcome, Table
from sim.scenario.bundles import BUNDLE_SIZES, Bundle
from sim.storage import FactStore
from sim.units import DAY, SECOND
from tests.analytical import recursions
from tests.analytical.agreement import named, oracle, oracle_json
from tests.analytical.situations import ENGINES, Engine, facts, plan, scenario, users

Instance = dict[str, Any]
INSTANCES: list[Instance] = oracle_json("packing_instances")
BUNDLES = {BUNDLE_SIZES[name][:2]: name for name in get_args(Bundle) if not BUNDLE_SIZES[name][2]}
OF_BUNDLES = [
    instance for instance in INSTANCES if all(tuple(item) in BUNDLES for item in instance["items"])
]
RULES = ("first-fit", "pack", "spread", "random")


def instance_name(instance: Instance) -> str:
    return str(instance["name"])


def started(instance: Instance, rule: str, hosts: int) -> FactStore[Table]:
    """Everybody logs on, a second after the one before, and stays; who is refused gives up."""
    bundles = [BUNDLES[vcpu, memory] for vcpu, memory in instance["items"]]
    fleets = {
        name: {"bundle": name, "running_mode": "AutoStop", "hosts": ["rack"], "zones": ["a"]}
        for name in sorted(set(bundles))
    }
    rack = {
        "zone": "a",
        "count": hosts,
        "vcpu": instance["capacity"][0],
        "memory": f"{instance['capacity'][1]} GB",
        "placement": rule,
    }
    world = scenario(horizon=DAY, fleets=fleets, zones={"a": {}}, host_groups={"rack": rack})
    population = world.populations["people"].model_copy(update={"patience": 0})
    world = world.model_copy(update={"populations": {"people": population}})
    count = len(instance["items"])
    intentions = plan(np.arange(count), DAY, arrival=np.arange(count) * SECOND)
    intentions = Table.of(PLAN, **{**intentions.columns, "retry_after": np.full(count, SECOND)})
    return facts(world, users(bundles), intentions)


def hosts_chosen(store: FactStore[Table]) -> list[int]:
    """The host of each desktop, in order of start."""
    return [int(host) for host in store.table(HOST_LOAD).sorted_by("at")["host"]]


@pytest.mark.parametrize("instance", INSTANCES, ids=instance_name)
def test_reference_is_the_published_assignment(instance: Instance) -> None:
    """`recursions.first_fit` item by item; and L1 <= optimum <= first-fit on every instance."""
    assignment = recursions.first_fit(instance["items"], instance["capacity"])
    assert assignment == instance["first_fit_assignment"]
    needs = np.sum(instance["items"], axis=0)
    l1 = max(-(-need // have) for need, have in zip(needs, instance["capacity"], strict=True))
    assert l1 == instance["L1"] <= instance["optimum"] <= max(assignment) + 1


@pytest.mark.parametrize("instance", OF_BUNDLES, ids=instance_name)
def test_first_fit_of_bundles(instance: Instance) -> None:
    """The system: desktops of the five bundles, 60 or 250 of them, that start one after another.

    Expected: the published host of each, exactly, and their load to the end.
    """
    store = started(instance, "first-fit", instance["n"])
    assert hosts_chosen(store) == instance["first_fit_assignment"]

    load = store.table(HOST_LOAD)
    for host in range(instance["first_fit_in_order"]):
        mine = [
            item
            for item, chosen in zip(
                instance["items"], instance["first_fit_assignment"], strict=True
            )
            if chosen == host
        ]
        last = load.take(load["host"] == host).sorted_by("at")
        row = [int(last[name][-1]) for name in ("desktops", "vcpu", "memory_gb")]
        assert row == [len(mine), *np.sum(mine, axis=0).tolist()]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("instance", OF_BUNDLES, ids=instance_name)
def test_no_rule_beats_the_optimum(instance: Instance, rule: str) -> None:
    """With one host fewer than the optimum every rule refuses somebody; with one each, none does.

    No host ever holds more than it has, so the hosts in use are at least L1.
    """
    ample = started(instance, rule, instance["n"])
    assert (ample.table(LOGONS)["outcome"] == Outcome.CONNECTED).all()
    assert len(set(hosts_chosen(ample))) >= instance["optimum"] >= instance["L1"]

    scarce = started(instance, rule, instance["optimum"] - 1)
    outcomes = scarce.table(LOGONS)
    refused = outcomes["outcome"] == Outcome.REFUSED
    assert refused.any()
    assert (outcomes["cause"][refused] == Cause.NO_HOST_CAPACITY).all()
    for column, capacity in zip(("vcpu", "memory_gb"), instance["capacity"], strict=True):
        assert scarce.table(HOST_LOAD)[column].max() <= capacity


@pytest.mark.parametrize("rule", RULES)
def test_identical_desktops_fill_hosts_by_the_scarcer_resource(rule: str) -> None:
    """The system: 250 standard desktops (2 vCPU, 4 GB), hosts of 48 vCPU and 90 GB.

    min(48 / 2, 90 / 4) = min(24, 22.5) holds 22 a host, whatever the rule: 12 hosts are enough,
    of 11 hosts 11 x 22 = 242 places are taken and 8 desktops are refused.
    """
    [instance] = [i for i in OF_BUNDLES if i["name"] == "identical_standard"]
    outcome = started(instance, rule, 11).table(LOGONS)["outcome"]
    assert (outcome == Outcome.REFUSED).sum() == 250 - 11 * 22
    outcome = started(instance, rule, instance["optimum"]).table(LOGONS)["outcome"]
    assert (outcome == Outcome.CONNECTED).all()


# -- zones


def placed(count: int, zones: Sequence[str]) -> Counter[str]:
    """Desktops in each zone after `count` of them, never more than one apart on the way."""
    places = Zones(scenario(horizon=DAY, zones={zone: {} for zone in zones}))
    found = Counter(dict.fromkeys(zones, 0))
    for _ in range(count):
        zone = places.place("office")
        assert zone is not None
        found[zone] += 1
        assert max(found.values()) - min(found.values()) <= 1
    return found


@pytest.mark.parametrize("row", oracle("az_balanced"), ids=named)
def test_balanced_zones_and_what_survives_one(row: dict[str, str]) -> None:
    """The system: N desktops, z zones. Expected, exactly: desktops of each zone; survivors of the
    worst and the best zone to lose; slots that each other zone needs to take the lost ones in.
    """
    count, zones = int(row["desktops"]), [f"z{n}" for n in range(int(row["zones"]))]
    found = placed(count, zones)
    least, most = min(found.values()), max(found.values())
    assert (least, most) == (int(row["min_per_zone"]), int(row["max_per_zone"]))
    fuller = sum(number > count // len(zones) for number in found.values())
    assert fuller == int(row["zones_with_max"])
    assert (count - most, count - least) == (
        int(row["survivors_worst"]),
        int(row["survivors_best"]),
    )
    assert (count - most) / count == pytest.approx(float(row["worst_surviving_fraction"]))
    rehosted = max(placed(count, zones[1:]).values())
    assert rehosted == int(row["slots_needed_per_surviving_zone_to_rehost_all"])
    assert rehosted * len(zones) == int(row["total_slots_for_N_minus_1_az"])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("row", oracle("az_balanced"), ids=named)
def test_zones_of_a_run(row: dict[str, str], engine: Engine) -> None:
    """The table `desktops` of a run says the same."""
    zones = [f"z{n}" for n in range(int(row["zones"]))]
    world = scenario(horizon=DAY, zones={zone: {} for zone in zones})
    store = facts(world, users(["office"] * int(row["desktops"])), Table.empty(PLAN), engine)
    found = Counter(store.table(DESKTOPS)["zone"].tolist())
    assert found == placed(int(row["desktops"]), zones)
