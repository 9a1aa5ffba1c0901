"""Where the package keeps what builds need: guest libraries, templates, the WIT world."""

from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")


def wit() -> Path:
    """Return the file of modpm:mod@1.0.0: inside an installed modpm, beside it in a checkout."""
    package = Path(__file__).parents[1]
    name = Path("wit", "modpm-mod@1.0.0", "mod.wit")
    inside = package / name
    return inside if inside.is_file() else package.parent / name
