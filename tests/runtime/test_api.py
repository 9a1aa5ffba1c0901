"""Commands to plugins."""

import msgspec
import pytest

from modpm.runtime import Disable, Enable, PluginAction, PluginControl, SetParam, TriggerHook


@pytest.mark.parametrize(
    ("control", "text"),
    [
        (PluginControl.enable("combat"), "enable"),
        (PluginControl.disable("combat"), "disable"),
        (PluginControl.set_param("combat", "max_hp", 200), "set_param:max_hp=200"),
        (PluginControl.set_param("combat", "rate", 1.0), "set_param:rate=1.0"),
        (PluginControl.set_param("combat", "mode", "süß"), 'set_param:mode="süß"'),
        (PluginControl.set_param("combat", "drops", [1, None]), "set_param:drops=[1,null]"),
        (PluginControl.trigger_hook("combat", "over", {"day": 3}), "trigger:over"),
    ],
)
def test_actions_as_a_mod_reads_them(control: PluginControl, text: str) -> None:
    """`on_control_plugin` gets an action as a text that a script can match."""
    assert str(control.action) == text


def test_actions_match_patterns() -> None:
    """A game takes an action apart with `match`."""

    def name(action: PluginAction) -> str:
        match action:
            case Enable():
                return "on"
            case Disable():
                return "off"
            case SetParam(key, value):
                return f"{key} is {value}"
            case TriggerHook(hook, data):
                return f"{hook} with {data}"

    controls = [
        PluginControl.enable("x"),
        PluginControl.disable("x"),
        PluginControl.set_param("x", "k", 1),
        PluginControl.trigger_hook("x", "h"),
    ]
    assert [name(c.action) for c in controls] == ["on", "off", "k is 1", "h with None"]


def test_commands_are_frozen() -> None:
    """What is queued stays as it was asked for."""
    control = PluginControl.set_param("x", "k", 1)
    with pytest.raises(AttributeError):
        control.plugin = "y"  # type: ignore[misc]
    assert msgspec.structs.replace(control, plugin="y") == PluginControl.set_param("y", "k", 1)
