"""Studies of many runs: sweeps, policy searches and validations.

Each has a module that checks a request whole before anything is run, and one that carries it out, so that an
interrupted study can be continued by the same command.
It may import ``validation``, ``compose``, ``execution``, ``tracking`` and ``storage``, and prints nothing.
"""
