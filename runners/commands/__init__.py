"""The subcommands of ``caremarket``, one module each, named like the subcommand.

A module reads the command's arguments, calls the rooms below, and prints what a person wants to see; beside them stand
the modules that several commands share (``arguments``, ``exit_status``, ``printed_tables``).
It may import every room of ``runners``; only ``cli`` and ``python_api`` import it.
"""
