"""A commissioner's year, and what surplus or deficit changes in what it buys."""
