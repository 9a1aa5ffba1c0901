"""The world of a mod is made from what its source defines."""

import pytest

from modpm.guests import hooks


@pytest.mark.parametrize(
    ("source", "interfaces"),
    [
        ("def on_init(): pass", {"lifecycle"}),
        ("def on_save(): pass\ndef on_tick(turn): pass", {"state", "ticking"}),
        ("async def on_init(): pass\nclass on_tick: pass", set()),
        ("def forecast(season): pass", {"calls"}),
        ("def _helper(): pass\nif True:\n    def on_tick(turn): pass", set()),
    ],
)
def test_python(source: str, interfaces: set[str]) -> None:
    """Plain functions at the top count; other public ones can be called by name."""
    assert hooks.of_python(source) == interfaces


@pytest.mark.parametrize(
    ("source", "interfaces"),
    [
        ("export function onInit() {}", {"lifecycle"}),
        ("export const onTick = (turn) => {};", {"ticking"}),
        ("function tick() {}\nexport { tick as onTick, tock as onEvent };", {"ticking", "events"}),
        ("export async function forecast() {}", {"calls"}),
        ("function onInit() {}\n// export function onTick() {}", set()),
    ],
)
def test_javascript(source: str, interfaces: set[str]) -> None:
    """What is exported counts, in each way of saying so."""
    assert hooks.of_javascript(source) == interfaces
