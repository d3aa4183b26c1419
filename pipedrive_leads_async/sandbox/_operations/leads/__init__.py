"""The operations on leads, their fields, labels and conversions."""
