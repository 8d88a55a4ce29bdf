"""Payments: invoices, withheld pay, gain share, pooled budgets, shared accounts and outcome pay.

Every payment is a posting in the ledger, in whole pence. Imports ``costs`` and the rooms below, and nothing of
``primary_care``, which is on the same level.
"""
