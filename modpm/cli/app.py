"""The verbs and the global options. A verb's module is imported when the verb is called."""

import os
from collections.abc import Callable
from typing import Any

import click

from modpm.cli.shell import Shell

SECTIONS = {
    "Play": {
        "init": ("loadout:init", "Start a loadout in this folder"),
        "add": ("loadout:add", "Add mods to the loadout"),
        "remove": ("loadout:remove", "Take mods out of the loadout"),
        "update": ("loadout:update", "Take newer versions of mods that are locked"),
        "lock": ("loadout:lock", "Choose versions and write loadout.lock"),
        "fix": ("fix:fix", "Show, or do, what helps where no versions fit together"),
        "plan": ("plan:plan", "Show what mods claim when they start, without a game"),
        "settle": ("settle:settle", "Choose what a parameter is to be, and by whom"),
        "sync": ("loadout:sync", "Lock if needed, then fetch what the lock names"),
        "run": ("play:run", "Sync, then play the loadout turn by turn"),
    },
    "Look": {
        "list": ("look:list_", "List the mods of the loadout"),
        "outdated": ("ask:outdated", "Show what is not the newest, and what holds it back"),
        "why": ("ask:why", "Show why a mod is in the loadout"),
        "why-not": ("ask:why_not", "Show what keeps a mod or a version out"),
        "order": ("order:order", "Show the load order, and why it is so"),
        "tree": ("look:tree", "Show which mod needs which"),
        "show": ("look:show", "Show all about one mod"),
        "conflicts": ("conflicts:conflicts", "Show what mods disagree about, and who wins"),
        "explain": ("explain:explain", "Tell how a parameter came to its value"),
        "inspect": ("inspect:inspect", "Show what a mod is made of, without running it"),
        "verify": ("look:verify", "Hash every file of the loadout again"),
    },
    "Make": {
        "new": ("author:new", "Start a mod, a loadout or a game from a template"),
        "dev": ("live:dev", "Play a mod under development, reloaded as it changes"),
        "build": ("author:build", "Build a mod's WebAssembly component from its source"),
        "check": ("author:check", "Check a mod, a loadout or a game"),
        "pack": ("author:pack", "Pack a mod into an archive to share"),
    },
    "Keep house": {
        "doctor": ("doctor:doctor", "Check that modpm can play here"),
        "registry": ("registry:registry", "Take over other managers' metadata"),
        "cache": ("house:cache", "Show or empty the cache"),
        "completion": ("house:completion", "Print a shell's completion script"),
    },
}

VERBS = {name: target for verbs in SECTIONS.values() for name, (target, _) in verbs.items()}

EPILOG = """\b
Exit codes:
  0    done
  1    the wish cannot be met
  2    wrong usage, or a file that is not valid
  3    the lock is missing, stale or unreadable
  4    something is not what its hash promised
  5    a registry cannot be reached
  70   a bug in modpm
  130  interrupted"""


class Verbs(click.Group):
    """A group that lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every verb, in the order of the help page."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb, imported now."""
        if cmd_name not in VERBS:
            return None
        from importlib import import_module

        module, function = VERBS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"modpm.cli.{module}"), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` begins with; raise NoSuchCommand with close names."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            raise click.NoSuchCommand(args[0], possibilities=list(VERBS), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by section."""
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, short) for name, (_, short) in verbs.items()])


def _option(*names: str, set: Callable[[Shell, Any], None], **more: Any) -> click.Option:  # noqa: ANN401 - click's own
    """Return an option that changes the shell and is no argument of the verb."""

    def told(ctx: click.Context, _: click.Parameter, value: object) -> None:
        if value not in (None, 0, False):
            set(ctx.find_object(Shell) or Shell(json=False), value)

    return click.Option(names, expose_value=False, is_eager=True, callback=told, **more)


def _quieter(shell: Shell, count: int) -> None:
    shell.verbosity -= count


def _louder(shell: Shell, count: int) -> None:
    shell.verbosity += count


def _offline(shell: Shell, value: bool) -> None:
    shell.offline = value


def _timeout(shell: Shell, seconds: float) -> None:
    shell.timeout = seconds


def _color(shell: Shell, when: str) -> None:
    shell.color = {"always": True, "never": False}.get(when)


def _directory(_: Shell, folder: str) -> None:
    os.chdir(folder)


def global_options() -> list[click.Parameter]:
    """Return the options that every verb takes, before its name or after it."""
    folder = click.Path(exists=True, file_okay=False)
    return [
        _option(
            "-C",
            "--directory",
            set=_directory,
            type=folder,
            metavar="DIR",
            help="Run as if started in DIR.",
        ),
        _option("-q", "--quiet", set=_quieter, count=True, help="Say less."),
        _option("-v", "--verbose", set=_louder, count=True, help="Say more."),
        _option("--offline", set=_offline, is_flag=True, help="Use only what is on this machine."),
        _option(
            "--timeout",
            set=_timeout,
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="How long to choose versions before giving up; default: 30.",
        ),
        _option(
            "--color",
            set=_color,
            type=click.Choice(["auto", "always", "never"]),
            help="Colour the output.",
        ),
    ]


def verb(*, json: bool = True) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command that takes the shell, its parameters and the global options."""

    def made(function: Callable[..., Any]) -> click.Command:
        name = function.__name__.rstrip("_").replace("_", "-")
        command = click.command(name, context_settings={"help_option_names": ["-h", "--help"]})(
            click.pass_obj(function)
        )
        if json:
            # main reads it from the command line, before anything can fail
            command.params.append(
                click.Option(
                    ["--json"],
                    is_flag=True,
                    expose_value=False,
                    help="Write one JSON document to stdout.",
                )
            )
        command.params += global_options()
        return command

    return made


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from modpm import __version__

        click.echo(f"modpm {__version__}")
        ctx.exit()


app = Verbs(
    "modpm",
    help="Find mods that fit together, lock them, and play them exactly so anywhere.",
    epilog=EPILOG,
    params=[
        *global_options(),
        click.Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version.",
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
