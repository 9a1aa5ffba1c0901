"""mod.toml: what an author writes, and what modpm makes of it."""

import pytest
from msgspec import structs

from modpm.errors import InvalidValue
from modpm.manifest import FileGrant, Manifest, Permissions, Provision, Setting, parse_manifest
from modpm.requirement import Dependency, Requirement
from modpm.versions import parse_range, parse_version

FULL = """\
manifest-version = 1

[mod]
id = "acme/better-combat"
version = "2.1.0"
name = "Better Combat"
entry = "scripts/main.rhai"
api = "issun:mod@0.7"
priority = 10
authors = ["Zoe", "Ada"]
description = "Fights last longer"
license = "MIT"
homepage = "https://example.org/better-combat"
repository = "https://example.org/better-combat.git"
tags = ["hard", "combat", "hard"]
icon = "icon.png"
replaced-by = { id = "acme/best-combat", version = ">=3" }

[game]
id = "rpg-arena"
version = ">=1.2, <2"

[dependencies]
"acme/core-lib" = "^2.0"

[optional-dependencies]
"acme/physics" = "^1"

[recommends]
"acme/sounds" = "*"

[suggests]
"acme/music" = "*"

[conflicts]
"acme/worse-combat" = "<1"

[provides]
combat-overhaul = "1.0.0"

[order]
after = ["acme/weather", "acme/physics"]
before = ["acme/hud"]
tier = "late"

[parameters.combat]
max_hp = 200
difficulty = { value = 0.5, priority = 20 }
loot = { value = { gold = [1, 2] } }

[parameters.arena]
open = true

[permissions]
plugins = ["inventory", "combat"]
files = [{ path = "data", mode = "read" }]
clock = true
"""


def need(id: str, text: str) -> Requirement:
    """Return a requirement."""
    return Requirement(id, parse_range(text))


def test_everything_that_a_manifest_can_say() -> None:
    """Each key has its place in the value; tables and sets are sorted."""
    assert parse_manifest(FULL, "mod.toml") == Manifest(
        id="acme/better-combat",
        version=parse_version("2.1.0"),
        name="Better Combat",
        entry="scripts/main.rhai",
        api="issun:mod@0.7",
        priority=10,
        authors=("Zoe", "Ada"),
        description="Fights last longer",
        license="MIT",
        homepage="https://example.org/better-combat",
        repository="https://example.org/better-combat.git",
        tags=("combat", "hard"),
        icon="icon.png",
        replaced_by=Requirement("acme/best-combat", parse_range(">=3")),
        game=need("rpg-arena", ">=1.2, <2"),
        dependencies=(Dependency((need("acme/core-lib", "^2.0"),)),),
        optional_dependencies=(need("acme/physics", "^1"),),
        recommends=(Dependency((need("acme/sounds", "*"),)),),
        suggests=(need("acme/music", "*"),),
        conflicts=(need("acme/worse-combat", "<1"),),
        provides=(Provision("combat-overhaul", parse_version("1.0.0")),),
        after=("acme/physics", "acme/weather"),
        before=("acme/hud",),
        tier="late",
        settings=(
            Setting("arena", "open", True),
            Setting("combat", "difficulty", 0.5, 20),
            Setting("combat", "loot", {"gold": [1, 2]}),
            Setting("combat", "max_hp", 200),
        ),
        permissions=Permissions(("combat", "inventory"), (FileGrant("data", "read"),), clock=True),
    )


def test_the_least_that_a_manifest_can_say() -> None:
    """A format, an id and a version will do; the id is then the name, and nothing is permitted."""
    manifest = parse_manifest(
        'manifest-version = 1\n[mod]\nid = "x"\nversion = "1.0.0"', "mod.toml"
    )
    assert manifest == Manifest(id="x", version=parse_version("1.0.0"), name="x")
    assert manifest.permissions == Permissions(plugins=(), files=(), clock=False)


@pytest.mark.parametrize(
    ("entry", "kind"), [("a/main.rhai", "rhai"), ("mod.wasm", "wasm"), (None, "declarative")]
)
def test_the_entry_says_what_runs_the_mod(entry: str | None, kind: str) -> None:
    """The kind is the entry's ending; without an entry there is nothing to run."""
    assert structs.replace(parse_manifest(FULL, "mod.toml"), entry=entry).kind == kind


def refusal(old: str, new: str) -> InvalidValue:
    """Return the error after `old` has become `new` in the full manifest."""
    assert FULL.count(old) == 1
    with pytest.raises(InvalidValue) as caught:
        parse_manifest(FULL.replace(old, new), "mod.toml")
    return caught.value


def test_a_newer_manifest_needs_a_newer_modpm() -> None:
    """The format's number is looked at before keys that only a newer modpm knows."""
    error = refusal("manifest-version = 1", "manifest-version = 2\nnew-key = 1")
    assert (error.key, error.line, error.expected) == ("manifest-version", 1, "1")
    assert error.hint is not None
    assert "newer modpm" in error.hint


HOSTILE_PATHS = [
    "../main.rhai",
    "a/../../main.rhai",
    "/main.rhai",
    "./main.rhai",
    "a//main.rhai",
    "C:/main.rhai",
    "C:main.rhai",
    "a\\main.rhai",
    "main.rhai\n",
    "a./main.rhai",
    "a /main.rhai",
    "con/main.rhai",
    "NUL.rhai",
    "a/" * 100 + "main.rhai",
]


@pytest.mark.parametrize("path", HOSTILE_PATHS, ids=repr)
@pytest.mark.parametrize(
    ("old", "key"),
    [
        ("scripts/main.rhai", "mod.entry"),
        ("icon.png", "mod.icon"),
        ('"data"', "permissions.files[0].path"),
    ],
)
def test_paths_stay_inside_the_mod_on_every_system(path: str, old: str, key: str) -> None:
    """A path that leaves the folder, or that Windows reads in another way, is refused."""
    literal = path.replace("\\", "\\\\").replace("\n", "\\n")
    error = refusal(old, f'"{literal}"' if old[0] == '"' else literal)
    assert error.key == key
    assert error.expected.startswith("a relative path") or "Windows" in error.expected


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("scripts/main.rhai", "main.py", "mod.entry", "ends in .rhai or .wasm"),
        ("issun:mod@0.7", "issun", "mod.api", "a WIT world"),
        ('"Better Combat"', '""', "mod.name", "text of 1 to 100 characters"),
        ("https://example.org/better-combat.git", "javascript:x", "mod.repository", "https://"),
        ('mode = "read"', 'mode = "exec"', "permissions.files[0].mode", "one of read or write"),
        ('"inventory"', '"In ventory"', "permissions.plugins[0]", "the name of a plugin"),
        ("max_hp", "Max-HP", "parameters.combat.Max-HP", "a name such as max_hp"),
        ("parameters.arena", 'parameters."a.b"', 'parameters."a.b"', "a name such as max_hp"),
        ('"1.0.0"', '"^1"', "provides.combat-overhaul", "a version such as"),
        ("acme/weather", "acme/better-combat", "order.after[0]", "the id of another mod"),
        ("acme/core-lib", "acme/better-combat", 'dependencies."acme/better-combat"', "another mod"),
        ("acme/worse", "acme/better", 'conflicts."acme/better-combat"', "the id of another mod"),
    ],
)
def test_what_a_manifest_may_not_say(old: str, new: str, key: str, expected: str) -> None:
    """Each refusal names the key and what belongs there."""
    error = refusal(old, new)
    assert error.key == key
    assert expected in error.expected


def test_a_folder_is_read_or_written() -> None:
    """The mod's own folder and its save folder cannot have the same name for the mod."""
    both = '{ path = "data", mode = "read" }, { path = "data", mode = "write" }'
    error = refusal('{ path = "data", mode = "read" }', both)
    assert error.key == "permissions.files[1].path"
    assert error.expected == "a folder to read or a folder to write, not both"


def test_a_map_is_set_in_the_long_form() -> None:
    """A table is always { value, priority }, so that a misspelt key of it cannot pass for a map."""
    with pytest.raises(Exception, match=r"valeu.*suggestion='value'"):
        parse_manifest(FULL.replace("{ value = 0.5", "{ valeu = 0.5"), "mod.toml")


def test_all_plugins_must_be_asked_for() -> None:
    """The star stands for every plugin, and is shown as such to the player."""
    manifest = parse_manifest(FULL.replace('"inventory"', '"*"'), "mod.toml")
    assert manifest.permissions.plugins == ("*", "combat")
