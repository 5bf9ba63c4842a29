"""Whole bounce messages: finds them in files and folders, and reads who was refused, by whom and in which words."""
