"""Design of experiments: the points to run, their replicates and seeds, and the scenario of each point.

``section`` is the ``design`` section of a configuration, ``layout`` turns it into a ``plan`` of points and replicates,
``sampling`` holds the samplers, and ``scenarios`` builds each point's scenario. It may import ``configuration`` and the
floors below, and no other package.
"""
