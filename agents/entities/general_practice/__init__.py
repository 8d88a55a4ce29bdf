"""State of general practice: practices, the groups and networks they are in, and who pays them (K)."""
