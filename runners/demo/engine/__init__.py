"""The engine of the page: two markets in step on one thread, and recordings of finished runs.

Others send it requests and receive pictures; it knows nothing of charts or of Solara.
It may import ``choices`` of the page.
"""
