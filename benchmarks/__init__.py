"""What ``make bench`` measures: ratios, so that they mean the same on any machine."""
