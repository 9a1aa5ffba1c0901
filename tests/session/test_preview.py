"""What a preview promises is what comes, as far as manifests and installed mods can tell."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from modpm.requirement import Requirement

if TYPE_CHECKING:
    from tests.session.conftest import Player

LOUD = (
    'manifest-version = 1\n[mod]\nid = "zoe/loud"\nversion = "1.0.0"\nname = "Loud"\n'
    "[parameters.combat]\nmax_hp = 400\ndifficulty = 0.7\n[parameters.weather]\nrain = false\n"
)
Make = Callable[[str], Requirement]


@pytest.mark.parametrize("others", ["", '"acme/weather" = "^1"\n', '"zoe/gentle" = "*"\n'])
def test_a_preview_is_kept(player: "Player", wish: Make, others: str) -> None:
    """Each value that it names is the parameter's once the mod is there, and no other changes."""
    (player.folder / "registry" / "loud").mkdir()
    (player.folder / "registry" / "loud" / "mod.toml").write_text(LOUD, encoding="utf-8")
    player.wants(f"[mods]\n{others}")
    before = player.session.run().plugins
    promised = player.session.preview(wish("zoe/loud"))
    assert promised.unknown == ()
    player.session.add([wish("zoe/loud")])
    after = player.session.run().plugins
    values = {effect.then.decision.at: effect.then.decision.value for effect in promised.effects}
    for name, plugin in after.items():
        for key, value in plugin.parameters.items():
            assert value == values.get((name, key), before[name].parameters[key])


def test_a_preview_changes_nothing(player: "Player", wish: Make) -> None:
    """No file of the loadout is another, and no mod is fetched."""
    player.wants('[mods]\n"acme/weather" = "^1"\n')
    player.session.sync()
    before, held = player.files(), sorted(player.cache.rglob("*.rhai"))
    promised = player.session.preview(wish("acme/hardmode"))
    assert promised.unknown == ("acme/core", "acme/hardmode")
    assert (player.files(), sorted(player.cache.rglob("*.rhai"))) == (before, held)
