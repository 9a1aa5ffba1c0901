"""The one place with sentences: each error as what happened, and what to do next."""

from functools import singledispatch
from typing import NamedTuple

from modpm import errors as e
from modpm.cli.render import bullets, literal, shown, size


class Message(NamedTuple):
    """One error in words; `file`, `line` and `column` are where to look, if anywhere."""

    text: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


def explain(error: Exception) -> Message:
    """Return the message for an error of modpm or of the operating system."""
    text, hint = sentence(error)
    own = getattr(error, "hint", None)
    file, line, column = (getattr(error, name, None) for name in ("file", "line", "column"))
    if file and line is None and file in text:
        file = None  # the sentence says it
    return Message(text, own or hint, file, line, column)


Words = tuple[str, str | None]


@singledispatch
def sentence(error: Exception) -> Words:
    """Return what happened and what to do next, if known; raise TypeError if there are no words."""
    raise TypeError(f"no sentence for {type(error).__name__}")


# --- versions and files ---------------------------------------------------------------------------


@sentence.register
def _(error: e.InvalidVersion) -> Words:
    text = f"`{error.text}` is not a version: write X.Y.Z, or X.Y.Z-alpha.N, -beta.N, -rc.N"
    return text, _did_you_mean(error.nearest)


@sentence.register
def _(error: e.InvalidRange) -> Words:
    part = "" if error.part in ("", error.text) else f": `{error.part}` is the trouble"
    return (
        f"`{error.text}` is not a range of versions{part}",
        'write "^1.2", "~1.2", ">=1, <2", "1.x" or "*"; "," means and, "||" means or',
    )


@sentence.register
def _(error: e.InvalidSyntax) -> Words:
    return f"not valid TOML: {error.problem}", None


@sentence.register
def _(error: e.UnknownKey) -> Words:
    allowed = f"allowed here: {', '.join(error.allowed)}" if error.allowed else None
    return f"unknown key `{error.key}`", _did_you_mean(error.suggestion) or allowed


@sentence.register
def _(error: e.MissingKey) -> Words:
    return f"`{error.key}` is missing: expected {error.expected}", None


@sentence.register
def _(error: e.InvalidValue) -> Words:
    text = f"`{error.key}` must be {error.expected}, not {literal(error.found)}"
    return text, _did_you_mean(error.suggestion)


@sentence.register
def _(error: e.FileTooLarge) -> Words:
    return f"{size(error.size)} is too large for this file; the limit is {size(error.limit)}", None


# --- resolution -----------------------------------------------------------------------------------


@sentence.register
def _(error: e.UnknownMod) -> Words:
    by = f", which `{error.wanted_by}` needs" if error.wanted_by else ""
    hint = _did_you_mean(error.suggestion) or "check the name, and [registries] in loadout.toml"
    return f"no registry of the loadout offers `{error.id}`{by}", hint


@sentence.register
def _(error: e.AmbiguousMod) -> Words:
    return (
        f"`{error.id}` is offered by several registries: {', '.join(error.registries)}",
        f'say which in loadout.toml: "{error.id}" = {{ registry = "{error.registries[0]}" }}',
    )


@sentence.register
def _(error: e.Unsatisfiable) -> Words:
    from modpm.cli.proof import reasons, ways

    told = reasons(error.causes, error.proof)
    return f"no versions fit together:{bullets(told)}", ways(error.fixes, error.retry)


@sentence.register
def _(error: e.NoSuchFix) -> Words:
    count = "there is only 1 fix" if error.count == 1 else f"there are only {error.count} fixes"
    return f"{count if error.count else 'no fix is known'}: no number {error.number}", None


@sentence.register
def _(error: e.GameTooOld) -> Words:
    from modpm.versions import spell

    version = spell(error.wanted)
    return (
        f"modpm cannot update the game `{error.id}` to {version}; nothing was changed",
        "update the game itself, or choose another fix: `modpm fix` lists them",
    )


@sentence.register
def _(error: e.Undecided) -> Words:
    after = f" after {error.seconds:g} s" if error.seconds else ""
    return (
        f"gave up{after}, with neither an answer nor proof that there is none",
        "narrow the ranges in loadout.toml, take out some mods, or give it longer: --timeout 300",
    )


@sentence.register
def _(error: e.Cycle) -> Words:
    from modpm.cli.phrases import because

    first, *more = (
        bullets(f"`{edge.first}` before `{edge.then}` ({because(edge)})" for edge in cycle)
        for cycle in error.cycles
    )
    others = "".join(f"\nand so do these:{cycle}" for cycle in more)
    return (
        f"there is no load order, because these mods go in a circle:{first}{others}",
        "take out one mod of each circle, or choose another version",
    )


@sentence.register
def _(error: e.UnknownTier) -> Words:
    return (
        f"loadout.toml gives `{error.mod}` the tier `{error.tier}`, which the game does not have",
        _did_you_mean(error.suggestion) or f"the tiers are {', '.join(error.known)}",
    )


@sentence.register
def _(error: e.ExclusiveConflict) -> Words:
    from modpm.conflict.claims import spelled

    name = spelled((error.plugin, error.key))
    claims = (f"`{claim.mod}` claims {literal(claim.value)}" for claim in error.claims)
    return (
        f"`{name}` is for one mod only:{bullets(claims)}",
        f'pin it under [pins] in loadout.toml: "{name}" = {literal(error.claims[0].value)}',
    )


@sentence.register
def _(error: e.UnfitStrategy) -> Words:
    what = f"the strategy {error.strategy} makes no sense for `{error.parameter}`"
    return (
        f"{what}: it is for {error.expected}",
        f'name another under [strategy] in loadout.toml: "{error.parameter}" = "last-wins"',
    )


@sentence.register
def _(error: e.UnfitPin) -> Words:
    if error.expected:
        told = f"cannot be pinned to {literal(error.value)}: it takes {error.expected}"
        return f"`{error.parameter}` {told}", "change it under [pins] in loadout.toml"
    hint = f"did you mean `{error.suggestion}`?" if error.suggestion else None
    return f"the game has no `{error.parameter}` to pin", hint


# --- the lock -------------------------------------------------------------------------------------


@sentence.register
def _(error: e.MissingLock) -> Words:
    return f"there is no {error.file}", "run `modpm lock` to make it"


@sentence.register
def _(error: e.StaleLock) -> Words:
    from modpm.cli.phrases import reason

    reasons = bullets(map(reason, error.reasons))
    return f"{error.file} no longer answers loadout.toml:{reasons}", "run `modpm lock`"


@sentence.register
def _(error: e.Redecided) -> Words:
    from modpm.cli.decisions import redecision

    changes = bullets(map(redecision, error.changes))
    return (
        f"the decisions in {error.file} do not come out the same:{changes}",
        "run `modpm lock` to take what comes out now",
    )


@sentence.register
def _(error: e.NewerLock) -> Words:
    return (
        f"{error.file} has lock version {error.found}; this modpm reads up to {error.supported}",
        "update modpm, or remove the lock and run `modpm lock`",
    )


@sentence.register
def _(error: e.InvalidLock) -> Words:
    return (
        f"the lock is damaged: {error.problem}",
        "take it back from git or a backup, or remove it and run `modpm lock`",
    )


# --- registries and the store ---------------------------------------------------------------------


@sentence.register
def _(error: e.RegistryNotFound) -> Words:
    return (
        f"registry `{error.name}` is not there: {error.location}",
        "correct [registries] in loadout.toml",
    )


@sentence.register
def _(error: e.UnsupportedRegistry) -> Words:
    return (
        f"registry `{error.name}` is at {error.location}, and modpm cannot read {error.scheme} yet",
        "name a folder in [registries] in loadout.toml",
    )


@sentence.register
def _(error: e.UnknownRelease) -> Words:
    return (
        f"registry `{error.name}` has no `{error.id}` {error.version} any more",
        "run `modpm lock` to choose another version",
    )


@sentence.register
def _(error: e.DuplicateRelease) -> Words:
    return (
        f"`{error.id}` {error.version} is there more than once, and not the same:"
        f"{bullets(error.files)}",
        "keep one of them, or give one another version",
    )


@sentence.register
def _(error: e.InvalidIndex) -> Words:
    return (
        f"{shown(error.file)} is no index that modpm can read: {error.problem}",
        "make it again with `modpm registry import`",
    )


@sentence.register
def _(error: e.MetadataOnly) -> Words:
    return (
        f"some mods are known by their metadata only, and cannot be fetched:{bullets(error.mods)}",
        "`modpm lock` and `modpm list` tell what fits together; fetch it from where it is from",
    )


@sentence.register
def _(error: e.Offline) -> Words:
    return (
        f"{error.what} is not on this machine, and --offline forbids to fetch it",
        "run once without --offline",
    )


@sentence.register
def _(error: e.HashMismatch) -> Words:
    return (
        f"{error.what} is not what was promised"
        f"\n  expected {error.expected}\n  found    {error.found}",
        "do not use it: ask its author, and run `modpm lock` only if the change is meant",
    )


@sentence.register
def _(error: e.ManifestMismatch) -> Words:
    return (
        f"expected {error.expected}, but the manifest inside says {error.found}",
        "name it as its manifest does, or correct the manifest",
    )


@sentence.register
def _(error: e.CorruptArchive) -> Words:
    return (
        f"{shown(error.archive)} is not a whole zip file: {error.problem}",
        "download or pack it again",
    )


@sentence.register
def _(error: e.HostileArchive) -> Words:
    from modpm.archive.rules import WHOLE

    member = "it" if error.member == WHOLE else f"`{error.member}`"
    return (
        f"{shown(error.archive)} is refused: {member} {error.rule}",
        "do not use it: an archive that `modpm pack` makes has no such member",
    )


@sentence.register
def _(error: e.Damaged) -> Words:
    damages = (
        f"`{error.mods[damage.sha256]}`{'' if damage.file == '.' else f': {damage.file}'}"
        f" is {damage.problem}"
        for damage in error.damages
    )
    return f"the store is damaged:{bullets(damages)}", "run `modpm cache clean`, then `modpm sync`"


@sentence.register
def _(error: e.StoreError) -> Words:
    return (
        f"cannot use {shown(error.path)}: {error.reason}",
        "see to its permissions and to the room there; MODPM_CACHE moves the cache elsewhere",
    )


@sentence.register
def _(error: e.Busy) -> Words:
    return (
        f"another modpm has been at work here for {error.seconds:.0f} s",
        f"wait for it; it holds {error.path}",
    )


# --- the loadout ----------------------------------------------------------------------------------


@sentence.register
def _(error: e.NoLoadout) -> Words:
    return (
        f"there is no loadout.toml in {error.folder} or above it",
        "run `modpm init` to start a loadout",
    )


@sentence.register
def _(error: e.NoGame) -> Words:
    return (
        f"there is no game.toml above {shown(error.mod)} to play it in",
        "put the game's game.toml beside the mod's folder, or name a loadout: "
        f"modpm dev {shown(error.mod)} --loadout FOLDER",
    )


@sentence.register
def _(error: e.AlreadyExists) -> Words:
    return f"{shown(error.path)} is there already", "nothing was written; remove it to start anew"


@sentence.register
def _(error: e.NotBuilt) -> Words:
    made = f"make it: modpm build {shown(error.path)}" if error.entry.endswith(".wasm") else None
    return f"`{error.mod}` lacks its entry {error.entry} in {shown(error.path)}", made


@sentence.register
def _(error: e.NothingToBuild) -> Words:
    if len(error.found) > 1:
        return f"`{error.mod}` is written in two languages: {', '.join(error.found)}", None
    if error.found:
        entry = literal(error.entry)
        text = f"`{error.mod}` has {error.found[0]} to build, but its entry is {entry}"
        return text, 'write entry = "mod.wasm" in mod.toml'
    return f"there is nothing to build in `{error.mod}`: none of {', '.join(error.known)}", None


@sentence.register
def _(error: e.MissingTool) -> Words:
    return f"this build needs {error.tool}, which is not installed", f"get it: {error.install}"


@sentence.register
def _(error: e.BuildFailed) -> Words:
    lines = "".join(f"\n  {line}".rstrip() for line in error.output.splitlines())
    return f"{error.tool} refused the source:{lines}", None


@sentence.register
def _(error: e.NotInLoadout) -> Words:
    return f"`{error.id}` is not in the loadout", _did_you_mean(
        error.suggestion
    ) or "`modpm list` shows what is"


@sentence.register
def _(error: e.NotGranted) -> Words:
    from modpm.cli.phrases import request

    asked = map(request, error.requests)
    options = " ".join(f"--grant {asking.id}" for asking in error.requests)
    return (
        f"mods ask for what is not granted; nothing was changed:{bullets(asked)}",
        f"to agree, say yes in a terminal, or give {options} to add, lock or sync",
    )


@sentence.register
def _(error: e.UnknownParameter) -> Words:
    return f"the game has no `{error.name}`", _did_you_mean(error.suggestion)


@sentence.register
def _(error: e.NoClaim) -> Words:
    others = ", ".join(f"`{mod}`" for mod in error.others)
    hint = f"others that claim it: {others}" if others else "no other mod does"
    if error.expected:
        text = f"what `{error.mod}` claims of `{error.parameter}` does not count"
        return f"{text}: it takes {error.expected}", hint
    return f"`{error.mod}` claims nothing of `{error.parameter}`", hint


@sentence.register
def _(error: e.UnknownGame) -> Words:
    if not error.id:
        return "the loadout names no game", "put a game.toml beside loadout.toml, or name a game"
    return (
        f"there is no game.toml for the game `{error.id}`; looked in{bullets(error.searched)}",
        "put it beside loadout.toml",
    )


@sentence.register
def _(error: e.InvalidRecording) -> Words:
    return f"not a recording: {error.problem}", "`modpm run --record FILE` makes one"


@sentence.register
def _(error: e.NotAsRecorded) -> Words:
    told = [f"{who} {line or 'nothing more'}" for who, line in _both(error)]
    if error.turn is None:
        hint = "a replay needs the same mods, game and seed: is it the recording's loadout.lock?"
        return f"what would be played is not what was recorded:{bullets(told)}", hint
    return f"turn {error.turn} is not as recorded:{bullets(told)}", None


def _both(error: e.NotAsRecorded) -> tuple[tuple[str, str | None], ...]:
    return ("recorded:", error.expected), ("now:", error.found)


# --- mods that run --------------------------------------------------------------------------------


@sentence.register
def _(error: e.LoadFailed) -> Words:
    return f"`{error.mod}` did not load: {error.reason}", None


@sentence.register
def _(error: e.ExecutionFailed) -> Words:
    limit = f" (limit: {error.limit})" if error.limit else ""
    return f"`{error.mod}` failed in {error.function}: {error.reason}{limit}", None


@sentence.register
def _(error: e.NotFound) -> Words:
    return f"`{error.mod}` is not there" + (
        f": no file {shown(error.path)}" if error.path else ""
    ), None


@sentence.register
def _(error: e.InvalidFormat) -> Words:
    where = "" if error.path == error.mod else f"{shown(error.path)}: "
    return f"`{error.mod}` cannot be run: {where}{error.reason}", None


@sentence.register
def _(error: e.Refused) -> Words:
    return f"`{error.mod}`: {error.reason}", None


@sentence.register
def _(error: e.PluginNotFound) -> Words:
    return (
        f"`{error.mod}` asked for the plugin `{error.plugin}`, which the game does not have",
        _did_you_mean(error.suggestion),
    )


@sentence.register
def _(error: e.FunctionNotFound) -> Words:
    return f"`{error.mod}` has no function `{error.function}`", None


@sentence.register
def _(error: e.Io) -> Words:
    return f"`{error.mod}` cannot use {shown(error.path)}: {error.reason}", None


# --- the operating system -------------------------------------------------------------------------


@sentence.register
def _(error: OSError) -> Words:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{(error.strerror or str(error) or type(error).__name__).lower()}", None


def _did_you_mean(suggestion: str | None) -> str | None:
    return f"did you mean `{suggestion}`?" if suggestion else None
