"""Walks at random in compiled code."""
