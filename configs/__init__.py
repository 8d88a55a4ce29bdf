"""Hydra configuration, shipped as a package so that it is found wherever it is installed."""
