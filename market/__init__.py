"""Institutions: the rules of the market, in pure Python: no Mesa, no files, no tables.

Docstrings and comments cite their sources by letter, as in "(P 1.11; K; M)". The letters stand for five texts:

- P: a law firm's paper on the prime contractor model, cited by paragraph (P 1.11);
- S: slides on commissioning integrated care, with questions, an analogy to house building and options for paying;
- M: a web page on three contractual models: prime contractor, prime provider, alliance;
- C: a law firm's page on contracting as an answer to organisational form;
- K: a think tank's paper on primary care contracts, with four case studies (K, site A to site D).

Other sources are named in full. ``docs/odd.md`` uses the same letters.
"""
