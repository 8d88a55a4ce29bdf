"""Who pays whom, and when: invoices, withheld pay, gain share, pooled budgets, shared accounts and outcome pay.

Every payment is a posting in the ledger, in whole pence. Imports ``costs`` and below, and nothing of
``primary_care``, which stands beside it.
"""
