"""Attacks that once worked, each as a regression test."""
