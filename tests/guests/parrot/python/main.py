import modpm

heard = 0


def on_init():
    modpm.subscribe("ask")
    modpm.set("rules", "difficulty", modpm.get("rules", "difficulty") + 1)
    modpm.log(f"hello from {modpm.mod_id()}")


def on_shutdown():
    modpm.log(f"heard {heard}")


def on_tick(turn):
    if turn == 1:
        modpm.set("rules", "locked", True)
    if turn == 2:
        modpm.trigger("rules", "announce", {"turn": turn})
    if turn == 3:
        try:
            modpm.set("combat", "max_hp", 1)  # not granted: refused, and logged
        except modpm.Refused:
            pass


def on_control_plugin(plugin, action):
    modpm.log(f"{plugin} {action.kind} {action.name} {action.value or ''}")


def on_event(event, data):
    global heard
    heard += 1
    answer = {
        "event": event,
        "twice": 2 * data["n"],
        "half": data["n"] / 2,
        "last": data["words"][1],
    }
    modpm.publish("answer", answer)


def echo(value):
    return value


def fail():
    raise RuntimeError("no more crackers")


def on_save():
    return heard


def on_load(state):
    global heard
    heard = state
