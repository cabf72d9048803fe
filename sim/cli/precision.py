"""How precise a study is to be: a part such as 2 %, and the measures that are meant."""

import click


def part(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """Read `2%`.

    Raises:
        click.BadParameter: for anything else.
    """
    if value is None:
        return None
    from sim.units import parse_share

    try:
        read = parse_share(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if not 0 < read < 1:
        raise click.BadParameter(f"expected more than 0 % and less than 100 %, got '{value}'")
    return read


def measures(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Read names of measures, `cost` or `wait_p95_s[office]`.

    Raises:
        click.BadParameter: for a measure that there is not.
    """
    from sim.scenario.errors import did_you_mean
    from sim.study.observations import MEASURES, parted

    for value in values:
        try:
            parted(value)
        except KeyError:
            message = f"there is no measure '{value}'{did_you_mean(value, MEASURES)}"
            raise click.BadParameter(message) from None
    return values
