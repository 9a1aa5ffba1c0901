"""Random and mutated scripts: none may end the process, hang it or make it grow.

Run: python rhai-py/tests/fuzz.py [SCRIPTS] [SEED]. The same seed gives the same scripts. They call
Python and are called by it, hold objects and import modules; half of them run as instances. Each
process has a cap on its address space; when one dies, the script it was at is printed.
"""

import gc
import random
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

import rhai

HERE = Path(__file__).parent
MODS = HERE.parent.parent / "examples" / "mods"
PROCESSES = 2
ADDRESS_SPACE = 1024 * 1024 * 1024
LIMITS = rhai.Limits(timeout=0.05, operations=20_000, memory=8 * 1024 * 1024)
GROWTH = 2 * 1024 * 1024
"""What a process may have grown by in its last third, in bytes: 100 a script are twice that."""
HANGS = 240
"""Seconds after which a process counts as hung."""
METHODS = ("push", "pad", "insert", "replace", "split", "get_bits")
HOST = ("twice", "fail", "again", "keep", "player", "typed", "anything")
MODULES = ("'one'", "'two'", "'none'")
ARGUMENTS = (0, -1, 2**62, 1.5, "text", [1, [2]], {"a": {"b": 1}}, None, True, b"bytes")
OPERATORS = ("+", "-", "*", "/", "%", "**", "<<", "==", "<", "??", "in")
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "let const fn if else for in while loop do until return throw try catch switch import"
        " export break continue this true false private as",
    )
)
TOKEN = re.compile(r'"[^"\n]*"|\w+|\s+|[-+*/%=<>!&|.:?#]+|.', re.DOTALL)


def seeds() -> list[list[str]]:
    """The scripts of the book and of the example mods, as tokens."""
    sources = [
        paragraph.rpartition("\n=> ")[0]
        for chapter in sorted((HERE / "book").glob("*.txt"))
        for paragraph in chapter.read_text("utf-8").split("\n\n")
    ]
    sources += [path.read_text("utf-8") for path in sorted(MODS.glob("*/*.rhai"))]
    return [TOKEN.findall(source) for source in sources]


def mutated(rng: random.Random, corpus: list[list[str]]) -> str:
    """A script with a few tokens in the place of others: mostly of the same kind, some of any."""
    tokens = list(rng.choice(corpus))
    for _ in range(rng.randint(1, 6)):
        at, other = rng.randrange(len(tokens) + 1), rng.choice(corpus)
        if rng.random() < 0.95 and at < len(tokens):
            alike = [token for token in other if kind(token) == kind(tokens[at])]
            tokens[at] = rng.choice(alike or [tokens[at]])
        else:
            start = rng.randrange(len(other))
            tokens[at : at + rng.randint(0, 3)] = other[start : start + rng.randint(0, 4)]
    return "".join(tokens)


def kind(token: str) -> str:
    """What can stand where this token stands."""
    if token in KEYWORDS or not (token[0].isalnum() or token[0] in '_"'):
        return token
    return "number" if token[0].isdigit() else "text" if token[0] == '"' else "name"


def grown(rng: random.Random, depth: int = 4) -> str:
    """An expression of a small grammar."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(
            ["0", "-1", "9223372036854775807", "1e308", '"ä"', "'x'", "[]", "#{}", "x"]
        )
    a, b, c = (grown(rng, depth - 1) for _ in range(3))
    forms = (
        f"({a} {rng.choice(OPERATORS)} {b})",
        f"[{a}, {b}, {c}]",
        f"#{{a: {a}, b: {b}}}",
        f"({a})[{b}]",
        f"`${{{a}}}${{{b}}}`",
        f"{{ let x = {a}; x.{rng.choice(METHODS)}({b}, {c}); x }}",
        f"{{ let x = {a}; x += {b}; x }}",
        f"(if {a} == {b} {{ {c} }} else {{ {a} }})",
        f"{{ let f = |x| {a}; f.call({b}) }}",
        f"{{ let r = {a}; try {{ throw {b}; }} catch (x) {{ r = {c}; }} r }}",
        f"{{ let r = []; for x in [{a}] {{ r.push({b}); }} r }}",
        f"(switch {a} {{ 0 => {b}, _ => {c} }})",
        f"{rng.choice(HOST)}({a})",
        f"{{ let r = {a}; try {{ {rng.choice(HOST)}({b}); }} catch (x) {{ r = x; }} r }}",
        f"keep(|x| {a})",
        f"{{ let p = player({a}); p.hp = {b}; p.heal({c}); p }}",
        f"{{ import {rng.choice(MODULES)} as m; m::f({a}) }}",
    )
    return rng.choice(forms)


class Player:
    """What scripts may hold."""

    def __init__(self, hp: object) -> None:
        self.hp = hp

    def heal(self, by: int) -> None:
        """Add to what may be no number at all."""
        self.hp += by  # type: ignore[operator]


class Host:
    """The Python side of one script: what it can call, and what it left behind to be called."""

    def __init__(self, modules: dict[str, str]) -> None:
        self.kept: list[rhai.FnPtr] = []
        self.engine = rhai.Engine(
            LIMITS,
            resolver=rhai.StaticResolver(modules),
            print=len,
            debug=lambda text, source, line: None,
        )
        self.engine.register_type(Player, methods=["heal"], properties=["hp"], writable=["hp"])
        for name in HOST:
            self.engine.register_fn(getattr(self, name), name=name)

    def twice(self, value: object) -> object:
        """Give it back twice."""
        return [value, value]

    def fail(self, value: object) -> None:
        """Raise what scripts may catch."""
        raise ValueError(str(value)[:100])

    def again(self, value: object) -> object:
        """Run a script inside a script."""
        return self.engine.eval(str(value)[:100])

    def keep(self, value: rhai.FnPtr) -> None:
        """Remember a function for later."""
        self.kept.append(value)

    def player(self, value: object) -> Player:
        """Make an object."""
        return Player(value)

    def typed(self, value: int) -> float:
        """Take an int only."""
        return value / 2

    def anything(self, value: object) -> object:
        """Call what is a function, give back the rest."""
        return value(1) if isinstance(value, rhai.FnPtr) else value


def ignored(run: Callable[[], object]) -> None:
    """Run something of a script; whatever a script may end in is well."""
    try:
        run()
    except rhai.EnginePanic:
        raise
    except (rhai.RhaiError, ArithmeticError, RecursionError, TypeError, ValueError):
        pass


def play(rng: random.Random, source: str, modules: dict[str, str]) -> None:
    """Evaluate a script in a scope, or make it an instance; then call what it left behind."""
    host = Host(modules)
    if rng.random() < 0.5:
        scope = rhai.Scope({"x": rng.choice(ARGUMENTS), "list": [1, 2]})
        ignored(lambda: host.engine.eval(source, scope))
        ignored(lambda: dict(scope))
    else:
        ignored(lambda: as_instance(host, rng, source))
    for pointer in host.kept[:5]:
        ignored(lambda pointer=pointer: pointer(rng.choice(ARGUMENTS)))


def as_instance(host: Host, rng: random.Random, source: str) -> None:
    """Keep a script, call its functions, and hand its state over to a second instance."""
    body = f"fn f(x) {{ {source}\n}} fn g(x) {{ this.x = x; this.f = |y| x; this }}"
    ast = host.engine.compile(body, name="fuzz")
    first = host.engine.instantiate(ast, state={"n": 1}, constants={"C": [1]})
    for name in ("f", "g", "f"):
        ignored(lambda name=name: host.kept.append(first.call(name, rng.choice(ARGUMENTS))))
    host.kept = [kept for kept in host.kept if isinstance(kept, rhai.FnPtr)]
    ignored(lambda: setattr(host.engine.instantiate(ast), "state", first.state))
    if rng.random() < 0.5:
        first.close()


def work(count: int, seed: int) -> None:
    """Play scripts, each with a host of its own; the current one is kept in a file."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rng, corpus = random.Random(seed), seeds()
    sizes: list[int] = []
    current = Path(sys.argv[4])
    for number in range(count):
        source = mutated(rng, corpus) if rng.random() < 0.5 else f"let x = 1; {grown(rng)}"
        modules = {"one": f"fn f(x) {{ {grown(rng, 2)} }}", "two": f"import 'one' as o; {source}"}
        current.write_text(source, "utf-8")
        play(rng, source, modules)
        if number % max(count // 60, 1) == 0:
            gc.collect()
            sizes.append(resident())
    third = len(sizes) // 3
    grown_by = median(sizes[-third:]) - median(sizes[third : 2 * third])
    assert grown_by < GROWTH, f"grew by {grown_by} bytes: {sizes}"


def resident() -> int:
    """The resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def ended(process: subprocess.Popen[bytes]) -> str:
    """How a worker came to its end; one that hangs is ended here."""
    try:
        return "failed" if process.wait(timeout=HANGS) else "ok"
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return "hung"


def main(count: int, seed: int) -> int:
    """Run `count` scripts in processes side by side; the exit status is 1 when one failed."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        running = []
        for n in range(PROCESSES):
            current = Path(folder, str(n))
            args = [str(count // PROCESSES), str(seed + n), "worker", str(current)]
            running.append((subprocess.Popen([sys.executable, __file__, *args]), current, seed + n))
        failed = 0
        for process, current, own in running:
            verdict = ended(process)
            print(f"seed {own}: {verdict}")
            if verdict != "ok":
                failed = 1
                print(current.read_text("utf-8"))
        return failed


if __name__ == "__main__":
    scripts = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if len(sys.argv) > 4:
        work(scripts, first)
    else:
        sys.exit(main(scripts, first))
