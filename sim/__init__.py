"""Simulate fleets of cloud virtual desktops: their cost, their waiting and their availability."""

__version__ = "0.1.0"
