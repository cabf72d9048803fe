"""Who changes running modes by rule: nobody, or AWS's Cost Optimizer, as data.

A fleet's `running_mode` says how its desktops begin. Which mode is cheaper depends on how many
hours each is used, which is known only afterwards; the policy says who looks, and when.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Tag, WithJsonSchema
from typing_extensions import TypeAliasType

from sim.scenario.errors import did_you_mean
from sim.scenario.fields import Count, Share, Specification, Switch
from sim.scenario.forms import Named, by_shape
from sim.scenario.readings import whole_number

RELEASED_LIMITS = {
    "value": 81,
    "standard": 85,
    "performance": 80,
    "power": 92,
    "powerpro": 78,
    "graphics.g4dn": 334,
    "graphicspro.g4dn": 80,
}
"""Limit of each bundle [h/month]. Source: Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03,
`hub-stack.ts`; break-evens of 80 + 10 GB prices."""

GUIDE_LIMITS = {
    "value": 81,
    "standard": 85,
    "performance": 83,
    "power": 83,
    "powerpro": 80,
    "generalpurpose.4xlarge": 121,
    "generalpurpose.8xlarge": 125,
    "graphics.g4dn": 217,
    "graphicspro.g4dn": 80,
}
"""Limit of each bundle [h/month]. Source: its Implementation Guide, 2026, "Launch the hub stack".
The two sources disagree; 83, 83 and 80 match the prices of no volumes."""

LONGEST_CHECK = 15
"""Most months that the check for unused desktops looks back. Source: as `GUIDE_LIMITS`."""


def _with_a_limit(bundle: str) -> str:
    if bundle not in GUIDE_LIMITS:
        near = did_you_mean(bundle, GUIDE_LIMITS)
        raise ValueError(f"expected a bundle, got '{bundle}'{near}")
    return bundle


LimitedBundle = Annotated[
    str,
    AfterValidator(_with_a_limit),
    WithJsonSchema({"type": "string", "title": "bundle", "enum": list(GUIDE_LIMITS)}),
]
"""A bundle, all of which may have a limit."""

Limits = TypeAliasType(
    "Limits",
    Annotated[
        Annotated[Literal["released", "guide"], Tag("text")]
        | Annotated[dict[LimitedBundle, Count], Tag("mapping")],
        by_shape("released, guide, or hours a month by bundle such as {standard: 85}"),
    ],
)
"""Hours a month above which a desktop is to be AlwaysOn."""

Skipped = TypeAliasType(
    "Skipped",
    Annotated[
        Annotated[list[str], Tag("list")] | Annotated[Share, Tag("text")],
        by_shape("a list of users or a share such as '10 %'"),
    ],
)
"""Users, by name, or a share of them, drawn at random."""


class Stay(Specification):
    """Desktops keep their running mode, unless an operation changes it."""

    kind: Literal["stay"] = "stay"


class CostOptimizer(Specification):
    """AWS's Cost Optimizer for Amazon WorkSpaces: each desktop's hours against a limit, every day.

    It runs at 23:00 UTC and sees nothing but whether a user was connected, in slots of five
    minutes. Its rule is in [cost-optimizer.md](cost-optimizer.md). Source: Cost Optimizer for
    Amazon WorkSpaces v2.8.7, 2026-03.
    """

    kind: Literal["cost-optimizer"] = "cost-optimizer"
    limits: Limits = "released"
    """Limits in hours a month: those of the released code, those of its guide, or your own over the
    released ones. A bundle without a limit is skipped. Source: Cost Optimizer for Amazon WorkSpaces
    v2.8.7, 2026-03, `hub-stack.ts`; its guide disagrees."""
    dry_run: Switch = False
    """Decide and report, but change nothing. Source: assumed; the template of Cost Optimizer for
    Amazon WorkSpaces v2.8.7, 2026-03, does so."""
    test_end_of_month: Switch = False
    """Whether every day is taken for the last one of its month. Source: Cost Optimizer for Amazon
    WorkSpaces v2.8.7, 2026-03: off unless it is set."""
    skip: Skipped = []
    """Users whose desktops have the tag `Skip_Convert`: reported, and left as they are. Source:
    Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03: no desktop has the tag unless it is
    given."""
    terminate_unused: Literal["no", "dry-run", "yes"] = "no"
    """Whether desktops that nobody used are deleted on the last day of a month, or reported as if
    they were. Source: Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03: no, unless it is
    set."""
    unused_months: Annotated[int, Field(ge=1, le=LONGEST_CHECK), BeforeValidator(whole_number)] = 1
    """Calendar months without use, the present one included, that make a desktop unused. Source:
    Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03: 1 unless it is set."""
    samples_when_stopped: Literal["absent", "zero"] = "absent"
    """What CloudWatch has of a desktop that does not run: no sample, or zeros. Source: not
    published; AWS asks the desktop for its connections, and of a stopped one it says they are
    unknown (WorkSpaces Administration Guide, "CloudWatch metrics", 2026; API reference,
    WorkspaceConnectionStatus)."""

    def limit(self, bundle: str) -> int | None:
        """Limit of a bundle [h/month]; None: there is none."""
        match self.limits:
            case "released":
                known = RELEASED_LIMITS
            case "guide":
                known = GUIDE_LIMITS
            case own:
                known = RELEASED_LIMITS | own
        return known.get(bundle)


RUNNING_MODE_POLICIES = Named(
    {"stay": (), "cost-optimizer": ()},
    expected="stay, cost-optimizer, or its settings such as {cost-optimizer: {dry_run: true}}",
)
"""How the policies are written: the name of one, or the name with settings below."""

RunningModePolicy = TypeAliasType(
    "RunningModePolicy",
    Annotated[
        Annotated[Stay | CostOptimizer, Field(discriminator="kind")],
        RUNNING_MODE_POLICIES,
    ],
)
"""Who changes the running modes of a fleet by rule."""
