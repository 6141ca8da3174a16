"""The content rooms as typed, validated objects."""
