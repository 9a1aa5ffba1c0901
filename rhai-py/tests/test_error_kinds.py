"""Every error of Rhai has its place in the tree of exceptions, with line and column."""

import pytest

import rhai

ENGINE = rhai.Engine(
    rhai.Limits(timeout=0.2, operations=None, array=100, variables=100, modules=2, functions=3),
    resolver=rhai.StaticResolver({"bad": "let x = ;", "fails": "let x = 1;\nx / 0", "m": ""}),
)

KINDS: dict[type[rhai.RhaiError], list[tuple[str, int, int, str]]] = {
    rhai.ParseError: [
        ("let x = ;", 1, 9, "Unexpected ';'"),
        ("const X = 5;\nX += 1", 2, 1, "constant X"),
        ('eval("1 +")', 1, 4, "incomplete"),
        ("f(\n  this)", 2, 3, "this"),
    ],
    rhai.FunctionNotFound: [
        ("nope(1)", 1, 1, "nope (i64)"),
        ("let x = 1; x.nope()", 1, 14, "nope (i64)"),
        ('1 + "a" * 2', 1, 9, "* (string, i64)"),
        ("5 in #{}", 1, 3, "contains (map, i64)"),
        ("(|x| x).call()", 1, 9, "<closure> ()"),
        ('Fn("nope").call()', 1, 12, "nope ()"),
        ('let f = 1;\n[f].map("nope")', 2, 5, "nope (i64"),
        ('import "m" as m; m::f()', 1, 21, "m::f"),
    ],
    rhai.VariableNotFound: [
        ("1 + nope", 1, 5, "nope"),
        ("nope = 1", 1, 1, "nope"),
        ("fn f() { global::X } f()", 1, 10, "global::X"),
        ('import "m" as m; m::X', 1, 18, "m::X"),
        ('eval("nope")', 1, 1, "nope"),
    ],
    rhai.PropertyNotFound: [
        ("let x = 1; x.nope", 1, 14, "'nope' - a getter is not registered for type 'i64'"),
        ("let x = 1; x.nope = 2", 1, 14, "'nope' - a setter"),
        ("let m = #{};\nm.a.b", 2, 5, "'b'"),
        ("[1].nope", 1, 5, "'array'"),
    ],
    rhai.IndexOutOfBounds: [
        ("[1][5]", 1, 5, "only 1 element in array"),
        ("let a = []; a[0] = 1", 1, 15, "array is empty"),
        ('"abc"[-9]', 1, 7, "only 3 characters in string"),
        ("let n = 5; n[64] = true", 1, 14, "only 64 bits"),
        ("5.get_bit(99)", 1, 3, "only 64 bits"),
        ("blob(2)[5]", 1, 9, "only 2 elements"),
    ],
    rhai.TypeMismatch: [
        ("let x = 1; if x { 2 }", 1, 15, "i64 (expecting bool)"),
        ("let x = 1; while x { }", 1, 18, "i64 (expecting bool)"),
        ("let x = 5; for i in x { }", 1, 21, "iterable"),
        ('let i = "x"; [1][i]', 1, 18, "string (expecting i64)"),
        ("let a = [1]; a[0..2]", 1, 17, "range (expecting i64)"),
        ("let m = #{}; let i = 1; m[i]", 1, 27, "i64 (expecting string)"),
        ("let x = true; x[0]", 1, 16, "bool [i64]"),
        ('let b = blob(2); b[0] = "x"', 1, 23, "string (expecting i64)"),
        ("let f = 5; f.call()", 1, 14, "i64 (expecting Fn)"),
        ("let n = 5; import n as m;", 1, 19, "i64 (expecting string)"),
        ("eval(5)", 1, 6, "i64 (expecting string)"),
        ('[1, "a"].sort()', 1, 10, "elements of different types cannot be sorted"),
    ],
    rhai.ArithmeticError: [
        ("let x = 1;\n x / 0", 2, 4, "Division by zero"),
        ("let x = 9223372036854775807; x += 1;", 1, 32, "overflow"),
        ("2 ** -1", 1, 3, "negative power"),
        ("to_int(1e300)", 1, 1, "overflow"),
        ('parse_int("four")', 1, 1, "'four'"),
        ('parse_int("4", 99)', 1, 1, "radix"),
        ('parse_float("x")', 1, 1, "'x'"),
        ("range(1, 5, 0)", 1, 1, "step"),
        ("let t = timestamp() + 1000; t.elapsed", 1, 31, "later than now"),
    ],
    rhai.ModuleNotFound: [
        ('import "x" as y;', 1, 8, "x"),
        ("nowhere::f()", 1, 1, "nowhere"),
        ("nowhere::X", 1, 1, "nowhere"),
    ],
    rhai.ScriptThrow: [
        ('throw "ouch"', 1, 1, "ouch"),
        ("throw", 1, 1, "Runtime error"),
        ("fn f() {\n throw #{ a: 1 } }\nf()", 2, 2, '#{"a": 1}'),
        ("try { throw 1 } catch (e) { throw e + 1 }", 1, 29, "2"),
        ('parse_json("{")', 1, 1, "EOF while parsing"),
    ],
    rhai.EvalError: [
        ("fn f() { this.x } f()", 1, 10, "'this' not bound"),
        ("const X = [1]; X.push(2);", 1, 18, "constant"),
        ("const M = #{a: 1}; M.a = 2;", 1, 20, "constant"),
        ("let a = [1]; let f = || a.push(1); a.map(|x| f.call())", 1, 48, "Data race"),
    ],
    rhai.StackLimit: [
        ("fn f() { f() } f()", 1, 16, "overflow"),
        ("(" * 100, 1, 32, "complexity"),
    ],
    rhai.DataSizeLimit: [
        ("let a = []; loop { a.push(1) }", 1, 22, "array"),
        ("".join(f"let v{n} = 1;\n" for n in range(101)), 101, 1, "variables"),
        ("fn f() {} fn g() {} fn h() {} fn i() {}", 1, 31, "functions"),
    ],
    rhai.MemoryLimit: [("let b = 1;\nblob(3000000000)", 2, 1, "memory")],
    rhai.Timeout: [("loop {}", 1, 6, "time"), ("let x = 1;\nsleep(9)", 2, 1, "time")],
}
CASES = [(kind, *case) for kind, cases in KINDS.items() for case in cases]


@pytest.mark.parametrize(("kind", "source", "line", "column", "message"), CASES)
def test_an_error_has_its_kind_and_place(
    kind: type[rhai.RhaiError], source: str, line: int, column: int, message: str
) -> None:
    """The exact class, where it rose, counted from 1, and what is wrong."""
    with pytest.raises(rhai.RhaiError) as caught:
        ENGINE.eval(source)
    assert type(caught.value) is kind
    assert (caught.value.line, caught.value.column) == (line, column)
    assert message in caught.value.message


def test_scripts_are_told_in_their_own_words() -> None:
    """No type of Rust's in any message."""
    for _, source, *_ in CASES:
        with pytest.raises(rhai.RhaiError) as caught:
            ENGINE.eval(source)
        for foreign in ("core::", "ImmutableString", "anon$", "INT"):
            assert foreign not in caught.value.message


@pytest.mark.parametrize(
    ("source", "kind", "place"),
    [
        ('import "bad" as m;', rhai.ParseError, (1, 9, "bad")),
        ('\nimport "fails" as m;', rhai.ArithmeticError, (2, 3, "fails")),
    ],
)
def test_an_error_in_a_module_has_its_place_there(
    source: str, kind: type[rhai.RhaiError], place: tuple[int, int, str]
) -> None:
    """Line, column and source are the module's; the call stack leads there."""
    with pytest.raises(kind) as caught:
        ENGINE.eval(source)
    assert (caught.value.line, caught.value.column, caught.value.source) == place
    assert caught.value.call_stack[-1].source == place[2]
