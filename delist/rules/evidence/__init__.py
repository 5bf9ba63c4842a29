"""What measurements of a sending address mean for what may be claimed of it."""
