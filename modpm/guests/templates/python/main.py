import modpm


def on_init() -> None:
    """Called once, when the mod loads."""
    modpm.log(f"hello from {modpm.mod_id()}")


def on_tick(turn: int) -> None:
    """Called every turn."""
    if turn % 5 == 0:
        modpm.set("rules", "difficulty", 2 + turn // 5)
