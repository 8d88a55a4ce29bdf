"""The page ``docs/configuration.md``: every key with type, range, default and meaning."""
