"""`python -m modpm`."""

from modpm.cli.main import main

main()
