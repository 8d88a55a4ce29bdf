"""The teaching page: two policies side by side in a browser, live or replayed."""
