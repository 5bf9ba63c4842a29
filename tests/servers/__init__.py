"""Name servers on loopback for the tests of the checker: a real one, and one with faults."""
