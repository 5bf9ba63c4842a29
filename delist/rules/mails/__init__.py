"""What mails from lists say, whether they are genuine, and which request they are about."""
