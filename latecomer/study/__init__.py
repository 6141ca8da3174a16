"""A study: its content as typed, validated objects, and what is asked of its runs."""
