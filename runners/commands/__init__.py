"""The subcommands of ``caremarket``, one module each, named like the subcommand.

A module reads the command's arguments, calls the rooms below, and prints the results; the folder also
contains the modules that several commands share (``arguments``, ``exit_status``, ``printed_tables``).
It may import every room of ``runners``; only ``cli`` and ``python_api`` import it.
"""
