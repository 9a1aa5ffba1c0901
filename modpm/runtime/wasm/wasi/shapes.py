"""What WASI 0.2 offers, as shapes: each function's parameters and its result."""

from modpm.runtime.wasm.wasi.resources import Shape, Shapes

_INPUT = ("own", "input-stream")
_OUTPUT = ("own", "output-stream")
_POLLABLE = ("own", "pollable")
_DESCRIPTOR = ("own", "descriptor")
_TIME = ("record", ("seconds", "u64"), ("nanoseconds", "u32"))
_FLAGS = ("flags",)
_ENUM = ("enum",)
_STREAM_ERROR = ("variant", ("last-operation-failed", ("own", "error")), ("closed", None))
_HASH = ("record", ("lower", "u64"), ("upper", "u64"))
_STAT = (
    "record",
    ("type", _ENUM),
    ("link-count", "u64"),
    ("size", "u64"),
    ("data-access-timestamp", ("option", _TIME)),
    ("data-modification-timestamp", ("option", _TIME)),
    ("status-change-timestamp", ("option", _TIME)),
)


def _file(*params: Shape, ok: Shape | None = None) -> Shapes:
    return params, ("result", ok, _ENUM)


def _stream(*params: Shape, ok: Shape | None = None) -> Shapes:
    return params, ("result", ok, _STREAM_ERROR)


FUNCTIONS: dict[str, Shapes] = {
    "cli/environment.get-environment": ((), ("list", ("tuple", "string", "string"))),
    "cli/environment.get-arguments": ((), ("list", "string")),
    "cli/environment.initial-cwd": ((), ("option", "string")),
    "cli/exit.exit": (("any",), None),
    "cli/exit.exit-with-code": (("any",), None),
    "cli/stdin.get-stdin": ((), _INPUT),
    "cli/stdout.get-stdout": ((), _OUTPUT),
    "cli/stderr.get-stderr": ((), _OUTPUT),
    "cli/terminal-stdin.get-terminal-stdin": ((), ("option", ("own", "terminal-input"))),
    "cli/terminal-stdout.get-terminal-stdout": ((), ("option", ("own", "terminal-output"))),
    "cli/terminal-stderr.get-terminal-stderr": ((), ("option", ("own", "terminal-output"))),
    "clocks/monotonic-clock.now": ((), "u64"),
    "clocks/monotonic-clock.resolution": ((), "u64"),
    "clocks/monotonic-clock.subscribe-instant": (("u64",), _POLLABLE),
    "clocks/monotonic-clock.subscribe-duration": (("u64",), _POLLABLE),
    "clocks/wall-clock.now": ((), _TIME),
    "clocks/wall-clock.resolution": ((), _TIME),
    "filesystem/preopens.get-directories": ((), ("list", ("tuple", _DESCRIPTOR, "string"))),
    "filesystem/types.filesystem-error-code": ((("borrow", "error"),), ("option", _ENUM)),
    "io/poll.poll": ((("list", ("borrow", "pollable")),), ("list", "u32")),
    "random/random.get-random-bytes": (("u64",), "bytes"),
    "random/random.get-random-u64": ((), "u64"),
    "random/insecure.get-insecure-random-bytes": (("u64",), "bytes"),
    "random/insecure.get-insecure-random-u64": ((), "u64"),
    "random/insecure-seed.insecure-seed": ((), ("tuple", "u64", "u64")),
}

METHODS: dict[str, dict[str, Shapes]] = {
    "error": {"to-debug-string": ((), "string")},
    "pollable": {"ready": ((), "bool"), "block": ((), None)},
    "input-stream": {
        "read": _stream("u64", ok="bytes"),
        "blocking-read": _stream("u64", ok="bytes"),
        "skip": _stream("u64", ok="u64"),
        "blocking-skip": _stream("u64", ok="u64"),
        "subscribe": ((), _POLLABLE),
    },
    "output-stream": {
        "check-write": _stream(ok="u64"),
        "write": _stream("bytes"),
        "blocking-write-and-flush": _stream("bytes"),
        "flush": _stream(),
        "blocking-flush": _stream(),
        "write-zeroes": _stream("u64"),
        "blocking-write-zeroes-and-flush": _stream("u64"),
        "splice": _stream(("borrow", "input-stream"), "u64", ok="u64"),
        "blocking-splice": _stream(("borrow", "input-stream"), "u64", ok="u64"),
        "subscribe": ((), _POLLABLE),
    },
    "descriptor": {
        "read-via-stream": _file("u64", ok=_INPUT),
        "write-via-stream": _file("u64", ok=_OUTPUT),
        "append-via-stream": _file(ok=_OUTPUT),
        "advise": _file("u64", "u64", "any"),
        "sync-data": _file(),
        "get-flags": _file(ok=_FLAGS),
        "get-type": _file(ok=_ENUM),
        "set-size": _file("u64"),
        "set-times": _file("any", "any"),
        "read": _file("u64", "u64", ok=("tuple", "bytes", "bool")),
        "write": _file("bytes", "u64", ok="u64"),
        "read-directory": _file(ok=("own", "directory-entry-stream")),
        "sync": _file(),
        "create-directory-at": _file("string"),
        "stat": _file(ok=_STAT),
        "stat-at": _file("any", "string", ok=_STAT),
        "set-times-at": _file("any", "string", "any", "any"),
        "link-at": _file("any", "string", ("borrow", "descriptor"), "string"),
        "open-at": _file("any", "string", _FLAGS, _FLAGS, ok=_DESCRIPTOR),
        "readlink-at": _file("string", ok="string"),
        "remove-directory-at": _file("string"),
        "rename-at": _file("string", ("borrow", "descriptor"), "string"),
        "symlink-at": _file("string", "string"),
        "unlink-file-at": _file("string"),
        "is-same-object": ((("borrow", "descriptor"),), "bool"),
        "metadata-hash": _file(ok=_HASH),
        "metadata-hash-at": _file("any", "string", ok=_HASH),
    },
    "directory-entry-stream": {
        "read-directory-entry": _file(
            ok=("option", ("record", ("type", _ENUM), ("name", "string")))
        ),
    },
}
