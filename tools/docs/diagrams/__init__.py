"""The diagrams of ``docs/market-explained.md``, SVG files in ``docs/diagrams/``."""
