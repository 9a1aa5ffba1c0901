"""The `modpm` command: runs the wish, and turns whatever happens into words and an exit code.

Nothing is imported outside `main`, so that an interrupt during imports is met like any other.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sys


def main() -> None:
    """Run the command line; leave with the exit code that `modpm --help` documents."""
    import sys

    sys.unraisablehook = _unraisable
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    sys.exit(code)


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Let an interrupt that came where nothing can be raised, as in a finalizer, come once more."""
    import sys

    if isinstance(unraisable.exc_value, KeyboardInterrupt):
        from contextlib import suppress
        from threading import Timer, get_ident

        with suppress(RuntimeError):  # Python is about to end anyway
            Timer(0.01, _interrupt, [get_ident()]).start()
    else:
        sys.__unraisablehook__(unraisable)


def _interrupt(thread: int) -> None:
    """Interrupt the main thread, also while it waits."""
    import sys

    if sys.platform == "win32":
        from _thread import interrupt_main

        interrupt_main()
    else:
        import signal

        signal.pthread_kill(thread, signal.SIGINT)


def _run(args: list[str]) -> int:
    """Return the exit code of one command line."""
    from modpm.cli.shell import Shell

    shell = Shell(json="--json" in args)
    try:
        from modpm.cli.app import app

        code = app.main(args, "modpm", standalone_mode=False, obj=shell)
        shell.flush()
    except Exception as error:
        from modpm.cli.failure import fail

        return fail(shell, error)
    return code or 0
