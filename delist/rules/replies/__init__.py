"""What the reply of a mail server says: whether the sending address is refused, by whom, and whose fault it is."""
