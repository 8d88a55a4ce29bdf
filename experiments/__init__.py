"""What to run and what it means: configuration, designs, replicates and their statistics."""
