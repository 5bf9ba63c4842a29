"""What to ask first: everything that addresses are on, as steps in the order in which to take them."""
