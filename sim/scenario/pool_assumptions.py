"""Which settings of a pool shaped a result: those that its mode, size and policies make matter."""

from collections.abc import Iterator

from sim.scenario.errors import Path
from sim.scenario.outage_assumptions import loses_machines, loses_streaming, turns_away
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario


def settings_of_pools(scenario: Scenario) -> Iterator[Path]:
    """The settings that mattered of each pool, by path in the order of the file."""
    for name, pool in scenario.pools.items():
        for below, matters in _settings(scenario, pool).items():
            if matters:
                yield ("pools", name, *below)


def _settings(scenario: Scenario, pool: Pool) -> dict[Path, bool]:
    """The settings that may matter, and whether they do."""
    replaced = pool.after_session == "replace"
    return {
        ("load_balancing",): pool.sessions_per_instance > 1,
        ("after_session",): True,
        ("admission",): True,
        ("queue_limit",): pool.admission == "queue",
        ("provisioning",): replaced or bool(pool.scaling or pool.edits) or loses_machines(scenario),
        ("launch_retry",): bool(pool.hosts)
        or _short_of_addresses(scenario, pool)
        or turns_away(scenario),
        ("maximum_duration",): True,
        ("disconnect_timeout",): True,
        ("idle_disconnect_timeout",): True,
        ("network_loss_detection",): True,
        ("reconnect_window",): loses_streaming(scenario),
        ("logon", "start"): pool.running_mode == "AutoStop",
        ("logon", "home_folder"): True,
        ("logon", "application_settings"): True,
        ("logon", "streaming"): True,
        ("logon", "os_logon"): True,
        **dict.fromkeys(_of_policies(pool), True),
        ("edit_delay",): bool(pool.edits),
        ("billing", "increment"): True,
        ("billing", "minimum"): True,
        ("billing", "provisioning"): True,
        ("billing", "user_fee"): pool.licensed == "included",
    }


def _of_policies(pool: Pool) -> Iterator[Path]:
    for index, policy in enumerate(pool.scaling):
        for key in type(policy).model_fields:
            if key != "kind" and getattr(policy, key) is not None:
                yield ("scaling", index, policy.kind, key)


def _short_of_addresses(scenario: Scenario, pool: Pool) -> bool:
    """Whether a zone in which a pool's instances may be has a limited number of addresses."""
    zones = scenario.zones_of(pool)
    return any(scenario.zones[zone].ip_addresses is not None for zone in zones)
