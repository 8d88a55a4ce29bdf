"""Patients' choice: services opened to any qualified provider, accreditation, and the schemes in which patients choose.

``opened_services`` says which services are opened, ``accreditation`` lists the steps up to the first day, and
``choice_scheme`` lets patients choose once a year. Imports what ``procurement`` imports, and of ``procurement`` itself
only ``evaluation`` and ``tender_process``.
"""
