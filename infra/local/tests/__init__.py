"""Tests of the command's pure parts; the rest is exercised by the workspace's end-to-end tests."""
