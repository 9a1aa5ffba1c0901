"""init, add, remove, lock, sync: what changes a loadout."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modpm.cli.app import verb
from modpm.cli.fixing import fixed, fixing
from modpm.cli.grants import granting
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.requirement import Requirement
    from modpm.resolve.problem import Fix
    from modpm.session import Outcome

DROPPED = 10
"""Wishes about the order that are told to have no effect; more would hide the rest."""
NEWS = ("changes", "fetched", "unfetchable", "asks", "dropped", "decisions", "outdated", "idle")
"""What the document of a command says that it did."""
on_disk = click.Path(exists=True, path_type=Path)
dry_run = click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
locked = click.option("--locked", is_flag=True, help="Fail if the lock would have to change.")
frozen = click.option(
    "--frozen", is_flag=True, help="Take the lock as it is, without looking at the loadout."
)


@verb()
@click.option("--name", help="The loadout's name; default: the folder's.")
@click.option("--game", help="The id of the game that it is for.")
def init(shell: Shell, name: str | None, game: str | None) -> None:
    """Start a loadout in this folder."""
    from modpm.session import Session

    file = Session.init(Path.cwd(), name=name or Path.cwd().name, game=game)
    shell.note(f"made {file.name}", "green")
    shell.document({"file": file.name})


@verb()
@click.argument("mods", nargs=-1, metavar="MOD[@RANGE]...")
@click.option("--path", type=on_disk, help="A mod on this disk; its id need not be given.")
@click.option("--registry", metavar="NAME", help="The registry to take it from.")
@fixing
@dry_run
@granting
def add(
    shell: Shell,
    mods: tuple[str, ...],
    path: Path | None,
    registry: str | None,
    number: int | None,
    dry_run: bool,
) -> None:
    """Add mods to the loadout, lock it and fetch them.

    A range is what loadout.toml takes: modpm add "acme/core@^1.2"
    """
    if path is not None and not mods:
        mods = (_id_of(path),)
    if not mods or (path is not None and len(mods) > 1):
        raise click.UsageError("name the mods to add" if not mods else "--path is for one mod")
    wishes = [wish(mod) for mod in mods]
    with shell.session() as session:
        place = None if path is None else _from(session.folder, path)
        options = {"--path": path and path.as_posix(), "--registry": registry}
        given = [word for option, value in options.items() if value for word in (option, value)]

        def do(fix: "Fix | None") -> "Outcome":
            return session.add(wishes, path=place, registry=registry, fix=fix, dry_run=dry_run)

        outcome = fixed(do, number, "add", *mods, *given)
    tell(shell, outcome, dry_run, rights=True)


def _id_of(path: Path) -> str:
    """Return the id of a mod on the disk, a bare script's or component's too."""
    from modpm.session.bare import manifest_at

    return manifest_at(path).id


def _from(folder: Path, path: Path) -> str:
    """Return the path as loadout.toml writes it: from its folder, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()


def wish(text: str) -> "Requirement":
    """Return what `id@range` or a bare id wishes for; raise InvalidRange."""
    from modpm.fields import id_problem
    from modpm.requirement import Requirement
    from modpm.versions import parse_range

    id, _, range = text.partition("@")
    if problem := id_problem(id):
        raise click.BadParameter(f"{id!r} must be {problem}", param_hint="MOD")
    return Requirement(id, parse_range(range or "*"))


@verb()
@click.argument("ids", nargs=-1, required=True, metavar="MOD...")
@fixing
@dry_run
@granting
def remove(shell: Shell, ids: tuple[str, ...], number: int | None, dry_run: bool) -> None:
    """Take mods out of the loadout, and what only they needed."""
    with shell.session() as session:

        def do(fix: "Fix | None") -> "Outcome":
            return session.remove(ids, fix=fix, dry_run=dry_run)

        outcome = fixed(do, number, "remove", *ids)
    tell(shell, outcome, dry_run)
    for id in sorted({*ids} - {change.id for change in outcome.changes}):
        askers = [mod.id for mod in outcome.lock.mods if id in (*mod.dependencies, *mod.recommends)]
        stays = f", but `{askers[0]}` asks for it" if askers else ""
        shell.note(
            f"the loadout {'would no longer want' if dry_run else 'no longer wants'} `{id}`{stays}"
        )


@verb()
@click.argument("ids", nargs=-1, metavar="[MOD]...")
@click.option("--all", "everything", is_flag=True, help="Update every mod.")
@fixing
@dry_run
@granting
def update(
    shell: Shell, ids: tuple[str, ...], everything: bool, number: int | None, dry_run: bool
) -> None:
    """Take the newest versions of mods that fit; all others stay as they are locked if they can."""
    if bool(ids) == everything:
        raise click.UsageError("name the mods to update, or give --all")
    which = None if everything else ids
    with shell.session() as session:

        def do(fix: "Fix | None") -> "Outcome":
            return session.update(which, fix=fix, dry_run=dry_run)

        outcome = fixed(do, number, "update", *(ids or ["--all"]))
    tell(shell, outcome, dry_run)
    if set(ids).difference(change.id for change in outcome.changes):
        shell.note("`modpm outdated` tells what keeps mods from newer versions")


@verb()
@locked
@click.option("--no-recommends", is_flag=True, help="Leave out what mods only recommend.")
@dry_run
@granting
def lock(shell: Shell, locked: bool, no_recommends: bool, dry_run: bool) -> None:
    """Choose versions that fit together and write them to loadout.lock."""
    with shell.session() as session:
        outcome = session.lock(locked=locked, recommends=not no_recommends, dry_run=dry_run)
    tell(shell, outcome, dry_run)


@verb()
@locked
@frozen
@dry_run
@granting
def sync(shell: Shell, locked: bool, frozen: bool, dry_run: bool) -> None:
    """Lock if needed, then fetch what the lock names."""
    if not locked and _in_place(shell, dry_run):
        return
    with shell.session() as session:
        outcome = session.sync(locked=locked, frozen=frozen, dry_run=dry_run)
    tell(shell, outcome, dry_run)


def _in_place(shell: Shell, dry_run: bool) -> bool:
    """Say so and return True if nothing changed since the last sync, importing next to nothing."""
    from modpm.cli.render import mods
    from modpm.session.fresh import mods_in_place
    from modpm.session.place import cache_root, find

    count = mods_in_place(find(Path.cwd()), cache_root())
    if count is None:
        return False
    shell.note(f"up to date: {mods(count)}")
    shell.document({"dry-run": dry_run, **{key: [] for key in NEWS}})
    return True


def tell(shell: Shell, outcome: "Outcome", dry_run: bool, rights: bool = False) -> None:
    """Say what a command did to the loadout, or would do; with `rights`, what new mods may do."""
    from modpm.cli.render import mods

    report(shell, outcome, dry_run, rights)
    if not (outcome.changes or outcome.fetched or outcome.redecided):
        shell.note(f"up to date: {mods(len(outcome.lock.mods))}")
    elif dry_run:
        shell.note("dry run: nothing was changed")
    shell.document({"dry-run": dry_run, **news(outcome)})


def news(outcome: "Outcome") -> dict[str, Any]:
    """Return what a command did for `--json`."""
    return {
        "changes": outcome.changes,
        "fetched": outcome.fetched,
        "unfetchable": outcome.unfetchable,
        "asks": outcome.asked,
        "dropped": outcome.dropped,
        "decisions": outcome.redecided,
        "outdated": outcome.outdated,
        "idle": outcome.idle,
    }


def report(shell: Shell, outcome: "Outcome", dry_run: bool, rights: bool = False) -> None:
    """Say what became of the mods and of what they disagree about."""
    from modpm.cli.messages import explain
    from modpm.cli.phrases import allowed, because, change, request
    from modpm.cli.render import mods

    if outcome.newer:
        shell.warn(f"the lock's version is {outcome.newer}: what is new in it was ignored")
    for problem in outcome.problems:
        shell.warn(f"left out: {explain(problem.error).text}")
    for old, new in outcome.renamed.items():
        shell.note(f"`{old}` is called `{new}` now: name it so in loadout.toml")
    for edge in outcome.dropped[:DROPPED]:
        place = f"`{edge.first}` does not load before `{edge.then}`"
        though = because(edge) if edge.by else "you say so"
        shell.warn(f"{place}, though {though}: that would be a circle")
    if more := outcome.dropped[DROPPED:]:
        shell.warn(f"{len(more)} more wishes like these give way: --json tells all of them")
    if dry_run:
        for asking in outcome.asked:
            shell.note(f"would ask: {request(asking)}")
    may = {mod.id: mod.permissions for mod in outcome.lock.mods}
    for changed in outcome.changes:
        shell.note(change(changed), "red" if changed.kind == "removed" else "green")
        if rights and changed.kind == "added" and may[changed.id]:
            shell.note(f"    may {allowed(may[changed.id])}")
    _tell_decisions(shell, outcome)
    if count := len(outcome.unfetchable):
        shell.warn(f"{mods(count)} known by metadata only: there is nothing to fetch")
    if outcome.fetched:
        shell.note(f"{'would fetch' if dry_run else 'fetched'} {mods(len(outcome.fetched))}")


def _tell_decisions(shell: Shell, outcome: "Outcome") -> None:
    """Say who failed and what was refused in a plan, what mods disagree about now, and whether the
    player's words on that still stand.
    """
    from modpm.cli.claims import idle, outdated
    from modpm.cli.decisions import redecision, shortfalls

    if outcome.plan:
        shortfalls(shell, outcome.plan)
    for change in outcome.redecided:
        shell.note(redecision(change), "yellow")
    for choice in outcome.outdated:
        shell.warn(outdated(choice))
    for words in outcome.idle:
        shell.warn(idle(words))
