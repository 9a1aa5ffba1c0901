"""What the command line does whatever the verb: help, colours, pipes, bugs, hostile text."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import modpm as package
from modpm.cli.app import SECTIONS, VERBS, app

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Environment = dict[str, str]


def test_version(modpm: Run) -> None:
    """The version is one line on stdout."""
    assert modpm("--version").stdout == f"modpm {package.__version__}\n"


def test_help_lists_every_verb_and_every_exit_code(modpm: Run) -> None:
    """The first page shows all there is."""
    shown = modpm("--help").stdout
    for verbs in SECTIONS.values():
        for name, (_, short) in verbs.items():
            assert f"  {name}" in shown
            assert short in shown
    assert "3    the lock is missing" in shown


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_explains_itself_as_the_first_page_does(name: str) -> None:
    """The listed help of a verb, kept apart so that listing imports nothing, is not another's."""
    command = app.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    assert command.help


def test_help_and_version_import_nothing_heavy(environment: Environment) -> None:
    """The first page costs click and no more."""
    script = (
        "import sys; sys.argv = ['modpm', '--help']\n"
        "from modpm.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    heavy = {
        "rich",
        "tomlkit",
        "msgspec",
        "packaging",
        "rhai",
        "filelock",
        "sqlite3",
        "platformdirs",
    }
    assert not heavy & {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ad"], "error: no such command 'ad'\nhint: did you mean `add`?\n"),
        (
            ["lock", "--lokced"],
            "error: no such option '--lokced'\nhint: did you mean `--locked`?\n",
        ),
        (["add"], "error: name the mods to add\nhint: see `modpm add --help`\n"),
    ],
)
def test_wrong_usage(modpm: Run, args: list[str], said: str) -> None:
    """A word that modpm does not know gets the nearest that it knows, and exit code 2."""
    done = modpm(*args)
    assert (done.stderr, done.stdout, done.returncode) == (said, "", 2)


def test_wrong_usage_as_json(modpm: Run) -> None:
    """With --json even a usage error is one document on stdout."""
    done = modpm("list", "--json", "--wrong")
    document = json.loads(done.stdout)
    assert document["schema-version"] == 1
    assert document["error"]["code"] == "usage"
    assert (done.stderr, done.returncode) == ("", 2)


def test_an_error_as_json_carries_its_data(modpm: Run, tmp_path: Path) -> None:
    """A program reads the error's kind and fields, not its sentence."""
    error = json.loads(modpm("list", "--json").stdout)["error"]
    assert error["code"] == "no-loadout"
    assert error["folder"] == str(tmp_path / "play")
    assert error["hint"] == "run `modpm init` to start a loadout"


def test_global_options_may_stand_on_both_sides_of_the_verb(modpm: Run, tmp_path: Path) -> None:
    """-C before the verb and after it means the same."""
    (tmp_path / "play" / "deep").mkdir()
    before, after = modpm("-C", "deep", "list"), modpm("list", "-C", "deep")
    assert before.stderr == after.stderr
    assert str(Path("play", "deep")) in before.stderr


@pytest.mark.parametrize(
    ("args", "more", "coloured"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(modpm: Run, args: list[str], more: dict[str, str], coloured: bool) -> None:
    """Colour is for terminals, unless the player says otherwise."""
    assert ("\x1b[" in modpm(*args, "list", **more).stderr) is coloured


def on_screen(terminal: int) -> bytes:
    """Return all that was written to a terminal that nobody writes to any more, and close it."""
    shown = b""
    with suppress(OSError):  # Linux says so when nobody is at the other end
        while piece := os.read(terminal, 65536):
            shown += piece
    os.close(terminal)
    return shown


def test_no_color_is_honoured_on_a_terminal(
    program: str, environment: Environment, tmp_path: Path
) -> None:
    """NO_COLOR takes the colour from a terminal that would have it."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    shown = {}
    for value in ("", "1"):
        parent, child = pty.openpty()
        subprocess.run(
            [program, "list"], cwd=tmp_path, env=environment | {"NO_COLOR": value}, stderr=child
        )
        os.close(child)
        shown[value] = on_screen(parent)
    assert b"\x1b[" in shown[""]
    assert b"\x1b[" not in shown["1"]


def test_text_of_strangers_cannot_steer_the_terminal(modpm: Run, tmp_path: Path) -> None:
    """Escape sequences and direction marks from a file are shown, not obeyed."""
    bad = "x = \x1b[2J\u202e"
    (tmp_path / "play" / "game.toml").write_text(bad, encoding="utf-8")
    said = modpm("check").stderr
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\x1b[2J\\u202e" in said


def test_a_closed_pipe_is_quiet(program: str, environment: Environment, tmp_path: Path) -> None:
    """`modpm ... | head -0` says nothing."""
    with subprocess.Popen(
        [program, "--help"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_stdout_is_an_error(
    program: str, environment: Environment, tmp_path: Path
) -> None:
    """Output that could not be written is not success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [program, "--help"], env=environment, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.stderr == "error: no space left on device\n"
    assert done.returncode == 1


BUG = """
import sys
import modpm.cli.app as app
def boom(*_): raise KeyError("x")
app.Verbs.get_command = boom
sys.argv = ["modpm", "list"]
from modpm.cli.main import main
main()
"""


def test_a_bug_is_owned_up_to_and_its_details_are_kept(environment: Environment) -> None:
    """An error that nobody foresaw is one sentence; the traceback is in a file that it names."""
    done = subprocess.run(
        [sys.executable, "-c", BUG], env=environment, capture_output=True, text=True
    )
    first, second = done.stderr.splitlines()
    assert first == "error: modpm has a bug: KeyError: 'x'"
    assert done.returncode == 70
    kept = Path(second.removeprefix("hint: please report it, with "))
    try:
        assert "Traceback" in kept.read_text(encoding="utf-8")
    finally:
        kept.unlink()


def test_a_bug_shows_itself_to_those_who_ask(environment: Environment) -> None:
    """MODPM_DEBUG=1 shows the traceback."""
    done = subprocess.run(
        [sys.executable, "-c", BUG],
        env=environment | {"MODPM_DEBUG": "1"},
        capture_output=True,
        text=True,
    )
    assert "Traceback" in done.stderr


def test_an_interrupt_during_imports_is_quiet(environment: Environment) -> None:
    """Ctrl-C before the verb is even known leaves no traceback."""
    script = (
        "import sys\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Slow()); sys.argv = ['modpm', 'list']\n"
        "from modpm.cli.main import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert (done.stderr, done.returncode) == ("interrupted\n", 130)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_completes(modpm: Run, shell: str) -> None:
    """The printed script asks modpm, and modpm answers with verbs."""
    assert f"{shell}_complete" in modpm("completion", shell).stdout
    words, at = ("modpm", "ve") if shell == "fish" else ("modpm ve", "1")
    answer = modpm(_MODPM_COMPLETE=f"{shell}_complete", COMP_WORDS=words, COMP_CWORD=at)
    assert "verify" in answer.stdout


def test_bars_are_for_terminals(environment: Environment) -> None:
    """What takes long shows a bar on a terminal, and nothing where nobody watches."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    script = (
        "from modpm.cli import progress\n"
        "progress.PATIENCE = 0\n"
        "with progress.bars(True) as show: show('reading default', 1, 2)"
    )
    parent, child = pty.openpty()
    command = [sys.executable, "-c", script]
    subprocess.run(command, env=environment | {"TERM": "xterm"}, stderr=child, check=True)
    os.close(child)
    assert b"reading default" in on_screen(parent)
    piped = subprocess.run(command, env=environment, stderr=subprocess.PIPE, check=True)
    assert piped.stderr == b""
