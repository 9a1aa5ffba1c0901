"""Python objects in scripts, and modules of host functions."""

import gc
import weakref
from typing import Any

import pytest

import rhai


class Player:
    """Has more than scripts may see."""

    secret = "password"

    def __init__(self, hp: int) -> None:
        self.hp = hp
        self.name = "orc"
        self.friend: Player | None = None

    def heal(self, by: int, twice: bool = False) -> int:
        """Scripts may call this."""
        self.hp += by * (2 if twice else 1)
        return self.hp

    @staticmethod
    def most() -> int:
        """Needs no object."""
        return 100

    def delete(self) -> None:
        """Scripts may not."""
        raise AssertionError


class Chest:
    """Another class, with a method and a property of the same names."""

    hp = 7

    def heal(self, by: int) -> str:
        """Of another type."""
        return f"chest {by}"

    def open(self) -> str:
        """Only chests open."""
        return "open"


def engine_with_player() -> rhai.Engine:
    """An engine that shows a part of Player."""
    engine = rhai.Engine()
    engine.register_type(
        Player, methods=["heal", "most"], properties=["name", "friend"], writable=["hp"]
    )
    return engine


def test_objects_come_back_as_themselves() -> None:
    """Through arguments, state, containers and callbacks, the very same object."""
    engine = engine_with_player()
    player = Player(1)
    seen: list[Any] = []
    engine.register_fn(lambda x: seen.append(x), name="see")
    mod = engine.instantiate(
        engine.compile("fn f(p) { this.p = p; see(p); [p, #{p: p}] } fn g() { this.p }")
    )
    result = mod.call("f", player)
    assert [x is player for x in (result[0], result[1]["p"], seen[0], mod.call("g"))] == [True] * 4


def test_listed_members_work() -> None:
    """Methods with their overloads, properties read, and writable ones written."""
    engine = engine_with_player()
    player = Player(1)
    player.friend = Player(50)
    scope = rhai.Scope({"p": player})
    assert engine.eval("[p.heal(2), p.heal(2, true), p.most(), p.name, p.hp]", scope) == [
        3, 7, 100, "orc", 7,
    ]  # fmt: skip
    engine.run("p.hp = 20; p.hp += 1; p.friend.hp = 9;", scope)
    assert (player.hp, player.friend.hp) == (21, 9)


@pytest.mark.parametrize(
    "source",
    [
        "p.secret", "p.delete()", "delete(p)", "p.__class__", "p.__dict__", 'p["secret"]',
        'p.name = "x"', "p.secret = 1", "p.heal", 'p.heal("x")', "p.name()", "p.friend = p",
        'call(Fn("delete"), p)', "get$secret(p)", "for x in p {}", "p + p",
    ],
)  # fmt: skip
def test_what_is_not_listed_is_not_there(source: str) -> None:
    """No attribute but the listed ones, and those only in the way they are listed."""
    player = Player(1)
    with pytest.raises(rhai.RhaiError):
        engine_with_player().eval(source, rhai.Scope({"p": player}))
    assert (player.name, player.secret, player.friend) == ("orc", "password", None)


def test_classes_with_the_same_names_stay_apart() -> None:
    """Each object finds its own class's members, and no other's."""
    engine = engine_with_player()
    engine.register_type(Chest, name="Box", methods=["heal", "open"], properties=["hp"])
    scope = rhai.Scope({"p": Player(1), "c": Chest()})
    assert engine.eval("[p.heal(1), c.heal(1), c.open(), p.hp, c.hp]", scope) == [
        2, "chest 1", "open", 2, 7,
    ]  # fmt: skip
    for source in ("p.open()", "c.hp = 1", "c.name"):
        with pytest.raises(rhai.RhaiError):
            engine.eval(source, scope)
    assert Chest.hp == 7


def test_an_object_has_a_type_and_an_identity() -> None:
    """The type has the registered name, and printing gives it; two objects are never equal."""
    engine = engine_with_player()
    engine.register_type(Player, name="Hero")
    scope = rhai.Scope({"p": Player(1), "q": Player(1)})
    source = "[type_of(p), `${p}`, `${[p]}`, p == p, p == q, p != q]"
    assert engine.eval(source, scope) == ["Hero", "Hero", "[Hero]", True, False, True]


def test_errors_tell_an_objects_type() -> None:
    """Functions, properties and operators that are not there name the class."""
    engine = engine_with_player()
    scope = rhai.Scope({"p": Player(1)})
    for source, message in [
        ("p.secret", "getter is not registered for type 'Player'"),
        ("p.secret = 1", "setter is not registered for type 'Player'"),
        ('p.heal("x")', "heal (Player, string)"),
        ("p + 1", "+ (Player, i64)"),
        ("p[0]", "Player [i64]"),
    ]:
        with pytest.raises(rhai.EvalError) as caught:
            engine.eval(source, scope)
        assert message in caught.value.message
    assert "heal(self: Player, by: int, twice: bool) -> Dynamic" in engine.signatures()


def test_scripts_extend_a_type() -> None:
    """A script's function for one type of `this` is for objects of that class alone."""
    engine = engine_with_player()
    engine.register_type(Chest, properties=["hp"])
    scope = rhai.Scope({"p": Player(1), "c": Chest()})
    twice = "fn Player.twice() { this.hp * 2 }"
    assert engine.eval(f"{twice} p.twice()", scope) == 2
    with pytest.raises(rhai.FunctionNotFound, match="Chest"):
        engine.eval(f"{twice} c.twice()", scope)


def test_each_engine_has_its_own_names() -> None:
    """The same class may be called something else elsewhere, or nothing."""
    scope = rhai.Scope({"p": Player(1)})
    names = []
    for name in ("Hero", "Villain"):
        engine = rhai.Engine()
        engine.register_type(Player, name=name)
        names.append(engine)
    names.append(rhai.Engine())
    assert [e.eval("[type_of(p), `${p}`]", scope) for e in names] == [
        ["Hero", "Hero"], ["Villain", "Villain"], ["object", "object"],
    ]  # fmt: skip


def test_more_classes_than_rhai_can_tell_apart() -> None:
    """The last share the type `object`, and see their own members still."""
    engine = rhai.Engine()
    classes: list[Any] = [
        type(f"C{n}", (), {"n": n, f"only{n}": lambda self: self.n, "both": lambda self: self.n})
        for n in range(100)
    ]
    for n, cls in enumerate(classes):
        engine.register_type(cls, methods=["both", f"only{n}"], properties=["n"])
    for n in (0, 10, 98, 99):
        scope = rhai.Scope({"x": classes[n](), "y": classes[n - 1]()})
        source = f"[x.n, x.both(), x.only{n}(), y.both(), x == x, x == y]"
        before = classes.index(type(scope["y"]))
        assert engine.eval(source, scope) == [n, n, n, before, True, False]
        with pytest.raises(rhai.FunctionNotFound):
            engine.eval(f"y.only{n}()", scope)
    assert engine.eval("[type_of(x), type_of(y)]", scope) == ["object", "object"]


def test_numbers_of_classes_are_used_again() -> None:
    """Classes that come and go do not use the types up."""
    gc.collect()
    for _ in range(200):
        cls: Any = type("Short", (), {})
        engine = rhai.Engine()
        engine.register_type(cls)
        name = engine.eval("type_of(x)", rhai.Scope({"x": cls()}))
        del engine, cls
        gc.collect()
        assert name == "Short"


def test_other_classes_are_refused() -> None:
    """Also a subclass: the class is matched exactly."""

    class Ogre(Player):
        pass

    mod = engine_with_player().instantiate(rhai.Engine().compile("fn f(p) { p }"))
    for value in (Ogre(1), object(), {1}):
        with pytest.raises(rhai.ConversionError):
            mod.call("f", value)


def test_names_that_cannot_be_listed() -> None:
    """Underscored ones, and methods that are not there."""
    wrong: list[dict[str, Any]] = [
        {"methods": ["_x"]},
        {"properties": ["__class__"]},
        {"writable": ["a b"]},
        {"methods": ["fly"]},
        {"methods": ["secret"]},
    ]
    for members in wrong:
        with pytest.raises(TypeError):
            rhai.Engine().register_type(Player, **members)


def test_an_engine_that_shows_nothing_of_a_class() -> None:
    """An object that reaches it is a closed box."""
    engine_with_player()
    with pytest.raises(rhai.RhaiError):
        rhai.Engine().eval("p.name", rhai.Scope({"p": Player(1)}))


def test_objects_and_classes_are_let_go() -> None:
    """A script's copy of an object ends with its scope, and a class with its engine."""

    class Short:
        pass

    engine = rhai.Engine()
    engine.register_type(Short)
    thing = Short()
    engine.eval("let y = x;", rhai.Scope({"x": thing}))
    references = weakref.ref(thing), weakref.ref(Short)
    del engine, thing, Short
    gc.collect()
    rhai.Engine().eval("1")
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def test_a_module_of_host_functions() -> None:
    """`name::member`, with overloads; not reachable without the name."""

    def add(a: int, b: int = 1) -> int:
        return a + b

    engine = rhai.Engine()
    engine.register_module("host", {"add": add, "VERSION": "1.2", "SIZES": [1, 2]})
    assert engine.eval("[host::add(1), host::add(1, 5), host::VERSION, host::SIZES]") == [
        2, 6, "1.2", [1, 2],
    ]  # fmt: skip
    for source in ("add(1)", "VERSION", 'host::VERSION = "x"', "host::nope", 'host::add("x")'):
        with pytest.raises(rhai.RhaiError):
            engine.eval(source)
    mod = engine.instantiate(engine.compile("fn f() { host::add(2) }"))
    assert mod.call("f") == 3


def test_module_names_and_members_are_checked() -> None:
    """No reserved names, and nothing that cannot cross."""
    engine = rhai.Engine()
    for name in ("global", "a::b", "", "fn", "1x"):
        with pytest.raises(TypeError):
            engine.register_module(name, {})
    with pytest.raises(rhai.ConversionError):
        engine.register_module("m", {"X": {1}})


def test_timestamps_do_not_cross() -> None:
    """The message says what to do instead."""
    with pytest.raises(rhai.ConversionError, match="elapsed"):
        rhai.Engine().eval("timestamp()")
    assert rhai.Engine().eval("timestamp().elapsed") >= 0
