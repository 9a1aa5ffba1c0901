"""Random and mutated scripts: none may end the process, hang it or make it grow.

Run: python rhai-py/tests/fuzz.py [SCRIPTS] [SEED]. The same seed gives the same scripts. Each
process has a cap on its address space; when one dies, the script it was at is printed.
"""

import random
import re
import resource
import subprocess
import sys
from pathlib import Path

import rhai

HERE = Path(__file__).parent
MODS = HERE.parent.parent / "examples" / "mods"
PROCESSES = 2
ADDRESS_SPACE = 1024 * 1024 * 1024
LIMITS = rhai.Limits(timeout=0.05, operations=20_000, memory=8 * 1024 * 1024)
GROWTH = 16 * 1024 * 1024
METHODS = ("push", "pad", "insert", "replace", "split", "get_bits")
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
    )
    return rng.choice(forms)


def work(count: int, seed: int) -> None:
    """Run scripts, each on an engine of its own; the current one is kept in a file."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    rng, corpus, warm = random.Random(seed), seeds(), 0
    current = Path(sys.argv[4])
    for number in range(count):
        source = mutated(rng, corpus) if rng.random() < 0.7 else f"let x = 1; {grown(rng)}"
        current.write_text(source, "utf-8")
        try:
            rhai.Engine(LIMITS, print=len, debug=lambda text, source, line: None).eval(source)
        except rhai.EnginePanic:
            raise
        except (rhai.RhaiError, OverflowError, RecursionError):
            pass
        if number == count // 4:
            warm = resident()
    assert resident() - warm < GROWTH, f"grew from {warm} to {resident()} bytes"


def resident() -> int:
    """The resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def ended(process: subprocess.Popen[bytes]) -> str:
    """How a worker came to its end; one that hangs is ended here."""
    try:
        return "failed" if process.wait(timeout=300) else "ok"
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
