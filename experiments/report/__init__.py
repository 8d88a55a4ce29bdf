"""Reports: results as figures, tables and sentences for people.

``figures`` draws runs and sweeps, ``story`` describes a run in plain English, and the other modules write findings,
verdict tables and the HTML report. It is the top package and may import all the others.
"""
