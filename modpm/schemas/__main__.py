"""`python -m modpm.schemas` writes the schemas that modpm ships."""

from pathlib import Path

from modpm.schemas import generate

for name, text in generate().items():
    (Path(__file__).parent / name).write_text(text, encoding="utf-8", newline="\n")
