"""Scripts that try to break out, each with the exception that must end it.

Run by `test_hostile.py` in a process of its own, under a cap on its address space.
"""

import sys

import rhai

BOMBS: dict[str, tuple[str, str]] = {
    "string doubling": ('let s = "x"; loop { s += s }', "MemoryLimit"),
    "string doubling by +": ('let s = "x"; loop { s = s + s }', "MemoryLimit"),
    "interpolation doubling": ('let s = "x"; loop { s = `${s}${s}` }', "MemoryLimit"),
    "constant doubling": (
        'const A0 = "xxxxxxxxxxxxxxxx"; '
        + "".join(f"const A{n} = A{n - 1} + A{n - 1}; " for n in range(1, 45))
        + "A44.len()",
        "MemoryLimit",
    ),
    "constant copies": (
        'const A = "' + "x" * 30_000 + '"; ' + "A + A;" * 10_000,
        "OK",
    ),
    "constant doubling in eval": (
        'let s = `const A0 = "xxxxxxxxxxxxxxxx";`; for n in 1..45 '
        "{ s += `const A${n} = A${n - 1} + A${n - 1};` } eval(s)",
        "MemoryLimit",
    ),
    "constant arrays of arrays": (
        "const A0 = [1, 1]; "
        + "".join(f"const A{n} = [A{n - 1}, A{n - 1}]; " for n in range(1, 45))
        + "A44.len()",
        "MemoryLimit",
    ),
    "array pad": ("let a = []; a.pad(2000000000, 0); a", "MemoryLimit"),
    "array pad with arrays": (
        "let a = []; let b = []; b.pad(1000, 0); a.pad(1000000, b)",
        "MemoryLimit",
    ),
    "string pad": ("let s = \"\"; s.pad(2000000000, 'x'); s", "MemoryLimit"),
    "string pad by string": ('let s = ""; s.pad(2000000000, "xyz"); s', "MemoryLimit"),
    "blob": ("blob(3000000000)", "MemoryLimit"),
    "blob with a value": ("blob(3000000000, 7)", "MemoryLimit"),
    "blob pad": ("let b = blob(); b.pad(3000000000, 1)", "MemoryLimit"),
    "blob to array": ("let b = blob(30000000); b.to_array()", "MemoryLimit"),
    "blob doubling": ("let b = blob(10); loop { b += b }", "MemoryLimit"),
    "array doubling": ("let a = [1]; loop { a += a }", "MemoryLimit"),
    "array of arrays": ("let a = [1]; loop { a = [a, a] }", "MemoryLimit"),
    "map growth by index": (
        "let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1 }",
        "MemoryLimit Timeout",
    ),
    "map of maps": ("let m = #{}; loop { m = #{a: m, b: m} }", "MemoryLimit"),
    "array growth": ("let a = []; loop { a.push(a.len()) }", "MemoryLimit Timeout"),
    "replace": (
        'let s = ""; s.pad(1000000, \'a\'); let t = ""; t.pad(1000000, \'b\'); s.replace("a", t)',
        "MemoryLimit",
    ),
    "replace of nothing": (
        'let s = ""; s.pad(1000000, \'a\'); let t = ""; t.pad(1000000, \'b\'); s.replace("", t)',
        "MemoryLimit",
    ),
    "replace of a character": (
        "let s = \"\"; s.pad(1000000, 'a'); let t = s; s.replace('a', t)",
        "MemoryLimit",
    ),
    "split": ('let s = ""; s.pad(20000000, \'a\'); s.split("")', "MemoryLimit"),
    "split by character": ("let s = \"\"; s.pad(7000000, 'a'); s.split('a')", "MemoryLimit"),
    "split from behind": ('let s = ""; s.pad(7000000, \'a\'); s.split_rev("a")', "MemoryLimit"),
    "to_chars": ("let s = \"\"; s.pad(7000000, 'a'); s.to_chars()", "MemoryLimit"),
    "printing one string many times": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(100000, s); a.to_string()",
        "MemoryLimit",
    ),
    "json of one string many times": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(1000, s); #{a: a}.to_json()",
        "MemoryLimit",
    ),
    "returning one string many times": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(100000, s); a",
        "MemoryLimit",
    ),
    "throwing one string many times": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(100000, s); throw a",
        "ScriptThrow",
    ),
    "interpolating one string many times": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(100000, s); `${a}`",
        "MemoryLimit",
    ),
    "hashing one string many times": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(1000000, s); "
        "switch a { [1] => 2, _ => 3 }",
        "MemoryLimit",
    ),
    "hashing one string many times in eval": (
        "let s = \"\"; s.pad(1000000, 'a'); let a = []; a.pad(1000000, s); "
        'eval("switch a { [1] => 2, _ => 3 }")',
        "MemoryLimit",
    ),
    "printing without end when time runs out": (
        "let s = \"\"; s.pad(100000, 'a'); let a = []; a.pad(100000, s); let t = ``; "
        "loop { try { t = `${a}${a}`; } catch {} }",
        "MemoryLimit",
    ),
    "printing a cycle until time runs out": (
        "let a = []; let f = || a; a = [f]; loop { let t = `${a}${f}`; }",
        "Timeout",
    ),
    "printing numbers until time runs out": (
        "let a = []; a.pad(1000, 12345); loop { let t = `${a}`; }",
        "Timeout",
    ),
    "parsing much json": (
        "let s = \"[\"; for i in 0..20 { s += s } s.pad(6000000, '['); parse_json(s)",
        "MemoryLimit",
    ),
    "nesting by copies": ("let a = []; loop { a = [a] }", "StackLimit"),
    "nesting of maps": ("let a = #{}; loop { a = #{a: a} }", "StackLimit"),
    "nesting by pop": ("let a = [0]; loop { a.push([a.pop()]) }", "DataSizeLimit"),
    "nesting by shift": ("let a = [0]; loop { a.push([a.shift()]) }", "DataSizeLimit"),
    "nesting by remove": ("let a = [0]; loop { a.push([a.remove(0)]) }", "DataSizeLimit"),
    "nesting by drain": ("let a = [0]; loop { a.push(a.drain(0, 1)) }", "DataSizeLimit"),
    "nesting by filtered drain": (
        "let a = [0]; loop { a.push(a.drain(|x| true)) }",
        "DataSizeLimit",
    ),
    "nesting by split": ("let a = [0]; loop { a.push(a.split(0)) }", "DataSizeLimit"),
    "nesting by take": ("let a = [0]; loop { a = [take(a)] }", "DataSizeLimit"),
    "nesting by map remove": ('let m = #{a: 0}; loop { m.a = [m.remove("a")] }', "DataSizeLimit"),
    "chain of closures": ("fn mk(x) { || x } let f = 1; loop { f = mk(f) }", "StackLimit"),
    "chain of curried pointers": (
        'let f = Fn("x"); loop { f = f.curry(f) }',
        "MemoryLimit StackLimit",
    ),
    "recursion": ("fn f(n) { f(n + 1) } f(0)", "StackLimit"),
    "recursion of closures": ("let f = |f, n| f.call(f, n + 1); f.call(f, 0)", "StackLimit"),
    "recursion through this": ("fn g() { this.g() } let x = 1; x.g()", "StackLimit"),
    "recursion through a callback": ("again()", "StackLimit"),
    "recursion through eval": ('let s = "eval(s)"; eval(s)', "StackLimit"),
    "sleep": ("sleep(1000000)", "Timeout"),
    "sleep of a float": ("sleep(1e300)", "Timeout"),
    "tight loop": ("loop {}", "Timeout"),
    "empty while": ("while true {}", "Timeout"),
    "loop inside a callback": ("spin()", "Timeout"),
    "long range": ("let n = 0; for i in 0..9223372036854775807 { n += 1 }", "Timeout"),
    "long array work": (
        "let a = []; a.pad(500000, 1); loop { let b = a; b.sort(); }",
        "Timeout",
    ),
    "slow string indexing": (
        "let s = \"\"; s.pad(7000000, 'ä'); loop { let c = s[6999999]; }",
        "Timeout",
    ),
    "import of an absolute path": ('import "/etc/hostname" as x;', "ModuleNotFound"),
    "import of a parent": ('import "../secret" as x;', "ModuleNotFound"),
    "loop in eval": ('eval("loop {}")', "Timeout"),
    "doubling in eval": ('let s = "x"; eval("loop { s += s }")', "MemoryLimit"),
    "deep parentheses": ("(" * 100_000, "StackLimit"),
    "deep brackets": ("[" * 100_000, "StackLimit"),
    "deep blocks": ("{" * 100_000, "StackLimit"),
    "deep maps": ("#{a:" * 100_000, "StackLimit"),
    "deep negation": ("-" * 100_000 + "1", "ParseError StackLimit"),
    "deep not": ("!" * 100_000 + "true", "StackLimit"),
    "deep ifs": ("if true {" * 100_000, "StackLimit"),
    "deep else ifs": ("if false {} " + "else if false {} " * 100_000, "StackLimit MemoryLimit"),
    "deep functions": ("|x| " * 100_000 + "x", "StackLimit"),
    "deep calls": ("f(" * 100_000, "StackLimit"),
    "deep interpolation": ("`${" * 100_000, "StackLimit"),
    "deep index": ("let a = [];" + "a[" * 100_000, "StackLimit"),
    "long sum": ("1" + "+1" * 100_000, "StackLimit"),
    "long mixed sum": ("let x = 1; x" + "+x*2" * 100_000, "StackLimit"),
    "long and": ("true" + "&&true" * 100_000, "StackLimit OK MemoryLimit"),
    "long dots": ("let x = #{}; x" + ".x" * 100_000, "StackLimit"),
    "straight doubling in a function": (
        'fn f() { let s = "x"; ' + "s += s; " * 40 + "s.len() } f()",
        "MemoryLimit",
    ),
    "straight arrays of arrays in a function": (
        "fn f() { let a = [1]; " + "a = [a, a]; " * 40 + "a.len() } f()",
        "MemoryLimit",
    ),
    "long sum of strings in a function": (
        'fn f() { let s = "x"; s' + " + s" * 100_000 + " } f()",
        "StackLimit",
    ),
    "widest sum of strings in a function": (
        "fn f() { let s = \"\"; s.pad(1000000, 'x'); (s" + " + s" * 50 + ").len() } f()",
        "MemoryLimit",
    ),
    "long index": ("let x = []; x" + "[0]" * 100_000, "StackLimit"),
    "long comparison": ("let x = 1; x" + "==x" * 100_000, "StackLimit"),
    "long coalesce": ("let x = (); x" + "??x" * 100_000, "StackLimit OK"),
    "long power": ("2" + "**2" * 100_000, "StackLimit"),
    "long assignment": ("let x = 1; " + "x = " * 100_000 + "1", "StackLimit ParseError"),
    "5 MB of statements": ("1;" * 2_500_000, "MemoryLimit"),
    "5 MB of functions": (
        "".join(f"fn f{n}(){{}}" for n in range(400_000)),
        "MemoryLimit DataSizeLimit",
    ),
    "5 MB of array": ("[" + "1," * 2_500_000 + "1]", "MemoryLimit"),
    "5 MB of strings": ('["' + '","' * 1_600_000 + '"]', "MemoryLimit"),
    "5 MB of comment": ("/*" + "x" * 5_000_000 + "*/ 1", "OK"),
    "5 MB of string": ('let s = "' + "x" * 5_000_000 + '"; s.len()', "OK"),
    "5 MB without end": ('"' + "x" * 5_000_000, "ParseError"),
    "many variables": ("".join(f"let v{n} = 1;" for n in range(20_000)), "DataSizeLimit Timeout"),
    "shared cycle": ("let a = []; let f = || a; a = [f]; 1", "OK"),
}


def engine(timeout: float) -> rhai.Engine:
    """An engine with a deadline and two callbacks that call back."""
    found = rhai.Engine(rhai.Limits(timeout=timeout, operations=None))

    @found.register_fn
    def again() -> object:
        return found.eval("again()")

    @found.register_fn
    def spin() -> object:
        return found.eval("loop {}")

    return found


def main(name: str) -> str:
    """The name of the exception that ends a script, or OK.

    Where no Timeout is expected, the deadline is late enough for a machine that has much to do.
    """
    source, endings = BOMBS[name]
    found = engine(timeout=0.7 if "Timeout" in endings else 20)
    try:
        found.eval(source)
    except rhai.RhaiError as error:
        str(error)
        ending = type(error).__name__
    else:
        ending = "OK"
    assert found.eval("40 + 2") == 42, "the engine must go on working"
    return ending


if __name__ == "__main__":
    print(main(sys.argv[1]))
