"""Models of persons and organizations."""
