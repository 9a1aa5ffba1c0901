"""Commands to plugins."""

import msgspec
import pytest

from modpm import runtime
from modpm.runtime import (
    Disable,
    DynamicEvent,
    Enable,
    LogRecord,
    PluginAction,
    PluginControl,
    PluginControlRequested,
    PluginDisabledEvent,
    PluginEnabledEvent,
    PluginHookTriggeredEvent,
    PluginParameterChangedEvent,
    SetParam,
    TriggerHook,
)

EVENTS = [
    kind
    for name in runtime.__all__
    if name.endswith(("Event", "Requested", "Record")) and (kind := getattr(runtime, name))
]


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


def test_events_match_patterns() -> None:
    """A game takes events apart with `match`, down to what is in a command or comes with a hook."""

    def told(event: object) -> str:
        match event:
            case PluginControlRequested(PluginControl(plugin, SetParam("max_hp", int(hp))), mod):
                return f"{mod} wants {hp} in {plugin}"
            case PluginParameterChangedEvent("combat", key, value, source_mod=mod):
                return f"{mod} has {key} = {value}"
            case PluginHookTriggeredEvent(hook="over", data={"day": int(day)}):
                return f"over on day {day}"
            case PluginEnabledEvent(plugin) | PluginDisabledEvent(plugin):
                return f"{plugin} was switched"
            case DynamicEvent(name, [first, *_]):
                return f"{name} begins with {first}"
            case LogRecord(level="error", text=text):
                return text
            case _:
                return "something else"

    heard = [
        PluginControlRequested(PluginControl.set_param("combat", "max_hp", 7), "a"),
        PluginParameterChangedEvent("combat", "max_hp", 7, "a"),
        PluginEnabledEvent("weather", "a"),
        LogRecord("a", "error", "on_tick: no"),
        LogRecord("a", "info", "hello"),
        PluginHookTriggeredEvent("combat", "over", {"day": 3}, "a"),
        DynamicEvent("news", [1, 2]),
    ]
    assert [told(event) for event in heard] == [
        "a wants 7 in combat",
        "a has max_hp = 7",
        "weather was switched",
        "on_tick: no",
        "something else",
        "over on day 3",
        "news begins with 1",
    ]


@pytest.mark.parametrize("kind", EVENTS)
def test_events_are_frozen(kind: type[msgspec.Struct]) -> None:
    """Who hears an event hears what everybody hears."""
    assert kind.__struct_config__.frozen
    assert kind.__match_args__ == kind.__struct_fields__
