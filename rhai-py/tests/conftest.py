"""The suite runs hostile scripts: if one ever gets through, it must not take the machine along."""

import contextlib

CAP = 4 * 1024 * 1024 * 1024

with contextlib.suppress(ImportError, ValueError, OSError):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > CAP:
        resource.setrlimit(resource.RLIMIT_AS, (CAP, hard))
