"""The `modpm` command."""


def main() -> None:
    """Run the command line."""
    raise NotImplementedError
