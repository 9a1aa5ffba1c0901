"""`import`, and where it finds modules."""

import os
from pathlib import Path
from typing import Any

import pytest

import rhai


def importing(found: dict[str, Any], **limits: Any) -> rhai.Engine:
    """An engine with these modules."""
    return rhai.Engine(rhai.Limits(**limits), resolver=rhai.StaticResolver(found))


def test_without_a_resolver_nothing_is_found() -> None:
    """Import is refused by default."""
    with pytest.raises(rhai.ModuleNotFound):
        rhai.Engine().eval('import "a" as a; 1')


def test_functions_and_constants_of_a_module() -> None:
    """Public functions and exported variables are reachable, private ones are not."""
    engine = importing({"dice": "export const SIDES = 6; fn roll(n) { n * 6 } private fn no() {}"})
    assert engine.eval('import "dice" as d; [d::SIDES, d::roll(2)]') == [6, 12]
    with pytest.raises(rhai.FunctionNotFound):
        engine.eval('import "dice" as d; d::no()')


def test_an_ast_is_a_module_too() -> None:
    """Compiled beforehand, perhaps by another engine."""
    ast = rhai.Engine().compile("fn f() { 7 }", name="seven.rhai")
    assert importing({"seven": ast}).eval('import "seven" as s; s::f()') == 7


def test_an_instance_sees_imports_in_its_functions() -> None:
    """What the top level imports is there in later calls and in closures."""
    engine = importing({"m": "fn twice(n) { n * 2 } export const K = 5;"})
    mod = engine.instantiate(
        engine.compile('import "m" as m; fn f(n) { m::twice(n) + m::K } fn g() { || m::twice(4) }')
    )
    assert mod.call("f", 3) == 11
    assert mod.call("g")() == 8
    engine.register_fn(lambda: 1, name="late")
    assert mod.call("f", 1) == 7


def test_a_module_runs_once_an_instance() -> None:
    """However often it is imported; another instance runs it for itself, with its constants."""
    seen: list[str] = []
    engine = rhai.Engine(
        print=seen.append, resolver=rhai.StaticResolver({"m": "print(ID); export const ID = ID;"})
    )
    source = 'import "m" as m; fn f() { import "m" as again; again::ID }'
    a = engine.instantiate(engine.compile(source), constants={"ID": "a"})
    b = engine.instantiate(engine.compile(source), constants={"ID": "b"})
    assert [a.call("f"), b.call("f"), a.call("f")] == ["a", "b", "a"]
    assert seen == ["a", "b"]


def test_modules_import_modules() -> None:
    """Nested imports work; a missing one inside names itself."""
    engine = importing({"a": 'import "b" as b; fn f() { b::g() + 1 }', "b": "fn g() { 1 }"})
    assert engine.eval('import "a" as a; a::f()') == 2
    engine = importing({"a": 'import "b" as b; fn f() { 1 }'})
    with pytest.raises(rhai.ModuleNotFound, match="b") as caught:
        engine.eval('import "a" as a; a::f()')
    assert caught.value.source == "a"


def test_cyclic_imports_end() -> None:
    """A module that leads back to itself is an error."""
    for modules in ({"a": 'import "a" as a;'}, {"a": 'import "b" as b;', "b": 'import "a" as a;'}):
        with pytest.raises(rhai.ModuleNotFound, match="importing"):
            importing(modules).eval('import "a" as a; 1')


def test_errors_name_the_module() -> None:
    """Those of the parser, of the top level, and of a function called later."""
    engine = importing({"bad": "let x = ;", "fails": "\nlet a = [1]; a[5];", "f": "fn f() {\nx }"})
    for source, error, module, line in [
        ('import "bad" as b;', rhai.ParseError, "bad", 1),
        ('import "fails" as b;', rhai.IndexOutOfBounds, "fails", 2),
        ('import "f" as b; b::f()', rhai.VariableNotFound, "f", 2),
    ]:
        with pytest.raises(error) as caught:
            engine.eval(source)
        assert (caught.value.source, caught.value.line) == (module, line)


def test_the_limits_of_the_call_hold_in_modules() -> None:
    """Operations, time, memory and depth; and scripts cannot catch them."""
    modules = {
        "loop": "loop {}",
        "big": "let a = []; loop { a.push(blob(1000)) }",
        "deep": "fn f(n) { f(n + 1) } f(0)",
        "nest": "(" * 500 + "1" + ")" * 500,
    }
    cases: list[tuple[str, Any, dict[str, Any]]] = [
        ("loop", rhai.OperationsLimit, {"operations": 10_000}),
        ("loop", rhai.Timeout, {"timeout": 0.05, "operations": None}),
        ("big", rhai.MemoryLimit, {"memory": 1_000_000}),
        ("deep", rhai.StackLimit, {}),
        ("nest", rhai.StackLimit, {}),
    ]
    for name, error, limits in cases:
        engine = importing(modules, **limits)
        with pytest.raises(error):
            engine.eval(f'import "{name}" as m; 1')
        if name != "nest":
            with pytest.raises(error):
                engine.eval(f'try {{ import "{name}" as m; m::f() }} catch {{ }} 1')


def test_a_module_that_is_too_large_to_compile_is_stopped() -> None:
    """Its source counts against the memory of the call that imports it."""
    engine = importing({"big": "let x = [" + "1," * 200_000 + "];"}, memory=1_000_000)
    with pytest.raises(rhai.MemoryLimit):
        engine.eval('import "big" as b; 1')


def test_the_number_of_modules_is_limited() -> None:
    """`Limits.modules` counts nested ones too, and over calls."""
    modules = {f"m{i}": f'import "m{i + 1}" as m;' for i in range(10)} | {"m10": ""}
    assert importing(modules).eval('import "m0" as m; 1') == 1
    engine = importing(modules, modules=5)
    with pytest.raises(rhai.DataSizeLimit):
        engine.eval('import "m0" as m; 1')
    engine = importing({f"m{i}": "" for i in range(10)}, modules=5)
    with pytest.raises(rhai.DataSizeLimit):
        for i in range(10):
            engine.eval(f'import "m{i}" as m; 1')


def test_modules_together_have_one_call_s_memory() -> None:
    """Importing a little with each call cannot pile up more."""
    engine = importing({f"m{i}": "export const B = blob(300000);" for i in range(9)}, memory=10**6)
    with pytest.raises(rhai.MemoryLimit):
        for i in range(9):
            engine.eval(f'import "m{i}" as m; 1')


def test_a_chain_asks_in_order() -> None:
    """The first that has the module wins; functions are resolvers as they are."""
    chain = rhai.Chain(
        rhai.StaticResolver({"a": "fn f() { 1 }"}),
        rhai.CallableResolver(lambda name: "fn f() { 2 }" if name in "ab" else None),
        lambda name: "fn f() { 3 }",
    )
    source = 'import "a" as a; import "b" as b; import "c" as c; [a::f(), b::f(), c::f()]'
    assert rhai.Engine(resolver=chain).eval(source) == [1, 2, 3]


def test_an_exception_in_a_resolver_comes_out() -> None:
    """As itself; and a wrong answer is a TypeError."""

    def fail(name: str) -> str:
        raise PermissionError(name)

    with pytest.raises(PermissionError, match="x"):
        rhai.Engine(resolver=fail).eval('import "x" as x; 1')
    wrong: Any = lambda name: 3  # noqa: E731
    with pytest.raises(TypeError, match="resolver"):
        rhai.Engine(resolver=wrong).eval('import "x" as x; 1')


def test_a_folder_s_modules(tmp_path: Path) -> None:
    """`.rhai` is appended; subfolders are part of the name."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "dice.rhai").write_text("fn roll() { 4 }", encoding="utf-8")
    engine = rhai.Engine(resolver=rhai.DirResolver(tmp_path))
    assert engine.eval('import "lib/dice" as d; d::roll()') == 4
    assert engine.eval('import "lib/dice.rhai" as d; d::roll()') == 4


def test_a_folder_cannot_be_left(tmp_path: Path) -> None:
    """Absolute names, dots, links out of it and odd characters find nothing."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.rhai").write_text("fn f() { 1 }", encoding="utf-8")
    (tmp_path / "root2.rhai").write_text("", encoding="utf-8")
    (root / "plain.txt").write_text("", encoding="utf-8")
    names = [
        str(outside / "secret"), "../outside/secret", "a/../../outside/secret", "../root2",
        "..\\outside\\secret", "C:secret", "", ".", "/", "a\0b", "plain.txt", "x" * 5000,
    ]  # fmt: skip
    if os.name == "posix":
        (root / "link.rhai").symlink_to(outside / "secret.rhai")
        (root / "folder").symlink_to(outside)
        (root / "text.rhai").symlink_to(root / "plain.txt")
        os.mkfifo(root / "pipe.rhai")
        names += ["link", "folder/secret", "text", "pipe"]
    find = rhai.DirResolver(root)
    assert [name for name in names if find(name) is not None] == []
    engine = rhai.Engine(resolver=find)
    for name in names[:4]:
        with pytest.raises(rhai.ModuleNotFound):
            engine.eval(f"import `{name}` as m; 1")


def test_files_that_cannot_be_modules(tmp_path: Path) -> None:
    """Too large a file and one that is no text say so."""
    (tmp_path / "big.rhai").write_text("//" + "x" * 100, encoding="utf-8")
    (tmp_path / "raw.rhai").write_bytes(b"\xff\xfe")
    engine = rhai.Engine(resolver=rhai.DirResolver(tmp_path, max_size=64))
    with pytest.raises(rhai.DataSizeLimit, match="big"):
        engine.eval('import "big" as m; 1')
    with pytest.raises(rhai.ParseError, match="raw"):
        engine.eval('import "raw" as m; 1')


def test_an_ast_says_what_it_imports() -> None:
    """Literal names at any depth, each once; computed ones are not known."""
    source = (
        'import "a" as a; if true { import "b" as b; } fn f() { import "a" as x; import n as y; }'
    )
    assert rhai.Engine(optimize="none").compile(source).imports == ("a", "b")


def test_merged_scripts() -> None:
    """The other's top level comes after, and its functions win."""
    engine = rhai.Engine()
    merged = engine.compile("fn f() { 1 } fn g() { 2 } f()", name="x").merge(
        engine.compile("fn f() { 10 } f() + g()")
    )
    assert engine.eval(merged) == 12
    assert [f.name for f in merged.functions] == ["f", "g"]
