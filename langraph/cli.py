"""The command line: `langraph COMMAND`. A command's module is imported when it is called, so that each starts fast."""

from collections.abc import Sequence
from importlib import import_module

import click

from langraph.errors import LangraphError

EXIT_BAD_INPUT = 2

COMMANDS = {
    "run": ("running:run", "Start the daemon; with nothing configured, the demo."),
    "demo": ("running:demo", "Start the daemon against a simulated cluster on this machine."),
    "analyze": ("triage:analyze", "Find the root cause in a log file or text; changes nothing."),
    "incidents": ("client:incidents", "List, show, approve, reject, modify, revert incidents of the running daemon."),
    "halt": ("client:halt", "Stop every push of the running daemon until `langraph resume`."),
    "resume": ("client:resume", "Let the running daemon push again."),
    "replay": ("replaying:replay", "Diagnose recorded incidents again with today's rules; changes nothing."),
    "check": ("checking:check", "Print every setting, try every connection."),
    "fsck": ("checking:fsck", "Check the invariants of ledger and branch."),
    "values": ("values:values", "Read or change one value of a YAML file, and no other byte."),
    "fingerprint": ("grouping:fingerprint", "Log lines in, one group id a line out."),
}
"""Module and name of each command, and what it does in a line."""


class LazyGroup(click.Group):
    """Commands that are imported when somebody calls them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"langraph.commands.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """One sentence on standard error, exit code 2, instead of a traceback."""
        try:
            return super().invoke(ctx)
        except LangraphError as error:
            click.echo(f"langraph: {error}", err=True)
            ctx.exit(getattr(error, "exit_code", EXIT_BAD_INPUT))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="langraph")
def cli() -> None:
    """Find the cause of incidents, propose the smallest change, commit what people approve."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `langraph` command."""
    cli.main(args=None if arguments is None else list(arguments), prog_name="langraph")
