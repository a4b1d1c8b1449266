"""Payments: who charges, and driving each payment to its end."""
