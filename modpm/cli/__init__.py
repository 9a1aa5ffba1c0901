"""The command line: renders values and errors, decides nothing."""
