"""What a report says in words about its numbers."""
