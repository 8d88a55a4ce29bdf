"""Making runs: the runners for this machine and for Ray, queues of batches, rounds of replicates, and limits.

A runner receives scenarios and run specifications and returns batches; a new runner is one module here and one file in
``configs/runner``.
It may import ``storage`` and ``console``, and knows neither MLflow nor Hydra.
"""
