"""The nightly run, and how it is set up."""
