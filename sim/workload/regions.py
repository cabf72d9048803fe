"""The time zone in which each AWS Region lives.

Maintenance of AutoStop desktops happens in the Region's time zone. AWS names each Region by a
place and publishes no IANA zone for it; the zone here is that of the place.

Names and codes of the Regions come from documentation; the zone of each place is this table's own
reading. Where a name says a country or a part of one, the zone is that of its main part:
us-east-1 Virginia, us-east-2 Ohio, us-west-1 California, us-west-2 Oregon, ca-central-1 Quebec,
mx-central-1 central Mexico, ap-southeast-6 New Zealand.

Source: AWS, "Supported AWS Regions" (Automated Security Response on AWS, docs.aws.amazon.com);
later Regions: Red Hat, supported AWS public regions (OpenShift documentation, 2025); ap-east-2 and
ap-southeast-6: an AWS table of default maintenance windows by Region, in a copy without its title.
"""

from zoneinfo import ZoneInfo

from sim.scenario.errors import did_you_mean
from sim.scenario.schema import Scenario
from sim.workload.problems import setting_error

TIME_ZONES = {
    "af-south-1": "Africa/Johannesburg",
    "ap-east-1": "Asia/Hong_Kong",
    "ap-east-2": "Asia/Taipei",
    "ap-northeast-1": "Asia/Tokyo",
    "ap-northeast-2": "Asia/Seoul",
    "ap-northeast-3": "Asia/Tokyo",
    "ap-south-1": "Asia/Kolkata",
    "ap-south-2": "Asia/Kolkata",
    "ap-southeast-1": "Asia/Singapore",
    "ap-southeast-2": "Australia/Sydney",
    "ap-southeast-3": "Asia/Jakarta",
    "ap-southeast-4": "Australia/Melbourne",
    "ap-southeast-5": "Asia/Kuala_Lumpur",
    "ap-southeast-6": "Pacific/Auckland",
    "ap-southeast-7": "Asia/Bangkok",
    "ca-central-1": "America/Toronto",
    "ca-west-1": "America/Edmonton",
    "cn-north-1": "Asia/Shanghai",
    "cn-northwest-1": "Asia/Shanghai",
    "eu-central-1": "Europe/Berlin",
    "eu-central-2": "Europe/Zurich",
    "eu-north-1": "Europe/Stockholm",
    "eu-south-1": "Europe/Rome",
    "eu-south-2": "Europe/Madrid",
    "eu-west-1": "Europe/Dublin",
    "eu-west-2": "Europe/London",
    "eu-west-3": "Europe/Paris",
    "il-central-1": "Asia/Jerusalem",
    "me-central-1": "Asia/Dubai",
    "me-south-1": "Asia/Bahrain",
    "mx-central-1": "America/Mexico_City",
    "sa-east-1": "America/Sao_Paulo",
    "us-east-1": "America/New_York",
    "us-east-2": "America/New_York",
    "us-gov-east-1": "America/New_York",
    "us-gov-west-1": "America/Los_Angeles",
    "us-west-1": "America/Los_Angeles",
    "us-west-2": "America/Los_Angeles",
}


def region_time_zone(scenario: Scenario, region: str) -> ZoneInfo:
    """The time zone of a Region; what the scenario states of its own Region comes first.

    Raises:
        ScenarioError: for a Region that is not in the table, unless the scenario states its time
        zone.
    """
    stated = scenario.maintenance.region_time_zone
    if stated is not None and region == scenario.region:
        return ZoneInfo(stated)
    if region not in TIME_ZONES:
        raise setting_error(
            "expected a Region whose time zone is known, or maintenance.region_time_zone, "
            f"got '{region}'{did_you_mean(region, TIME_ZONES)}",
            "region",
        )
    return ZoneInfo(TIME_ZONES[region])
