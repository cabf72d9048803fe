"""Arguments of `desksim sweep` that click has no word for: `-P KEY VALUE...` and `--shard 3/16`."""

import json
import re

import click
from typing_extensions import override


class WithParameters(click.Command):
    """A command whose `-P` takes a setting and all values up to the next option."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words: list[str] = []
        while args:
            word, *args = args
            words.append(word)
            if word == "-P":
                values = []
                while args and not re.match("--?[a-zA-Z]", args[0]):
                    values.append(args.pop(0))
                words.append(json.dumps(values))
        return super().parse_args(ctx, words)


class RunByDefault(click.Group):
    """`desksim sweep FILE` is `desksim sweep run FILE`."""

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


def parameters_of(
    _: click.Context, __: click.Parameter, given: tuple[str, ...]
) -> list[tuple[str, list[str]]]:
    """Settings with their values, from what `WithParameters` made of `-P`."""
    found = []
    for text in given:
        key, *values = json.loads(text) or [""]
        if not values:
            raise click.BadParameter(f"expected a setting and its values, got '{key}'")
        found.append((key, values))
    return found


def executor_of(_: click.Context, __: click.Parameter, text: str) -> str:
    """Where runs are done, if there is such a place."""
    if not re.fullmatch("processes|serial|dask://[^/]+:[0-9]{1,5}/?", text):
        expected = "processes, serial or dask://HOST:PORT"
        raise click.BadParameter(f"expected {expected}, got '{text}'")
    return text


def shard_of(_: click.Context, __: click.Parameter, text: str) -> tuple[int, int]:
    """Which shard of how many."""
    found = re.fullmatch("([0-9]{1,6})/([0-9]{1,6})", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"expected a shard such as 3/16, got '{text}'")
    return int(found[1]), int(found[2])
