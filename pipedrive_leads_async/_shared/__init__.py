"""Helpers of all subpackages: argument checks, secrets, tasks, closing, the logger."""
