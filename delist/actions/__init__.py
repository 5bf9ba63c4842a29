"""What an operator can do: gather from the store, let a rule decide, apply in the same transaction."""
