"""What a scenario file says: its schema, its loading, its errors. Knows nothing that runs."""
