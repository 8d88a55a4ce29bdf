"""State of general practice: practices, their groups and networks, and their payers (K)."""
