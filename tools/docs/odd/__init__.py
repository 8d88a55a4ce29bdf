"""The page ``docs/odd-tables.md``: events, state variables and numbers of the model description."""
