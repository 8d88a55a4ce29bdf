"""MLflow: finished folders of results become runs in a store, each exactly once.

``folders`` is the entry point; a module for each kind of folder defines its params, metrics, tags and artifacts.
It may import ``storage``, and does not know how runs are made.
"""
